"""Options from inputs, values from texts, and help for every verb there is."""

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mxc.cli.api import Api
from mxc.cli.catalogue import Catalogue, Offer, Offered, Shelf, Verb, folder
from mxc.cli.contexts import Context
from mxc.cli.derived.commands import command_of
from mxc.cli.derived.options import Body, flag_of
from mxc.cli.derived.values import amount, scalar, value_of
from mxc.cli.failures import Failure
from mxc.cli.main import app
from mxc.server.surfaces.app import api, exposures, route_modules

NOWHERE = Api(Context("http://127.0.0.1:1"))
DOCUMENT: dict[str, Any] = json.loads(api(exposures(route_modules()))[2].content)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A machine that once asked an API that is away now."""
    for name in ("HOME", "XDG_CACHE_HOME", "MXC_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("MXC_COORDINATOR", NOWHERE.context.url)
    monkeypatch.setenv("MXC_API_TOKEN", "mxc_0_none")
    shelf = Shelf(NOWHERE.context.url)
    shelf._keep(json.dumps({"data": DOCUMENT}), "name")
    return shelf


EVERY = [(each["path"], verb["name"]) for each in DOCUMENT["resources"] for verb in each["verbs"]]


@pytest.mark.parametrize(("path", "verb"), EVERY, ids=lambda part: part)
def test_every_verb_there_is_has_help_without_a_server(kept: Shelf, path: str, verb: str) -> None:
    told = CliRunner().invoke(app, [path, verb, "--help"])
    assert told.exit_code == 0, told.output
    assert "--output" in told.output or verb == "delete" or path == "workloads"


def test_the_root_names_every_kind_of_thing(kept: Shelf) -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    assert all(each["path"] in told for each in DOCUMENT["resources"])


def test_nobody_is_asked_for_a_secret_on_the_command_line() -> None:
    for each in DOCUMENT["resources"]:
        for verb in each["verbs"]:
            for asked in verb.get("inputs", ()):
                is_secret = {"password", "secret"} & set(asked["name"].split("_")) or asked["name"] in {
                    "env",
                    "contact_email",
                    "contact_name",
                }
                assert bool(asked.get("secret")) == bool(is_secret), (
                    each["path"],
                    verb["name"],
                    asked["name"],
                )
                assert flag_of(asked).endswith("-from") == bool(is_secret)


def ran(monkeypatch: pytest.MonkeyPatch, inputs: list[dict[str, Any]], *words: str, stdin: str = "") -> Any:
    """The body that these words make."""
    bodies: list[Any] = []

    class Recorded(Api):
        def call(self, method: str, path: str, body: Any = None, **_: Any) -> Any:
            bodies.append(body)
            raise Failure("enough")

    verb = Verb("create", "create", inputs=tuple(inputs))
    api = Recorded(NOWHERE.context)
    offered = Offered(api, Shelf(api.context.url), lambda: api)
    command = command_of(offered, Offer("sites", "site", "", {}), "create", verb)
    monkeypatch.setattr(sys, "stdin", StringIO(stdin))
    with pytest.raises(Failure, match="enough"):
        command.main(list(words), prog_name="create", standalone_mode=False)
    return bodies[0]


def test_options_become_a_body(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = [
        {"name": "name", "kind": "text", "required": True},
        {"name": "is_open", "kind": "flag"},
        {"name": "memory", "kind": "integer", "unit": "MB", "aliases": ["ram"]},
        {"name": "wait", "kind": "number", "unit": "s"},
        {"name": "labels", "kind": "map"},
        {"name": "limits", "kind": "scalars"},
        {"name": "tags", "kind": "texts"},
        {"name": "days", "kind": "choices", "choices": ["mon", "tue"]},
        {"name": "config", "kind": "json"},
        {"name": "output", "kind": "text"},
        {"name": "node_id", "kind": "text", "reference": "nodes"},
        {"name": "secret", "kind": "text", "secret": True},
        {"name": "community", "kind": "text", "secret": True},
        {"name": "env", "kind": "scalars", "secret": True},
    ]
    (tmp_path / "c").write_text("public\n")
    (tmp_path / "j").write_text('{"a": [1]}')
    node = "0b7a4c1e-6f0e-4f0b-9d54-0d6f6a1c2b3d"
    body = ran(
        monkeypatch, inputs, "--name", "x", "--no-open", "--ram", "2GB", "--wait", "1.5h", "--labels", "a=b",
        "--labels", "c=d=e", "--limits", "n=3", "--tags", "one", "--tags", "two", "--days", "mon", "--config",
        f"@{tmp_path / 'j'}", "--set-output", "y", "--node", node, "--secret-from", "-", "--community-from",
        str(tmp_path / "c"), "--env-from", "-", stdin="hush\n# not this\nA=1\n\nB=x=y\n",
    )  # fmt: skip
    assert body == {
        "name": "x", "is_open": False, "memory": 2000, "wait": 5400, "labels": {"a": "b", "c": "d=e"},
        "limits": {"n": 3}, "tags": ["one", "two"], "days": ["mon"], "config": {"a": [1]}, "output": "y",
        "node_id": node, "secret": "hush", "community": "public", "env": {"A": 1, "B": "x=y"},
    }  # fmt: skip


def test_what_is_not_given_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = [{"name": "name", "kind": "text"}, {"name": "is_open", "kind": "flag"}]
    assert ran(monkeypatch, inputs) == {}


@pytest.mark.parametrize(
    ("asked", "given_", "says"),
    [
        ({"name": "m", "kind": "integer", "unit": "MB"}, "2 parsecs", "is no number, or one with"),
        ({"name": "m", "kind": "map"}, ["a"], "NAME=VALUE"),
        ({"name": "m", "kind": "json"}, "{", "no JSON"),
        ({"name": "m", "kind": "json"}, "@/nowhere/at/all", "cannot read"),
    ],
)
def test_what_cannot_be_meant_names_the_option(asked: dict[str, Any], given_: Any, says: str) -> None:
    with pytest.raises(Failure, match=says) as refused:
        value_of(asked, given_, "--m")
    assert "--m" in refused.value.message


def test_a_secret_that_nobody_can_type_is_asked_for_by_its_file() -> None:
    inputs = [{"name": "password", "kind": "text", "secret": True, "required": True}]
    with pytest.raises(Failure, match="not read from the command line") as refused:
        Body(NOWHERE, lambda: None).of(inputs, {}, is_update=False)
    assert "--password-from" in refused.value.hint


@given(st.integers(0, 10**9), st.sampled_from(["", "s", "m", "h"]))
def test_amounts_of_time_are_seconds(number: int, unit: str) -> None:
    factor = {"": 1, "s": 1, "m": 60, "h": 3600}[unit]
    assert amount(f"{number}{unit}", "s", "--x") == number * factor


@given(st.text())
def test_a_scalar_is_a_number_a_truth_or_the_text_itself(text: str) -> None:
    value = scalar(text)
    assert value == text if isinstance(value, str) else json.loads(text) == value or value != value


def test_a_shelf_without_a_catalogue_or_with_a_broken_one_has_none(tmp_path: Path) -> None:
    shelf = Shelf("http://x", {"XDG_CACHE_HOME": str(tmp_path)})
    assert shelf.kept() is None and not shelf.is_fresh
    shelf._keep("{", "a")
    assert shelf.kept() is None
    shelf._keep('{"data": {"format": 99, "resources": []}}', "a")
    assert shelf.kept() is None and shelf.is_fresh
    shelf.notice("a")
    assert shelf.is_fresh
    shelf.notice("b")
    assert not shelf.is_fresh
    assert folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/mxc")


def test_an_offer_is_found_by_path_and_by_table() -> None:
    catalogue = Catalogue(DOCUMENT)
    rules = catalogue.offer("rules")
    assert rules is not None and catalogue.offer_of("scheduling_rules") == rules
    assert catalogue.offer("nothing") is None and catalogue.offer_of("nothing") is None
    assert {"set-plan", "suspend"} <= (catalogue.offer("tenants") or Offer("", "", "", {})).verbs.keys()
