"""The command line, run in this process: what it prints and how it exits."""

import json
from pathlib import Path

import pytest

from datalox.__main__ import main

RULES = """
.decl node(id: text, status: symbol) key(id)
.decl beat(id: text, at: int) key(id)
healthy(N) :- node(N, up), beat(N, T), now(W), W - T < 30.
named(N) :- node(N, _).
node(n1, up). node(n2, down). beat(n1, 100).
"""


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.dl"
    path.write_text(RULES, encoding="utf-8")
    return str(path)


def test_check_a_right_program(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", rules]) == 0
    assert capsys.readouterr().out == "no errors: modules 1, rules 2, warnings 0\n"


def test_check_reports_the_errors_of_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.dl", tmp_path / "b.dl"
    first.write_text("p(X) :- q(X\n", encoding="utf-8")
    second.write_text("p(X) : q(X).\n", encoding="utf-8")
    assert main(["check", str(first), str(second)]) == 1
    told = capsys.readouterr().err
    assert f"{first}:2:1: error[syntax]" in told
    assert f"{second}:1:6: error[syntax]" in told


def test_check_across_files(rules: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    guest = tmp_path / "guest.dl"
    guest.write_text("named(N) :- beat(N, _).\nu(N) :- nod(N, _).", encoding="utf-8")
    assert main(["check", rules, str(guest)]) == 1
    told = capsys.readouterr().err
    assert "error[not-extensible]" in told
    assert "did you mean node/2" in told


def test_check_prints_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "w.dl"
    path.write_text("p(X, Y) :- q(X), r(Y).", encoding="utf-8")
    assert main(["check", str(path)]) == 0
    assert "warning[cross-product]" in capsys.readouterr().out


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.dl")]) == 1
    assert "none.dl: No such file" in capsys.readouterr().err


def test_run_prints_what_follows(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", rules, "--now", "120"]) == 0
    assert capsys.readouterr().out == "healthy(n1).\nnamed(n1).\nnamed(n2).\n"


@pytest.mark.parametrize(
    ("query", "code", "out"),
    [
        ("node(N, S), not healthy(N)", 0, "N = n1, S = up\nN = n2, S = down\n"),
        ('node("n1", up)', 0, "yes.\n"),
        ("node(n3, _)", 1, ""),
    ],
)
def test_run_a_query(rules: str, query: str, code: int, out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", rules, "--query", query]) == code
    assert capsys.readouterr().out == out


def test_a_query_that_is_none(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", rules, "--query", "nod(N, S)"]) == 1
    assert "unknown-predicate" in capsys.readouterr().err


def test_explain_why_and_why_not(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", rules, "healthy(N)", "--now", "129"]) == 0
    assert "129 - 100 < 30" in capsys.readouterr().out
    assert main(["explain", rules, 'healthy("n1")', "--now", "130"]) == 1
    assert "130 - 100 < 30" in capsys.readouterr().out


def test_explain_wants_one_atom(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", rules, "not healthy(n1)"]) == 1
    assert "expected one atom" in capsys.readouterr().err


def test_compile_prints_python(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", rules]) == 0
    assert "def " in capsys.readouterr().out


def test_test_runs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.dlt").write_text(
        "program { p(X) :- q(X). } given { q(a). } expect { p(a). }", encoding="utf-8"
    )
    assert main(["test", str(tmp_path)]) == 0
    (tmp_path / "wrong.dlt").write_text(
        "program { p(X) :- q(X). } given { q(a). } expect { p(b). }", encoding="utf-8"
    )
    assert main(["test", str(tmp_path)]) == 1
    assert "1 passed, 1 failed" in capsys.readouterr().out


def test_a_wrong_command_line() -> None:
    with pytest.raises(SystemExit) as left:
        main(["fly"])
    assert left.value.code == 2


def coverage_folder(folder: Path) -> str:
    (folder / "rules.dl").write_text(
        "p(X) :- q(X), not r(X).\ns(X) :- p(X).\nt(X) :- r(X).\n", encoding="utf-8"
    )
    (folder / "one.dlt").write_text('use "rules.dl". given { q(a). } expect { s(a). }', encoding="utf-8")
    return str(folder)


def test_coverage_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = coverage_folder(tmp_path)
    assert main(["test", folder, "--coverage", "--coverage-json", str(tmp_path / "c.json")]) == 0
    told = capsys.readouterr().out
    assert "never fired  rules.dl:3  t(X) :- r(X)." in told
    assert "never false  rules.dl:1  not r(X)" in told
    assert "coverage 50.0 %: 2 of 3 rules fired, 0 of 1 conditions" in told
    assert json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["percent"] == 50


def test_coverage_below_what_is_asked_for_has_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = coverage_folder(tmp_path)
    assert main(["test", folder, "--fail-under", "50"]) == 0
    assert main(["test", folder, "--fail-under", "51"]) == 3
    assert "coverage 50.0 % is below 51 %" in capsys.readouterr().out
    (tmp_path / "wrong.dlt").write_text('use "rules.dl". expect { s(a). }', encoding="utf-8")
    assert main(["test", folder, "--fail-under", "99"]) == 1


def test_a_test_file_that_cannot_be_read_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = coverage_folder(tmp_path)
    (tmp_path / "broken.dlt").write_text("expect { p(a) }", encoding="utf-8")
    assert main(["test", folder]) == 1
    told = capsys.readouterr().out
    assert "broken.dlt" in told
    assert "1 passed, 1 failed" in told
