"""The command line as it is used: real processes, their output and their exit codes."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

RULES = """
.decl node(n: text, s: symbol) .decl beat(n: text, t: int) key(n) .decl wants(w: text) .decl bad(n: text)
% Up, and heard from.
healthy(N) :- node(N, up), beat(N, T), now(W), W - T <= 30.
.demand fits(+, -)
fits(W, N) :- wants(W), healthy(N), not bad(N).
.order first: fits(W, N) by 1
link(a, b). link(b, c). link(a, c).
path(X, Y) :- link(X, Y).
path(X, Z) :- path(X, Y), link(Y, Z), X != Z.
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.dl"
    path.write_text(RULES + ".decl link(x: text, y: text)\n", encoding="utf-8")
    return path


def datalox(*arguments: str | Path, typed: str = "", code: int = 0) -> str:
    command = [sys.executable, "-m", "datalox", *map(str, arguments)]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_dialogue_of_facts_rules_and_questions(rules: Path) -> None:
    told = datalox("repl", rules, typed="""
node(n1, up). node(n2, up).
beat(n1, 100).
now 110
? healthy(X)
why healthy(n1)
why-not healthy(n2)
what-if - node(n1, up). at +30.
+ wants(w1). - beat(n9, 1). replace beat(n1, 111).
best first fits(w1, _)
% Healthy, and old.
old(N) :- healthy(N),
    beat(N, T), T < 200.
? old(X), beat(X, T)
retract old(n1)
now
quit
never(reached).
""")  # fmt: skip
    for words in (
        "+ healthy(n1)", "X = n1\n", "110 - 100 <= 30", "NO   beat(n2, T) does not hold",
        "- healthy(n1)\n- node(n1, up)\n", "beat(n9, 1) is not there", "+ beat(n1, 111)\n- beat(n1, 100)",
        "fits(w1, n1)\n", "+ old(n1)", "X = n1, T = 111", "old(n1) is derived, not asserted", "110\n",
    ):  # fmt: skip
        assert words in told, (words, told)
    assert "never" not in told


def test_what_is_wrong_is_told_and_the_dialogue_goes_on(rules: Path) -> None:
    told = datalox("repl", rules, code=1, typed="""
nonsense(X) :- foo(X).
? nod(X)
+ node(n1, up, down).
load nowhere.dl
why path(X))
what-if fly.
? path(a, X)
""")  # fmt: skip
    for words in ("unknown predicate foo/1", "did you mean node", "arity", "nowhere.dl: No such file",
                  "error[syntax]", "X = b\nX = c\n"):  # fmt: skip
        assert words in told, (words, told)


