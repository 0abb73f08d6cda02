"""What runs here and may run here: obeys each command once and keeps a report of all that happens."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

from mxc.agent import clock
from mxc.agent.journal import Journal, Run, RunState
from mxc.agent.runtimes.limits import Limits
from mxc.agent.runtimes.process import Ending, Process, ProcessRuntime
from mxc.protocol import Reason, Report, Running, Start, State, Stop

_log = logging.getLogger(__name__)
_KEPT_RUNS: Final = 200
_KEPT_GENERATIONS: Final = 3
# More than can end while the bus keeps a command, so that none is obeyed twice.
_KEPT_NOTES: Final = 20_000
_SWEEP_AFTER: Final = 16


class Roster:
    """The workloads of this node. `reported` is called whenever a report waits in the journal."""

    def __init__(
        self, directory: Path, limits: Limits, journal: Journal, reported: Callable[[], None]
    ) -> None:
        self.runtime = ProcessRuntime(directory, limits, self._on_ended)
        self.journal = journal
        self._reported = reported
        self._runs: dict[str, Run] = {}
        self._gone: dict[str, asyncio.Event] = {}
        self._endings = 0
        self._turns: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    def adopt(self) -> None:
        """After a start of the agent: find what still runs, learn what ended meanwhile."""
        for run in self.journal.alive():
            self._settle(run, self.runtime.adopt(run.key))
        self._sweep()

    def running(self) -> list[Running]:
        """For a hello: what runs now."""
        return [
            Running(
                workload=run.workload,
                generation=run.generation,
                pid=process.pid,
                started_at=process.started_at,
            )
            for key, process in self.runtime.running.items()
            if (run := self._runs.get(key)) is not None
        ]

    async def start(self, start: Start) -> None:
        """Run it, unless it is known already, older than what is known, or not ours to run."""
        async with self._turns[start.workload]:
            known = self.journal.latest(start.workload)
            refusal = self._refusal(start, known)
            if refusal is not None:
                self._refuse(start, *refusal)
            elif known is not None and known.generation == start.generation:
                self._repeat(known)
            else:
                await self._replace(known)
                await self._launch(start)

    async def stop(self, stop: Stop) -> None:
        """End it. One that never ran here is reported as ended, and will not be started later."""
        async with self._turns[stop.workload]:
            known = self.journal.latest(stop.workload)
            refusal = self._refusal(stop, known)
            if refusal is not None:
                self._refuse(stop, *refusal)
                return
            if known is not None and known.generation < stop.generation:
                await self._replace(known)
            if known is None or known.generation < stop.generation:
                run = Run(stop.workload, stop.generation, RunState.STARTING)
                self._end(run, Ending(Reason.STOPPED, clock.wall()))
            elif known.state is RunState.ENDED:
                self._end(known, self.runtime.adopt_ended(known.key))
            else:
                self._ask(known, Reason.STOPPED, stop.grace_s)

    async def bury(self, workload: UUID, generation: int) -> None:
        """The core has given that generation up: kill it, and never start it again."""
        async with self._turns[workload]:
            known = self.journal.latest(workload)
            if known is None or known.generation < generation:
                await self._replace(known)
                self.journal.write(Run(workload, generation, RunState.ENDED))
            elif known.generation == generation and known.key in self._runs:
                self._ask(known, Reason.STOPPED, 0.0)

    def fence(self, grace_s: float) -> None:
        """We may be cut off, and these must not run twice: end them."""
        for run in list(self._runs.values()):
            if run.is_fenced and run.stop_reason is None:
                _log.warning("%s is fenced and the control plane is out of reach: stopping it", run.key)
                self._ask(run, Reason.FENCED, grace_s)

    async def stop_all(self, grace_s: float) -> None:
        """End everything and wait until it is gone."""
        gone = [self._gone[key] for key in self._runs]
        for run in list(self._runs.values()):
            self._ask(run, Reason.NODE_STOPPED, grace_s)
        await asyncio.gather(*(event.wait() for event in gone))

    def place(self, workload: UUID, generation: int | None) -> tuple[Path, int] | None:
        """The directory and number of a generation (the newest when None), if anything of it is kept."""
        latest = self.journal.latest(workload)
        if latest is None and generation is None:
            return None
        number = generation if generation is not None else latest.generation if latest else 0
        directory = self.runtime.directory / Run(workload, number, RunState.ENDED).key
        return (directory, number) if (directory / "spec.json").exists() else None

    def is_running(self, workload: UUID, generation: int) -> bool:
        """Is that generation running at this moment?"""
        return Run(workload, generation, RunState.RUNNING).key in self._runs

    def _refusal(self, command: Start | Stop, known: Run | None) -> tuple[Reason, str] | None:
        epoch = self.journal.epoch
        if command.epoch < epoch:
            return Reason.STALE_EPOCH, f"commanded under epoch {command.epoch}, the newest is {epoch}"
        self.journal.raise_epoch(command.epoch)
        if known is not None and command.generation < known.generation:
            return (
                Reason.STALE_GENERATION,
                f"generation {command.generation} is over, {known.generation} is known",
            )
        if isinstance(command, Start) and command.type != "process":
            return Reason.UNSUPPORTED, f"this node runs no workloads of type {command.type}"
        return None

    def _refuse(self, command: Start | Stop, reason: Reason, error: str) -> None:
        _log.warning("refused %s of %s: %s", type(command).__name__, command.workload, error)
        self.journal.tell(
            _report(command.workload, command.generation, State.REFUSED, reason=reason, error=error)
        )
        self._reported()

    def _repeat(self, run: Run) -> None:
        """Asked again for what is done: say again that it runs. That it ended was told."""
        process = self.runtime.running.get(run.key)
        if process is not None:
            self.journal.tell(_running(run, process))
            self._reported()

    async def _replace(self, known: Run | None) -> None:
        """An older generation must be gone before a newer one may run."""
        if known is not None and (event := self._gone.get(known.key)) is not None:
            self._ask(known, Reason.STOPPED, 0.0)
            await event.wait()

    async def _launch(self, start: Start) -> None:
        run = Run(start.workload, start.generation, RunState.STARTING, start.fenced)
        self.journal.write(run)
        try:
            self._settle(run, await self.runtime.start(run.key, start))
        except OSError as error:
            _log.warning("%s could not be started: %s", run.key, error)
            self._end(run, Ending(Reason.LOST, clock.wall(), error=str(error)))

    def _settle(self, run: Run, found: Process | Ending) -> None:
        if isinstance(found, Ending):
            self._end(run, found)
            return
        is_new = run.state is RunState.STARTING
        run = replace(run, state=RunState.RUNNING)
        self._runs[run.key] = run
        self._gone[run.key] = asyncio.Event()
        if is_new:
            self.journal.write(run, _running(run, found))
            self._reported()

    def _ask(self, run: Run, reason: Reason, grace_s: float) -> None:
        if run.key not in self._runs:
            return
        if run.stop_reason is None:
            run = replace(run, stop_reason=reason.value)
            self._runs[run.key] = run
            self.journal.write(run)
        self.runtime.stop(run.key, grace_s)

    def _on_ended(self, key: str, ending: Ending) -> None:
        self._end(self._runs[key], ending)

    def _end(self, run: Run, ending: Ending) -> None:
        """Write the end down with its report, in one transaction; only then is it gone."""
        if run.state is RunState.STARTING and ending.pid is not None:
            # It was over before we looked: that it ran is told all the same.
            ran = _report(run.workload, run.generation, State.RUNNING, pid=ending.pid, at=ending.started_at)
            self.journal.write(replace(run, state=RunState.RUNNING), ran)
        reason = ending.reason
        if reason is Reason.STOPPED and run.stop_reason is not None:
            reason = Reason(run.stop_reason)
        report = _report(
            run.workload,
            run.generation,
            State.EXITED,
            reason=reason,
            error=ending.error,
            exit_code=ending.exit_code,
            signal=ending.signal,
            at=ending.at,
        )
        self.journal.write(replace(run, state=RunState.ENDED), report)
        self._runs.pop(run.key, None)
        event = self._gone.pop(run.key, None)
        if event is not None:
            event.set()
        self._reported()
        self._endings += 1
        if self._endings % _SWEEP_AFTER == 0:
            self._sweep()

    def _sweep(self) -> None:
        """Old output goes: the latest 3 generations of a workload stay, and 200 in all. So do old notes."""
        seen: defaultdict[UUID, int] = defaultdict(int)
        gone: list[Run] = []
        for kept, run in enumerate(self.journal.with_output()):
            seen[run.workload] += 1
            if seen[run.workload] > _KEPT_GENERATIONS or kept >= _KEPT_RUNS:
                self.runtime.discard(run.key)
                gone.append(run)
        self.journal.let_go(gone)
        self.journal.forget(_KEPT_NOTES)


def _running(run: Run, process: Process) -> Report:
    return _report(run.workload, run.generation, State.RUNNING, pid=process.pid, at=process.started_at)


def _report(
    workload: UUID,
    generation: int,
    state: State,
    *,
    reason: Reason | None = None,
    error: str = "",
    exit_code: int | None = None,
    signal: int | None = None,
    pid: int | None = None,
    at: float | None = None,
) -> Report:
    return Report(
        workload=workload,
        generation=generation,
        state=state,
        at=clock.wall() if at is None else at,
        reason=reason,
        error=error,
        exit_code=exit_code,
        signal=signal,
        pid=pid,
    )
