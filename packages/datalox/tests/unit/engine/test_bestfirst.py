"""Best-first: what it reads is counted, and does not grow with the fleet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from datalox import ANY, Budget, DatalogError, Program, Session
from datalox.store.blocks import FULL

RULES = """
.decl node(n: text, zone: text) key(n)
.decl size(n: text, cpu: number, memory: number) key(n)
.decl has(n: text, what: text)
.decl job(w: text, cpu: number, memory: number) key(w)
.decl wants(w: text, what: text)
.decl group(w: text, g: text)
.decl placed(w: text, n: text) key(w)
used(N, C, M) :- node(N, _), sum(X, load(N, _, X, _), C), sum(Y, load(N, _, _, Y), M).
load(N, W, C, M) :- placed(W, N), job(W, C, M).
free(N, C - UC, M - UM) :- size(N, C, M), used(N, UC, UM).
.demand refused(+, +)
refused(W, N) :- wants(W, X), not has(N, X).                                   % it lacks something
refused(W, N) :- group(W, G), placed(O, N), group(O, G), O != W.               % one of the group is there
.demand fits/2
fits(W, N) :- job(W, C, M), free(N, FC, FM), FC >= C, FM >= M, not refused(W, N).
.demand choice/4
choice(W, N, C, M) :- fits(W, N), free(N, C, M).
.order roomiest: choice(W, N, C, M) by C + M / 4096 desc
.order fullest: choice(W, N, C, M) by C + M / 4096
"""


def fleet(nodes: int, size: Callable[[int], tuple[float, float]] = lambda _: (16, 65536)) -> Session:
    """Nodes n0, n1, …; every hundredth has a gpu, one has a tpu."""
    db = Session(Program.parse(RULES, name="choice.dl"))
    names = [f"n{number}" for number in range(nodes)]
    with db.transaction() as tx:
        tx.assert_all("node", ((name, "east") for name in names))
        tx.assert_all("size", ((name, *size(number)) for number, name in enumerate(names)))
        tx.assert_all("has", ((name, "disk") for name in names))
        tx.assert_all("has", ((name, "gpu") for name in names[::100]))
        tx.assert_("has", names[nodes // 2], "tpu")
    return db


def jobs(db: Session, count: int, cpu: float = 1, memory: float = 512) -> list[str]:
    names = [f"w{number}" for number in range(count)]
    with db.transaction() as tx:
        tx.assert_all("job", ((name, cpu, memory) for name in names))
    return names


def reads(db: Session, question: Callable[[], object]) -> int:
    """Rows, and blocks of rows, that a question looks at."""
    before = db.stats()["read"]
    question()
    return int(db.stats()["read"] - before)


def first(db: Session, job: str, order: str = "roomiest") -> list[str]:
    return [str(row[1]) for row in db.best("choice", job, ANY, ANY, ANY, order=order, limit=1)]


@pytest.fixture(scope="module")
def large() -> Session:
    return fleet(10_000)


@pytest.fixture(scope="module")
def small() -> Session:
    return fleet(300)


def test_the_best_of_many_reads_no_more_than_the_best_of_few(small: Session, large: Session) -> None:
    counts = []
    for db in (small, large):
        jobs(db, 1)
        assert first(db, "w0") == ["n0"]
        counts.append(reads(db, lambda db=db: first(db, "w0")))
    assert counts[0] == counts[1] <= 12


def test_each_decision_sees_those_before_it_in_one_transaction_and_in_many() -> None:
    db = fleet(4, lambda number: (2 + number, 8192))
    names = jobs(db, 14, 1, 8)
    placed = []
    with db.transaction() as tx:
        for name in names[:7]:
            node = tx.best("choice", name, ANY, ANY, ANY, order="roomiest", limit=1)[0][1]
            tx.assert_("placed", name, node)
            placed.append(str(node))
    for name in names[7:]:
        node = first(db, name)[0]
        with db.transaction() as tx:
            tx.assert_("placed", name, node)
        placed.append(node)
    assert placed[:7] == ["n3", "n2", "n3", "n1", "n2", "n3", "n0"]
    assert sorted(placed) == sorted(["n0"] * 2 + ["n1"] * 3 + ["n2"] * 4 + ["n3"] * 5)


def test_a_rehearsed_decision_leaves_no_trace(small: Session) -> None:
    jobs(small, 2)
    with small.what_if() as world:
        world.assert_("placed", "w1", "n0")
        assert [str(r[1]) for r in world.best("choice", "w0", ANY, ANY, ANY, order="roomiest", limit=1)] == [
            "n1"
        ]
    assert first(small, "w0") == ["n0"]


def test_a_request_larger_than_every_node_is_told_without_a_look_at_any(large: Session) -> None:
    for cpu, memory in ((17, 1), (1, 70_000)):
        jobs(large, 1, cpu, memory)
        first(large, "w0")
        assert reads(large, lambda: first(large, "w0")) <= 8
        assert first(large, "w0") == []


def test_room_for_each_dimension_but_on_no_node_for_both_is_told_by_blocks() -> None:
    db = fleet(
        10_000, lambda number: (32 + number % 7, 1024) if number % 2 else (2, 65536 + 4096 * (number % 30))
    )
    blocks = 10_000 // (FULL // 2) + 1
    jobs(db, 1, 8, 32768)
    assert first(db, "w0") == []
    assert reads(db, lambda: first(db, "w0")) <= 2 * blocks + 4 * FULL
    with db.transaction() as tx:
        tx.replace("size", key="n5000", row=("n5000", 8, 32768))
    assert first(db, "w0") == ["n5000"]
    with db.transaction() as tx:
        tx.assert_("job", "w1", 0.5, 1)
        tx.assert_("placed", "w1", "n5000")
    assert first(db, "w0") == []


def test_what_is_rare_is_looked_up_and_what_nobody_has_is_told_at_once(large: Session) -> None:
    jobs(large, 1)
    for wanted, most, found in (("tpu", 12, ["n5000"]), ("gpu", 400, ["n0"]), ("lift", 8, [])):
        with large.what_if() as world:
            world.assert_("wants", "w0", wanted)
            world.assert_("wants", "w0", "disk")
            ask = lambda world=world: world.best("choice", "w0", ANY, ANY, ANY, order="roomiest", limit=1)  # noqa: E731
            assert [str(row[1]) for row in ask()] == found
            assert reads(large, ask) <= most


def test_what_is_listed_in_several_places_is_intersected(large: Session) -> None:
    """Every second gpu is on a node with a fan; the others are roomier."""
    jobs(large, 400)
    with large.what_if() as world:
        world.assert_all("has", ((f"n{number}", "fan") for number in range(50, 10_000, 200)))
        world.assert_all("has", ((f"n{number}", "fan") for number in range(0, 10_000, 200)))
        world.assert_all("placed", ((f"w{number + 1}", f"n{number * 100}") for number in range(0, 100, 2)))
        world.assert_all("wants", (("w0", "gpu"), ("w0", "fan")))
        ask = lambda limit: world.best("choice", "w0", ANY, ANY, ANY, order="roomiest", limit=limit)  # noqa: E731
        assert [str(row[1]) for row in ask(1)] == ["n0"]
        assert [row[1] for row in ask(None)] == [row[1] for row in ask(50)]
        assert len(ask(None)) == 50
        assert reads(large, lambda: ask(1)) <= 1_000


def test_the_best_of_what_is_rare_is_found_where_all_of_it_is_worse_than_the_rest(large: Session) -> None:
    jobs(large, 101)
    used = {number: 1 + (number * 37 + 11) % 100 / 50 for number in range(100)}
    with large.what_if() as world:
        for number, cpu in used.items():
            world.replace("job", key=f"w{number + 1}", row=(f"w{number + 1}", cpu, 512))
            world.assert_("placed", f"w{number + 1}", f"n{number * 100}")
        world.assert_("wants", "w0", "gpu")
        found = world.best("choice", "w0", ANY, ANY, ANY, order="roomiest", limit=3)
        expected = sorted(used, key=lambda number: used[number])[:3]
        assert [str(row[1]) for row in found] == [f"n{number * 100}" for number in expected]


def test_a_group_that_holds_the_first_places_is_passed_over_at_once(large: Session) -> None:
    jobs(large, 1001)
    with large.what_if() as world:
        world.assert_all("group", ((f"w{number}", "web") for number in range(1001)))
        world.assert_all("placed", ((f"w{number}", f"n{number}") for number in range(1, 1001)))
        ask = lambda order: world.best("choice", "w0", ANY, ANY, ANY, order=order, limit=1)  # noqa: E731
        assert [str(row[1]) for row in ask("roomiest")] == ["n0"]
        assert [str(row[1]) for row in ask("fullest")] == ["n0"]
        calls = large.stats()["rules"]["order fullest"]["calls"]
        assert reads(large, lambda: ask("fullest")) <= 6_000
        assert large.stats()["rules"]["order fullest"]["calls"] - calls <= 2 * FULL


def test_what_is_asserted_of_a_demand_predicate_counts(small: Session) -> None:
    jobs(small, 1)
    with small.what_if() as world:
        world.assert_("choice", "w0", "elsewhere", 100, 0)
        assert [str(r[1]) for r in world.best("choice", "w0", ANY, ANY, ANY, order="roomiest", limit=2)] == [
            "elsewhere", "n0",
        ]  # fmt: skip
        world.retract("choice", "w0", "elsewhere", 100, 0)
        world.assert_("refused", "w0", "n0")
        assert [str(r[1]) for r in world.best("choice", "w0", ANY, ANY, ANY, order="roomiest", limit=1)] == [
            "n1"
        ]


def test_two_rows_of_one_node_are_not_taken_for_one() -> None:
    db = Session(Program.parse("""
        .demand fits/2
        fits(W, N) :- job(W, C), free(N, F), F >= C.
        .demand choice/3
        choice(W, N, F) :- fits(W, N), free(N, F).
        .order fullest: choice(W, N, F) by F
    """, name="twice.dl"))  # fmt: skip
    with db.transaction() as tx:
        tx.assert_("job", "w", 4)
        tx.assert_all("free", ((f"n{number}", 5) for number in range(80)))
    assert db.best("choice", "w", ANY, ANY, order="fullest", limit=1)[0][2] == 5
    with db.transaction() as tx:
        tx.assert_("free", "n3", 1)
    assert db.best("choice", "w", ANY, ANY, order="fullest", limit=1)[0][2] == 1


def test_rows_that_fall_into_parts_are_kept_apart() -> None:
    db = Session(Program.parse("""
        .decl home(w: text, zone: text) key(w)
        .decl offer(zone: text, n: text, free: number)
        .demand choice/3
        choice(W, N, F) :- home(W, Z), offer(Z, N, F).
        .order most: choice(W, N, F) by F desc
    """, name="zones.dl"))  # fmt: skip
    with db.transaction() as tx:
        tx.assert_all("home", (("a", "east"), ("b", "west"), ("c", "north")))
        tx.assert_all("offer", (("east" if n < 900 else "west", f"n{n}", n) for n in range(1000)))
    asked = {w: db.best("choice", w, ANY, ANY, order="most", limit=1) for w in "abc"}
    assert [[row[2] for row in asked[w]] for w in "abc"] == [[899], [999], []]
    assert reads(db, lambda: db.best("choice", "a", ANY, ANY, order="most", limit=1)) <= 3


def test_a_question_stops_at_its_budget(large: Session) -> None:
    jobs(large, 1, 1, 1)
    with pytest.raises(DatalogError, match="budget"):
        large.best("choice", "w0", ANY, ANY, ANY, order="roomiest", budget=Budget(steps=100))


def test_plans_are_told_in_words(small: Session) -> None:
    jobs(small, 1, 1, 1)
    small.best("choice", "w0", ANY, ANY, ANY, order="roomiest")
    text = small.source()
    for line in (
        "first job(W, C_2, M_2)",
        "walk the 300 rows of free(N, FC, FM) by FC + FM / 4096 desc, N",
        "skip blocks without FC >= C_2",
        "only N listed in has beside X for each wants(W, X) (304 rows)",
        "not by refused/2 choice.dl:14:1 where group(W, G), all N at once after many rows",
    ):
        assert line in text, text
    assert "- skip blocks without FC >= C_2" in small.source()


def test_an_order_without_a_walk_says_why() -> None:
    db = Session(Program.parse("""
        .demand pair/3
        pair(X, Y, S) :- p(X), q(Y), S = X + Y.
        .order sum: pair(X, Y, S) by S
    """, name="pairs.dl"))  # fmt: skip
    with db.transaction() as tx:
        tx.assert_all("p", ((n,) for n in range(3)))
        tx.assert_all("q", ((n,) for n in range(3)))
    assert [row[2] for row in db.best("pair", ANY, ANY, ANY, order="sum", limit=3)] == [0, 1, 1]
    assert "# - compute every match and sort: p(X) does not tell S" in db.source()


def test_a_walk_is_looked_for_again_when_there_are_many_more_rows() -> None:
    db = Session(Program.parse("""
        .decl offer(zone: text, n: text, free: number)
        .order most: offer(Z, N, F) by F desc
    """, name="grows.dl"))  # fmt: skip
    ask = lambda: db.best("offer", "east", ANY, ANY, order="most", limit=1)  # noqa: E731
    with db.transaction() as tx:
        tx.assert_("offer", "east", "n0", 0)
    assert [row[2] for row in ask()] == [0]
    assert "has few rows per question" in db.source()
    with db.transaction() as tx:
        tx.assert_all("offer", (("east", f"n{n}", n) for n in range(1, 500)))
    assert [row[2] for row in ask()] == [499]
    assert reads(db, ask) <= 3


def test_a_session_that_is_prepared_shows_the_plans_of_its_orders(small: Session) -> None:
    small.prepare()
    assert "# ---- choice/4 by fullest bfff" in small.source()
    assert "# - walk the 300 rows of free(N, FC, FM) by FC + FM / 4096, N" in small.source()
