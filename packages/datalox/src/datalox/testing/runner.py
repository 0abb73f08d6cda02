"""Runs tests and says, for each failure, what was expected, what was found, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datalox.diagnostics import DatalogError
from datalox.program import Program
from datalox.testing.coverage import Coverage
from datalox.testing.judge import Failure, Judge
from datalox.testing.reader import read_tests
from datalox.testing.script import Test

SUFFIX: Final = ".dlt"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test went. `failures` is empty when it passed."""

    file: str
    name: str
    failures: tuple[Failure, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures

    def __str__(self) -> str:
        if self.passed:
            return f"ok    {self.file}: {self.name}"
        told = "\n".join(f"{self.file}:{failure}" for failure in self.failures)
        return f"FAIL  {self.file}: {self.name}\n{told}"


@dataclass(frozen=True, slots=True)
class Case:
    """One test of one file, for pytest: `@pytest.mark.parametrize("case", collect(folder), ids=str)`."""

    path: Path
    test: Test
    programs: tuple[Program, ...] = ()

    def __str__(self) -> str:
        stem = self.path.stem
        return stem if self.test.name == stem else f"{stem}: {self.test.name}"

    def outcome(self, coverage: Coverage | None = None) -> Outcome:
        """How it went; what it tried of its rules is added to `coverage`."""
        return _run(self.test, self.path.name, self.path.parent, self.programs, coverage)

    def check(self, coverage: Coverage | None = None) -> None:
        """Raises AssertionError with everything that failed."""
        outcome = self.outcome(coverage)
        if not outcome.passed:
            raise AssertionError(str(outcome))


def run_text(
    text: str, file: str = "<test>", programs: Sequence[Program] = (), folder: Path | None = None
) -> list[Outcome]:
    """The outcome of every test of the text. `programs` are loaded before those it names itself.

    Raises DatalogError if the text is no test file.
    """
    return [_run(test, file, folder, programs) for test in read_tests(text, file, Path(file).stem)]


def run_file(path: Path | str, programs: Sequence[Program] = ()) -> list[Outcome]:
    """The outcome of every test of the file."""
    place = Path(path)
    return run_text(place.read_text(encoding="utf-8"), place.name, programs, place.parent)


def collect(folder: Path | str, programs: Iterable[Program] = ()) -> list[Case]:
    """The tests of every `*.dlt` file below the folder, in the order of their paths."""
    return [case for path in _files(Path(folder)) for case in _cases(path, tuple(programs))]


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob(f"*{SUFFIX}")) if folder.is_dir() else (folder,)


def _cases(path: Path, programs: tuple[Program, ...]) -> list[Case]:
    text = path.read_text(encoding="utf-8")
    return [Case(path, test, programs) for test in read_tests(text, path.name, path.stem)]


def _run(
    test: Test, file: str, folder: Path | None, programs: Sequence[Program], coverage: Coverage | None = None
) -> Outcome:
    judge = Judge(programs, folder, coverage)
    for step in test.steps:
        try:
            judge.take(step)
        except DatalogError as refused:
            judge.fail(getattr(step, "span", None), f"refused:\n{refused}")
        if judge.stopped:
            break
    judge.close()
    return Outcome(file, test.name, tuple(judge.failures))
