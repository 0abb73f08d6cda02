"""`datalox bench FILE… [--facts FILE…] [--updates N] [--now T] [--json]`"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from datalox.command.facts import Facts, read_facts
from datalox.command.programs import open_session
from datalox.session.session import Session
from datalox.terms import Row

WORDS: Final = "time loading and single updates of your own rules and facts"
TICKS: Final = 200


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "--facts",
        nargs="+",
        default=[],
        metavar="FILE",
        help="programs of facts, or predicate.csv",
    )
    parser.add_argument("--updates", type=int, default=200, metavar="N", help="per predicate (default 200)")
    parser.add_argument("--now", type=float, metavar="T", help="what the clock says")
    parser.add_argument("--json", action="store_true", help="as JSON")


@dataclass(frozen=True, slots=True)
class Updates:
    """What it costs to take one fact of a predicate away and to put it back: microseconds of CPU, and rows
    looked at and changed, per transaction."""

    predicate: str
    facts: int
    measured: int
    median_us: float
    worst_us: float
    read: float
    changed: float


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """CPU time, so that other work on the machine hardly matters."""
    begin = time.process_time()
    session = open_session(options.files, options.now)
    prepared = time.process_time()
    facts = read_facts(options.facts)
    loading = time.process_time()
    with session.transaction() as tx:
        for name, rows in facts.items():
            tx.assert_all(name, rows)
    loaded = time.process_time()
    for name, rows in _stated(session).items():
        facts.setdefault(name, []).extend(rows)
    figures = {
        "rules_ms": (prepared - begin) * 1e3,
        "facts": sum(map(len, facts.values())),
        "load_ms": (loaded - loading) * 1e3,
        "rows": sum(session.stats()["rows"].values()),
        "tick_us": _ticks(session) if session.now is not None else None,
        "updates": [asdict(_updates(session, name, rows, options.updates)) for name, rows in facts.items()],
    }
    write(json.dumps(figures, indent=2) + "\n" if options.json else _text(figures))
    return 0


def _stated(session: Session) -> Facts:
    found: Facts = {}
    for module in session.modules():
        for fact in module.program.facts:
            row = tuple(getattr(term, "value", None) for term in fact.atom.terms)
            found.setdefault(fact.atom.predicate, []).append(row)
    return found


def _ticks(session: Session) -> float:
    """Median microseconds of a tick of a thousandth."""
    start, times = session.now or 0, []
    for number in range(1, TICKS + 1):
        begin = time.thread_time()
        with session.transaction(now=start + number / 1000):
            pass
        times.append(time.thread_time() - begin)
    return statistics.median(times) * 1e6


def _updates(session: Session, name: str, rows: list[Row], count: int) -> Updates:
    chosen = random.Random(1).sample(rows, min(count, len(rows)))
    for row in chosen[:2]:  # plans are made when they are first needed
        _exchange(session, name, row)
    before, times, changed = session.stats()["read"], list[float](), 0
    for row in chosen:
        spent, moved = _exchange(session, name, row)
        times += spent
        changed += moved
    each = max(1, len(times))
    read = (session.stats()["read"] - before) / each
    worst = max(times, default=0.0) * 1e6
    median = statistics.median(times) * 1e6 if times else 0.0
    return Updates(name, len(rows), len(times), median, worst, read, changed / each)


def _exchange(session: Session, name: str, row: Row) -> tuple[list[float], int]:
    """Seconds of taking the row away and of putting it back, and how many rows changed."""
    times, changed = [], 0
    for act in ("retract", "assert_"):
        begin = time.thread_time()
        with session.transaction() as tx:
            getattr(tx, act)(name, *row)
        times.append(time.thread_time() - begin)
        changed += sum(len(change.appeared) + len(change.vanished) for change in tx.changes.values())
    return times, changed


def _text(figures: dict[str, object]) -> str:
    lines = [
        f"rules read, checked and wired    {figures['rules_ms']:10.1f} ms",
        f"{figures['facts']} facts loaded".ljust(32) + f" {figures['load_ms']:10.1f} ms",
        f"rows that hold                   {figures['rows']:10}",
    ]
    if figures["tick_us"] is not None:
        lines.append(f"a tick that nothing crosses      {figures['tick_us']:10.1f} µs")
    lines += [
        "",
        f"{'one fact out, or in':<28}{'facts':>8}{'median':>11}{'worst':>11}{'read':>9}{'changed':>9}",
    ]
    updates = figures["updates"]
    assert isinstance(updates, list)
    lines += [
        f"{u['predicate']:<28}{u['facts']:>8}{u['median_us']:>8.1f} µs{u['worst_us']:>8.0f} µs"
        f"{u['read']:>9.1f}{u['changed']:>9.1f}"
        for u in updates
    ]
    return "\n".join(lines) + "\n"
