"""Rules that look at the clock: kept by validity intervals, they say at every instant what they say when they
are read as they are written, whether time goes forward, jumps, or runs backwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from properties.followed import Followed, difference
from properties.programs import BASES, DECLARED, LINEAR, Written
from properties.streams import Operation, Scenario, Step, scenarios
from properties.test_engine import SETTINGS

from datalox.plan import isolate

OFFSETS = ("0", "1", "29", "30", "31", "0.1", "0.5", "1000000", "2", "3")
WRITTEN_AT: tuple[Any, ...] = (0, 1, 100, 129, 130, 131, 0.1, 0.2, 0.30000000000000004, 1e9, 1e17, -30, 7.5)
JUMPS: tuple[Any, ...] = (
    *WRITTEN_AT,
    159,
    160,
    161,
    99,
    101,
    0.3,
    0.7999999999999999,
    1e9 + 30,
    -1e9,
    60,
    15.0,
)
READERS = (
    "seen(N) :- count(A, t0(A), N).", "unseen(X) :- e(X, _), not t0(X).", "top(M) :- max(A, t0(A), M).",
    "far(X, Y) :- t1(X, Y). far(X, Z) :- far(X, Y), t1(Y, Z).", "both(X) :- t0(X), t1(X, _).",
    "again(X) :- t0(X), now(W), W >= X.",
)  # fmt: skip


@contextmanager
def joined_at_each_tick() -> Iterator[None]:
    """Sessions made inside keep no intervals."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(isolate, "INTERVALS", False)
        yield


@st.composite
def timed_programs(draw: st.DrawFn) -> Written:
    """Rules with one to three bounds each, over one or two facts, and what reads them."""
    lines = (
        [DECLARED]
        if draw(st.booleans())
        else [f"use_{n}() :- {n}({', '.join('_' * w)})." for n, w in BASES.items()]
    )
    for number in range(draw(st.integers(2, 4))):
        body = ["v(X, Y)", *draw(st.lists(st.sampled_from(("e(Y, Z)", "k(X, Z)", "not s(X)")), max_size=2))]
        bound = ["X", "Y", *(["Z"] if any("Z" in item for item in body) else [])]
        body.append("now(W)")
        for _ in range(draw(st.integers(1, 3))):
            shape = draw(st.sampled_from(LINEAR))
            names = st.sampled_from(bound)
            body.append(shape.format(v=draw(names), u=draw(names), n=draw(st.sampled_from(OFFSETS))))
        head = ("t0(X)", "t1(X, Y)")[number % 2]
        lines.append(f"{head} :- {', '.join(draw(st.permutations(body)))}.")
    lines += draw(st.lists(st.sampled_from(READERS), max_size=3, unique=True))
    return Written("\n".join(lines), {**BASES, "t0": 1, "t1": 2}, {}, lines[0] == DECLARED)


@st.composite
def histories(draw: st.DrawFn) -> Scenario:
    """Facts at instants near to one another, and a clock that lands on and beside their bounds."""
    instant, jump = st.sampled_from(WRITTEN_AT), st.sampled_from(JUMPS)

    def fact(kind: str) -> Operation:
        name = draw(st.sampled_from(("v", "v", "v", "e", "k", "s")))
        return Operation(kind, name, tuple(draw(instant) for _ in range(BASES[name])))

    def operation() -> Operation:
        kind = draw(st.sampled_from(("assert", "assert", "retract", "now", "now", "now")))
        if kind != "now":
            return fact(kind)
        return Operation(kind, instant=draw(st.one_of(jump, jump, jump, st.none())))

    start = Step("commit", tuple(fact("assert") for _ in range(draw(st.integers(1, 12)))))
    hows = st.sampled_from(("commit", "commit", "commit", "rehearse", "nest", "fail"))
    steps = [
        Step(draw(hows), tuple(operation() for _ in range(draw(st.integers(1, 4)))))
        for _ in range(draw(st.integers(1, 8)))
    ]
    return Scenario(draw(timed_programs()), (start, *steps))


@settings(SETTINGS, max_examples=30)
@given(histories())
def test_intervals_say_what_the_rules_say(scenario: Scenario) -> None:
    followed = Followed(scenario)
    for step in scenario.steps:
        followed.take(step)


@settings(SETTINGS, max_examples=60)
@given(st.one_of(histories(), scenarios()))
def test_intervals_and_a_join_at_each_tick_give_the_same(scenario: Scenario) -> None:
    with joined_at_each_tick():
        plain = Followed(scenario)
    timed = Followed(scenario)
    assert not plain.db._engine.network.timers
    for step in scenario.steps:
        note(f"{step.how}: {', '.join(map(str, step.operations))}")
        if step.how != "commit":
            continue
        with plain.db.transaction() as one:
            plain.run(one, step.operations)
        with timed.db.transaction() as other:
            timed.run(other, step.operations)
        wrong = difference(plain.state(), timed.state())
        assert not wrong, wrong
        assert one.changes == other.changes
