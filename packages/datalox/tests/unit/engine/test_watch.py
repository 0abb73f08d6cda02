"""Goals that are waited for: told once, woken only by what could make them true."""

from __future__ import annotations

import pytest

from datalox import ANY, DatalogError, Program, Session, Symbol

RULES = """
.decl node(n: text, status: text) key(n)
.decl room(n: text, free: number) key(n)
.decl wants(w: text, size: number) key(w)
.decl beat(n: text, at: number) key(n)
.demand fits(+, -)
fits(W, N) :- wants(W, S), node(N, up), room(N, F), F >= S.
late(N) :- beat(N, T), now(W), W - T > 30.
.demand idle(+)
idle(N) :- beat(N, T), now(W), W - T > 10.
"""


@pytest.fixture
def db() -> Session:
    made = Session(Program.parse(RULES, "rules.dl"))
    with made.transaction(now=100) as tx:
        tx.assert_all("node", [(f"n{number}", "up") for number in range(5)])
        tx.assert_all("room", [(f"n{number}", 1) for number in range(5)])
        tx.assert_all("wants", [("large", 4), ("other", 9)])
        tx.assert_("beat", "n1", 95)
    return made


def test_a_goal_is_told_once_when_it_comes_true(db: Session) -> None:
    heard: list[object] = []
    watch = db.watch("fits", "large", ANY, callback=heard.append)
    assert heard == [] and not watch.is_over
    with db.what_if() as w:
        w.replace("room", key="n2", row=("n2", 8))
    with db.transaction() as tx:
        tx.replace("room", key="n2", row=("n2", 8))
        assert heard == []
    assert heard == [(Symbol("large"), Symbol("n2"))] and watch.is_over
    with db.transaction() as tx:
        tx.replace("room", key="n3", row=("n3", 8))
    assert len(heard) == 1
    db.watch("fits", "large", ANY, callback=heard.append)
    assert len(heard) == 2


def test_what_cannot_matter_wakes_nobody(db: Session) -> None:
    watch = db.watch("fits", "large", ANY, callback=print)
    for number in range(20):
        with db.transaction(now=101 + number) as tx:
            tx.replace("beat", key="n1", row=("n1", 100 + number))
            tx.replace("wants", key="other", row=("other", 10 + number))
            tx.assert_("wants", f"w{number}", 1)
    assert watch.looked == 0
    with db.transaction() as tx:
        tx.replace("room", key="n1", row=("n1", 2))
    assert watch.looked == 1 and not watch.is_over


def test_the_clock_and_other_rules_can_make_a_goal_true(db: Session) -> None:
    heard: list[object] = []
    db.watch("late", "n1", callback=heard.append)
    db.watch("idle", "n1", callback=heard.append)
    with db.transaction(now=104):
        pass
    assert heard == []
    with db.transaction(now=106):
        pass
    assert len(heard) == 1
    with db.transaction(now=126):
        pass
    assert len(heard) == 2
    db.watch("fits", "large", ANY, callback=heard.append)
    db.replace("rules.dl", Program.parse(RULES.replace("F >= S", "F < S"), "rules.dl"))
    assert len(heard) == 3


def test_a_cancelled_watch_is_told_nothing_and_a_failing_one_silences_no_other(db: Session) -> None:
    heard: list[object] = []

    def fail(row: object) -> None:
        raise LookupError("broken")

    gone = db.watch("fits", "large", ANY, callback=heard.append)
    db.watch("fits", "large", ANY, callback=fail)
    db.watch("fits", "large", "n2", callback=heard.append)
    gone.cancel()
    gone.cancel()
    with pytest.raises(ExceptionGroup, match="watchers"), db.transaction() as tx:
        tx.replace("room", key="n2", row=("n2", 8))
    assert heard == [(Symbol("large"), Symbol("n2"))]
    with pytest.raises(DatalogError, match="no predicate"):
        db.watch("fit", "large", callback=print)
    with db.transaction(), pytest.raises(DatalogError, match="open"):
        db.watch("fits", "large", ANY, callback=print)


def test_a_watcher_may_change_facts_and_watch_again(db: Session) -> None:
    placed: list[str] = []

    def place(row: tuple[object, ...]) -> None:
        placed.append(str(row[1]))
        with db.transaction() as tx:
            tx.replace("room", key=row[1], row=(row[1], 0))
        if len(placed) < 3:
            db.watch("fits", "large", ANY, callback=place)

    db.watch("fits", "large", ANY, callback=place)
    with db.transaction() as tx:
        tx.replace("room", key="n2", row=("n2", 8))
        tx.replace("room", key="n4", row=("n4", 8))
    assert placed == ["n2", "n4"]
