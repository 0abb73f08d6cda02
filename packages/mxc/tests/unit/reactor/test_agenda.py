"""When a situation is due: at once, settled, woken, after a failure, swept."""

from datetime import timedelta
from types import ModuleType

from mxc.server.kernel.reactor.agenda import LONGEST_BACKOFF_S, SWEEP_S, Agenda, Entry, Matter
from mxc.server.kernel.reactor.when import Reaction, reactions_in, when


async def _nothing(*_: object) -> None: ...


AT_ONCE = Reaction("act", "p", _nothing)
SETTLING = Reaction("settle", "p", _nothing, timedelta(seconds=2))


def _taken(agenda: Agenda, now: float) -> list[Matter]:
    return [matter for matter, _ in agenda.take(now)]


def _take_one(agenda: Agenda, now: float) -> tuple[Matter, Entry]:
    [(matter, entry)] = agenda.take(now)
    return matter, entry


def test_what_appears_is_due_at_once_and_taken_only_once() -> None:
    agenda = Agenda()
    agenda.appear(AT_ONCE, ("a",), 10)
    assert _taken(agenda, 10) == [Matter("act", ("a",))]
    assert _taken(agenda, 1000) == []


def test_rows_of_one_reaction_come_in_order() -> None:
    agenda = Agenda()
    for row in [(3, "c"), (-5, "z"), (3, "a")]:
        agenda.appear(AT_ONCE, row, 0)
    assert [matter.row for matter, _ in agenda.take(0)] == [(-5, "z"), (3, "a"), (3, "c")]


def test_a_settling_row_must_hold_without_a_break() -> None:
    agenda = Agenda()
    agenda.appear(SETTLING, ("a",), 0)
    agenda.vanish(SETTLING, ("a",))
    agenda.appear(SETTLING, ("a",), 1.5)
    assert _taken(agenda, 3.4) == []
    assert agenda.next_due() == 3.5
    assert _taken(agenda, 3.5) == [Matter("settle", ("a",))]


def test_what_vanishes_is_no_longer_due_even_after_it_ran() -> None:
    agenda = Agenda()
    agenda.appear(AT_ONCE, ("a",), 0)
    matter, entry = _take_one(agenda, 0)
    agenda.vanish(AT_ONCE, ("a",))
    agenda.done(matter, entry, 0)
    assert not agenda.holds(matter, entry)
    assert agenda.next_due() is None


def test_a_failure_is_retried_after_a_time_that_doubles_up_to_a_bound() -> None:
    agenda, now, waits = Agenda(), 0.0, []
    agenda.appear(AT_ONCE, ("a",), now)
    for _ in range(12):
        matter, entry = _take_one(agenda, now)
        agenda.failed(matter, entry, now)
        due = agenda.next_due()
        assert due is not None
        waits.append(due - now)
        now = due
    assert waits[:4] == [0.25, 0.5, 1.0, 2.0]
    assert waits[-1] == LONGEST_BACKOFF_S


def test_a_wake_hurries_what_ran_but_neither_failures_nor_settling_rows() -> None:
    agenda = Agenda()
    agenda.appear(AT_ONCE, ("ran",), 0)
    agenda.done(*_take_one(agenda, 0), 0)
    agenda.appear(AT_ONCE, ("failed",), 0)
    agenda.failed(*_take_one(agenda, 0), 0)
    agenda.appear(SETTLING, ("settling",), 0)
    agenda.wake(["act", "settle"], 0.1)
    assert _taken(agenda, 0.1) == [Matter("act", ("ran",))]


def test_a_wake_while_it_runs_makes_it_run_again() -> None:
    agenda = Agenda()
    agenda.appear(AT_ONCE, ("a",), 0)
    matter, entry = _take_one(agenda, 0)
    agenda.wake(["act"], 0)
    agenda.done(matter, entry, 1)
    assert _taken(agenda, 1) == [matter]


def test_a_row_that_still_holds_is_run_again_by_the_sweep() -> None:
    agenda = Agenda()
    agenda.appear(AT_ONCE, ("a",), 0)
    agenda.done(*_take_one(agenda, 0), 0)
    assert _taken(agenda, SWEEP_S - 0.1) == []
    assert _taken(agenda, SWEEP_S) == [Matter("act", ("a",))]


def test_a_decorated_function_is_found_in_its_module() -> None:
    module = ModuleType("example")

    @when("node_stale", settle=timedelta(seconds=1), wakes=["q"])
    async def mark(*_: object) -> None: ...

    module.mark, module.other = mark, 42  # type: ignore[attr-defined]
    [found] = reactions_in([module])
    assert (found.name, found.predicate, found.settle, found.wakes) == (
        "mark", "node_stale", timedelta(seconds=1), ("q",),
    )  # fmt: skip
