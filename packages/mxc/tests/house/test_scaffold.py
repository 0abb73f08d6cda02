"""What `mxc new` begins passes every lint, and its test fails and says how to go on."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.house.every import rules
from tools.house.source import ROOT, Source
from tools.scaffold.begun import KINDS, Refused, begin, class_name, plural

from datalox import Program
from datalox.testing import collect


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The domains of the product, without their contents."""
    for each in ("workloads", "identity"):
        folder = tmp_path / "packages/mxc/src/mxc/server/domains" / each
        folder.mkdir(parents=True)
        shutil.copy(ROOT / folder.relative_to(tmp_path) / "__init__.py", folder)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_begun_passes_the_house(checkout: Path, kind: str) -> None:
    written = begin(checkout, kind, "north_gate", "workloads")
    sources = [Source(str(path), (checkout / path).read_text()) for path in written]
    found = [finding for check in rules().values() for finding in check(sources)]
    assert found == []
    for source in (each for each in sources if each.is_python):
        # Which imports are ours ruff sees by files that are there, and these are elsewhere.
        for command in ("check --ignore I001", "format --check"):
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *command.split(), "-q", "--stdin-filename", source.path, "-"],
                input=source.text, cwd=ROOT, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("kind", "says"), [("resource", "mxc dev migration"), ("reaction", "Write the rule")]
)
def test_its_test_fails_and_says_how_to_go_on(checkout: Path, kind: str, says: str) -> None:
    written = begin(checkout, kind, "north_gate", "workloads")
    (test,) = [path for path in written if path.name.startswith("test_")]
    (source,) = [path for path in written if path.name == "north_gate.py"]
    module = ".".join(source.with_suffix("").parts[3:])
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location({module!r}, {str(checkout / source)!r})\n"
        f"made = importlib.util.module_from_spec(spec); sys.modules[{module!r}] = made\n"
        "spec.loader.exec_module(made)\n"
        f"given = {{}}; exec(open({str(checkout / test)!r}).read(), given)\n"
        "[each() for name, each in given.items() if name.startswith('test_')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "AssertionError" in done.stderr and says in done.stderr


def test_the_case_of_a_rule_fails_until_the_rule_is_written(checkout: Path) -> None:
    written = begin(checkout, "rule", "north_gate", "workloads")
    source, cases = (checkout / path for path in written)
    for text, is_finished in (
        (".decl north_gate(row: text)", False),
        ("north_gate(say_here_of_what).", True),
    ):
        source.write_text(f"% North gate.\n% It holds.\n{text}\n")
        (case,) = collect(cases.parent, [Program.parse(source.read_text(), source.name)])
        if is_finished:
            case.check()
        else:
            with pytest.raises(AssertionError, match="north_gate"):
                case.check()


def test_what_does_not_fit_is_refused_and_nothing_written(checkout: Path) -> None:
    for kind, name, domain, says in (
        ("resource", "NorthGate", "workloads", "lower case"),
        ("resource", "class", "workloads", "is no name"),
        ("resource", "gate", "nowhere", "identity, workloads"),
        ("service", "gate", "workloads", "none of"),
    ):
        with pytest.raises(Refused, match=says):
            begin(checkout, kind, name, domain)
    begin(checkout, "resource", "gate", "workloads")
    with pytest.raises(Refused, match="there already"):
        begin(checkout, "resource", "gate", "workloads")


def test_names_follow() -> None:
    assert class_name("north_gate") == "NorthGate"
    assert [plural(each) for each in ("gate", "policy", "box", "key")] == [
        "gates",
        "policies",
        "boxes",
        "keys",
    ]