def test_modules_are_loaded_replaced_and_removed_while_one_types(rules: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.dl"
    more.write_text("far(X) :- path(X, c).", encoding="utf-8")
    told = datalox(
        "repl", rules, typed=f"load {more}\nmodules\npredicates\nremove {more}\nplan path\nstats\n"
    )
    assert "+ far(a)\n+ far(b)\n" in told
    assert f"{more}, version 1: 1 rules, 0 facts" in told
    assert "far/1: 2 rows, 1 rules" in told
    assert "- far(a)\n- far(b)\n" in told
    assert "# path(X, Y) :- link(X, Y)." in told
    assert "# - for each link" in told or "# - only if" in told
    assert "calls: " in told


def test_every_proof(rules: Path) -> None:
    told = datalox("repl", rules, typed="why-all path(a, c)\n")
    assert "path(X, Y) :- link(X, Y)." in told
    assert "path(X, Z) :- path(X, Y), link(Y, Z), X != Z." in told
    assert "--- proof 2 of 2" in datalox("explain", rules, "path(a, c)", "--all")
    proof = json.loads(datalox("explain", rules, "path(a, b)", "--json"))
    assert (proof["predicate"], proof["row"]) == ("path", ["a", "b"])
    refusal = json.loads(datalox("explain", rules, "path(c, a)", "--json", code=1))
    assert refusal["holds"] is False


def test_the_dialogue_on_a_terminal_has_prompts_history_and_completion(rules: Path, tmp_path: Path) -> None:
    told = on_a_terminal(
        [sys.executable, "-m", "datalox", "repl", str(rules)],
        ["? pat\t(a, c)\n", "node(n1,\n", "  up).\n", "quit\n"],
        tmp_path,
    )
    assert "type" not in told.split("\n")[0]
    assert "<Session 1 modules" in told
    assert "yes" in told
    assert "... " in told
    assert "+ node(n1, up)" in told
    assert "node(n1," in (tmp_path / "datalox" / "history").read_text(encoding="utf-8")


def on_a_terminal(command: list[str], typed: list[str], state: Path) -> str:
    """What a program says on a pseudo terminal; each line is typed once the prompt stands there."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ |= {"XDG_STATE_HOME": str(state), "TERM": "dumb"}
        os.execv(command[0], command)
    said, end = "", time.monotonic() + 60
    try:
        for line in [*typed, None]:
            start = len(said)
            while time.monotonic() < end and (
                line is None or not said[start:].rstrip(" ").endswith((">", "..."))
            ):
                if select.select([master], [], [], 0.2)[0]:
                    try:
                        said += os.read(master, 4096).decode()
                    except OSError:
                        return said
            if line is not None:
                os.write(master, line.encode())
    finally:
        os.close(master)
        os.waitpid(pid, 0)
    return said


def test_compile_shows_every_rule_with_its_plan(rules: Path) -> None:
    told = datalox("compile", rules)
    for head in ("healthy(N) :-", "fits(W, N) :-", "path(X, Z) :-"):
        assert f"# {head}" in told
    assert "def answers(" in told
    plan = datalox("compile", rules, "--plan", "--predicate", "fits")
    assert "# - for each healthy(N)" in plan
    assert "def " not in plan
    datalox("compile", rules, "--predicate", "nothing", code=1)


def test_bench_times_loading_and_updates(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "node.csv").write_text("".join(f"n{i},up\n" for i in range(50)), encoding="utf-8")
    (tmp_path / "beat.tsv").write_text("".join(f"n{i}\t100\n" for i in range(50)), encoding="utf-8")
    facts = ["--facts", tmp_path / "node.csv", tmp_path / "beat.tsv", "--now", "110"]
    told = datalox("bench", rules, *facts)
    assert "103 facts loaded" in told
    assert "a tick that nothing crosses" in told
    figures = json.loads(datalox("bench", rules, *facts, "--json", "--updates", "10"))
    updates = {found["predicate"]: found for found in figures["updates"]}
    assert updates.keys() == {"node", "beat", "link"}
    assert (updates["node"]["facts"], updates["node"]["measured"]) == (50, 20)
    assert updates["node"]["changed"] == 2
    assert figures["facts"] == 103


def test_bench_refuses_rules_among_facts(rules: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.dl"
    facts.write_text("node(n1, up). p(X) :- node(X, _).", encoding="utf-8")
    assert "holds more than facts" in datalox("bench", rules, "--facts", facts, code=1)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "usage: datalox"),
        (["fly"], 2, "invalid choice"),
        (["check"], 2, "FILE"),
        (["check", "nowhere.dl"], 1, "nowhere.dl: No such file"),
        (["bench", "nowhere.dl"], 1, "nowhere.dl: No such file"),
        (["test", "nowhere.dlt"], 1, "nowhere.dlt: No such file"),
        (["--help"], 0, "run test files"),
    ],
)
def test_wrong_command_lines_have_exit_codes_and_words(arguments: list[str], code: int, words: str) -> None:
    assert words in datalox(*arguments, code=code)


def test_a_pipe_that_is_closed_is_no_error(rules: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m datalox compile {rules} | head -n 1",
        shell=True, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("# ---- ")
    assert "Traceback" not in done.stderr
