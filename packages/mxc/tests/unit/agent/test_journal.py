"""What the agent writes down stays bounded, and what protects from a second run stays."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from mxc.agent.journal import Journal, Run, RunState


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    yield made
    made.close()


def ended(journal: Journal, generation: int = 1, workload: UUID | None = None) -> Run:
    run = Run(workload or uuid4(), generation, RunState.ENDED)
    journal.write(run)
    return run


def test_endings_are_told_latest_first_until_their_output_goes(journal: Journal) -> None:
    first, second, third = (ended(journal) for _ in range(3))
    journal.let_go([second])
    assert journal.with_output() == [third, first]


def test_a_generation_that_a_newer_one_follows_is_forgotten_with_its_output(journal: Journal) -> None:
    older = ended(journal, 1)
    newer = Run(older.workload, 2, RunState.RUNNING)
    journal.write(newer)
    journal.forget(100)
    assert journal.with_output() == [older]
    journal.let_go([older])
    journal.forget(100)
    assert journal.latest(older.workload) == newer
    assert journal.alive() == [newer]


def test_the_latest_generation_is_known_after_its_output_went(journal: Journal) -> None:
    run = ended(journal, 7)
    journal.let_go([run])
    journal.forget(100)
    assert journal.latest(run.workload) == run


def test_only_so_many_endings_are_kept(journal: Journal) -> None:
    runs = [ended(journal) for _ in range(30)]
    journal.let_go(runs)
    journal.forget(10)
    assert [journal.latest(run.workload) is not None for run in runs] == [False] * 20 + [True] * 10


def test_a_journal_of_before_endings_were_numbered_is_understood(tmp_path: Path) -> None:
    old = Journal(tmp_path / "journal.db")
    run = ended(old)
    old._db.execute("drop table endings")
    old.close()
    again = Journal(tmp_path / "journal.db")
    assert again.with_output() == [run]
    again.close()
