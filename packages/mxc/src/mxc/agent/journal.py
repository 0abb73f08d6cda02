"""What the agent must not forget when it dies: generations it knows, the newest epoch, unsent reports."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

from mxc.protocol import Report, decode, encode

_SCHEMA: Final = """
create table if not exists runs (
    workload text not null, generation integer not null, state text not null, fenced integer not null,
    stop_reason text, primary key (workload, generation)) without rowid;
create table if not exists reports (
    id integer primary key autoincrement, workload text not null, body blob not null);
create table if not exists endings (
    id integer primary key autoincrement, workload text not null, generation integer not null,
    has_output integer not null default 1, unique (workload, generation));
create table if not exists marks (name text primary key, value integer not null) without rowid;
insert or ignore into endings (workload, generation)
    select workload, generation from runs where state = 'ended' order by generation;
"""


class RunState(StrEnum):
    """Where a generation is in its life on this node."""

    STARTING = "starting"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Run:
    """One generation of one workload that this node was told of."""

    workload: UUID
    generation: int
    state: RunState
    is_fenced: bool = False
    stop_reason: str | None = None

    @property
    def key(self) -> str:
        """Names its directory, its cgroup and its process."""
        return f"{self.workload}-{self.generation}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that waits for its acknowledgement."""

    id: int
    workload: UUID
    body: bytes


class Journal:
    """One SQLite file; every call returns when its change is on the disk."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def latest(self, workload: UUID) -> Run | None:
        """The newest generation this node knows of."""
        rows = self._db.execute(
            "select workload, generation, state, fenced, stop_reason from runs where workload = ? "
            "order by generation desc limit 1",
            (str(workload),),
        )
        return next((_run(row) for row in rows), None)

    def alive(self) -> list[Run]:
        """Everything that has not ended, as far as was written down."""
        rows = self._db.execute(
            "select workload, generation, state, fenced, stop_reason from runs where state <> 'ended'"
        )
        return [_run(row) for row in rows]

    def with_output(self) -> list[Run]:
        """Everything that has ended and whose output was not let go, latest end first."""
        rows = self._db.execute(
            "select workload, generation, state, fenced, stop_reason from endings "
            "join runs using (workload, generation) where has_output order by id desc"
        )
        return [_run(row) for row in rows]

    def let_go(self, runs: Sequence[Run]) -> None:
        """Their output is gone."""
        self._db.executemany(
            "update endings set has_output = 0 where workload = ? and generation = ?", map(_key, runs)
        )

    def forget(self, keep: int) -> None:
        """Drop what ended and is followed by a newer generation, and all but the `keep` latest endings.

        What is forgotten could be started again: `keep` must outlast the commands the bus still holds.
        """
        self._db.execute("begin immediate")
        self._db.execute(
            "delete from endings where not has_output and (id <= (select max(id) from endings) - ? or exists "
            "(select 1 from runs where workload = endings.workload and generation > endings.generation))",
            (keep,),
        )
        self._db.execute(
            "delete from runs where state = 'ended' and not exists (select 1 from endings "
            "where workload = runs.workload and generation = runs.generation)"
        )
        self._db.execute("commit")

    def write(self, run: Run, report: Report | None = None) -> None:
        """Keep the run and, in the same transaction, what is to be told of it."""
        self._db.execute("begin immediate")
        self._db.execute(
            "insert or replace into runs (workload, generation, state, fenced, stop_reason) "
            "values (?, ?, ?, ?, ?)",
            (str(run.workload), run.generation, run.state.value, run.is_fenced, run.stop_reason),
        )
        if run.state is RunState.ENDED:
            self._db.execute("insert or ignore into endings (workload, generation) values (?, ?)", _key(run))
        if report is not None:
            self._put(report)
        self._db.execute("commit")

    def tell(self, report: Report) -> None:
        """Keep a report until `told`."""
        self._put(report)

    def untold(self, limit: int = 64) -> list[Kept]:
        """The oldest report of each of `limit` workloads: one workload's reports go in order."""
        rows = self._db.execute(
            "select id, workload, body from reports "
            "where id in (select min(id) from reports group by workload) order by id limit ?",
            (limit,),
        )
        return [Kept(row[0], UUID(row[1]), row[2]) for row in rows]

    def told(self, ids: Sequence[int]) -> None:
        """Forget reports the core has."""
        self._db.executemany("delete from reports where id = ?", [(number,) for number in ids])

    @property
    def epoch(self) -> int:
        """The newest epoch commands came under."""
        row = self._db.execute("select value from marks where name = 'epoch'").fetchone()
        return int(row[0]) if row else 0

    def raise_epoch(self, epoch: int) -> None:
        """Never goes down."""
        if epoch > self.epoch:
            self._db.execute("insert or replace into marks (name, value) values ('epoch', ?)", (epoch,))

    def _put(self, report: Report) -> None:
        self._db.execute(
            "insert into reports (workload, body) values (?, ?)", (str(report.workload), encode(report))
        )


def report_of(kept: Kept) -> Report:
    """The report as a message."""
    return decode(Report, kept.body)


def _key(run: Run) -> tuple[str, int]:
    return (str(run.workload), run.generation)


def _run(row: tuple[str, int, str, int, str | None]) -> Run:
    return Run(UUID(row[0]), row[1], RunState(row[2]), bool(row[3]), row[4])
