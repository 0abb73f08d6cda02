"""Generated text is kept as long as its rule, and no longer."""

import gc
import linecache

from datalox import ANY, Program, Session

BASE = "ready(N) :- node(N, up).\n.demand can(+, -)\ncan(W, N) :- wants(W), ready(N)."


def session() -> Session:
    db = Session(Program.parse(BASE, name="base.dl"))
    with db.transaction() as tx:
        tx.assert_("node", "n1", "up")
        tx.assert_("wants", "w")
    assert list(db.query("can", "w", ANY)) == []
    return db


def shown() -> set[str]:
    gc.collect()
    return {file for file in linecache.cache if file.startswith("<datalox")}


def preview(db: Session, number: int) -> None:
    text = f"""seen{number}(N) :- node(N, S), S != down, not ready(N).
        .demand ask{number}(+)
        ask{number}(N) :- seen{number}(N), node(N, _)."""
    with db.what_if() as world:
        world.load(Program.parse(text, name=f"preview{number}.dl"))
        world.assert_("node", f"m{number}", "down")
        list(world.query(f"ask{number}", "n1"))
        world.explain(f"seen{number}", "n1")
        assert f"seen{number}" in db.source()


def test_previews_of_rules_leave_nothing() -> None:
    db = session()
    preview(db, 0)
    files, text, counted = shown(), db.source(), set(db.stats()["rules"])
    for number in range(1, 5):
        preview(db, number)
    assert (shown(), db.source(), set(db.stats()["rules"])) == (files, text, counted)
    assert "seen" not in text and "ready(N) :- node(N, up)." in text


def test_rules_that_were_removed_leave_nothing() -> None:
    db = session()
    files, text = shown(), db.source()
    db.load(Program.parse("seen(N) :- node(N, _), wants(_).", name="more.dl"))
    with db.transaction() as tx:
        tx.assert_("node", "n2", "up")
    assert "seen(N)" in db.source()
    db.remove("more.dl")
    assert db.source() == text
    assert shown() <= files
