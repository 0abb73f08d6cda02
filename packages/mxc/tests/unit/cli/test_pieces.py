"""Where tokens are found, and how answers are printed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.cli.api import Answer, Api
from mxc.cli.cluster import glance
from mxc.cli.contexts import Context, find, keep
from mxc.cli.failures import Failure, Refusal
from mxc.cli.output import Format, facts, names, text_of
from mxc.cli.tables import Nothing, Rows, cell, fitting, printable, table


def home(path: Path) -> dict[str, str]:
    return {"MXC_HOME": str(path / "mxc"), "XDG_CONFIG_HOME": str(path / "config")}


def test_the_environment_wins_over_the_server_over_a_login(tmp_path: Path) -> None:
    environment = home(tmp_path)
    assert find(environment) == Context("http://127.0.0.1:4000")
    keep(environment, "far", "http://far:1", "t1")
    assert find(environment).token == "t1"
    (tmp_path / "mxc").mkdir()
    (tmp_path / "mxc" / "cli.json").write_text(json.dumps({"url": "http://near:2/", "token": "t2"}))
    assert (find(environment).url, find(environment).token) == ("http://near:2", "t2")
    assert find({**environment, "MXC_API_TOKEN": "t3"}).url == "http://near:2"
    stated = {**environment, "MXC_API_TOKEN": "t3", "MXC_COORDINATOR": "host:5"}
    assert (find(stated).url, find(stated).token) == ("http://host:5", "t3")
    assert find({**environment, "MXC_API_TOKEN": "t3", "PORT": "81"}).url == "http://127.0.0.1:81"
    assert find(environment, name="far").url == "http://far:1"
    with pytest.raises(Failure, match="no context"):
        find(environment, name="nowhere")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "mxc").mkdir()
    (tmp_path / "mxc" / "cli.json").write_text("{")
    with pytest.raises(Failure, match=r"cli\.json"):
        find(home(tmp_path))


@pytest.mark.parametrize("url", ["ftp://x", "nonsense", "http://", "http://x:port", "http://x:99999"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Failure, match="URL"):
        Api(Context(url))


@given(st.text())
def test_nothing_printed_steers_the_terminal(text: str) -> None:
    assert printable(text).isprintable()
    assert table([{"a": text}], ["a"]).count("\n") == 1


def test_tables_and_facts_line_up() -> None:
    rows: list[dict[str, object]] = [
        {"id": "a", "cpu": 1.50, "is_enabled": True},
        {"id": "bcd", "cpu": None, "is_enabled": False},
    ]
    assert table(rows, ["id", "cpu", "is_enabled"]).splitlines() == [
        "ID   CPU  IS ENABLED", "a    1.5  yes", "bcd  -    no",
    ]  # fmt: skip
    assert table([], ["id"], "nothing") == "nothing" and isinstance(table([], ["id"]), Nothing)
    assert facts({"b": 1, "a": "x", "none": None}, ["a"]).splitlines() == ["a  x", "b  1"]
    assert cell({"a": [1, "b"]}) == "a=1 b"
    assert cell("2026-11-25T04:26:28.123456Z") == "2026-11-25 04:26:28Z"


@given(st.lists(st.integers(1, 200), min_size=1), st.integers(1, 200))
def test_a_line_fits_its_terminal(widths: list[int], room: int) -> None:
    kept = fitting(widths, room)
    assert sum(kept) + 2 * (len(kept) - 1) <= max(room, 8)
    assert all(narrow <= wide for narrow, wide in zip(kept, widths, strict=False))
    assert len(kept) == len(widths) or room < sum(min(each, 8) + 2 for each in widths)


def test_a_terminal_cuts_and_a_pipe_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"id": "0b7a4c1e-6f0e-4f0b-9d54-0d6f6a1c2b3d", "args": "x" * 200}
    rows = Rows(("id", "args"), ("id", "args", "status"))
    assert "x" * 200 in rows([row]) and row["id"] in rows([row])
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    title, line = rows([row]).splitlines()
    assert (title.split(), len(line)) == (["ID", "ARGS"], 40) and line.startswith("0b7a4c1e  xxx")
    assert line.endswith("x…")
    assert "x" * 200 in rows.wide([row]) and row["id"] in rows.wide([row]) and "STATUS" in rows.wide([row])


def test_names_are_what_the_next_command_takes() -> None:
    assert names([{"id": "a", "hostname": "one"}, {"id": "b", "hostname": ""}], "hostname") == "one\nb"
    with pytest.raises(Failure, match="no name"):
        names({"nodes": 3})


def test_json_is_printed_as_it_came() -> None:
    answer = Answer('{"data" :  {"a":1}}', {})
    assert text_of(answer, Format.JSON, str) == '{"data" :  {"a":1}}'
    assert text_of(answer, Format.YAML, str) == "data:\n  a: 1\n"


def test_a_refusal_says_each_field_and_has_its_exit_code() -> None:
    refusal = Refusal(422, {"error": {"cpu": ["too small"]}, "hint": "give more"})
    assert refusal.exit_code == 7
    assert refusal.lines() == ["error: the request is not valid", "  cpu: too small", "  hint: give more"]
    assert Refusal(500, {"error": "oh"}).exit_code == 1


def test_a_refusal_of_json_api_reads_the_same() -> None:
    errors = [
        {"status": "422", "code": "invalid", "detail": "too small", "meta": {"hint": "give more"},
         "source": {"pointer": "/meta/arguments/cpu"}},
    ]  # fmt: skip
    refusal = Refusal(422, {"errors": errors})
    assert refusal.lines() == ["error: the request is not valid", "  cpu: too small", "  hint: give more"]
    (plain,) = [{"status": "409", "code": "c", "detail": "not now"}]
    assert Refusal(409, {"errors": [plain]}).lines() == ["error: not now"]


def test_the_glance_ends_with_what_needs_a_human() -> None:
    fault = {"reaction": "place", "row": [0, "w"], "message": "it\nrains", "failures": 2}
    told = glance({"node_count": 1, "rule_faults": {"bad": "1:2: unknown"}, "reaction_faults": [fault]})
    assert told.splitlines() == [
        "node_count  1", "rule bad is not in force: 1:2: unknown",
        r"reaction place (0, w) failed 2 times: it\nrains",
    ]  # fmt: skip
