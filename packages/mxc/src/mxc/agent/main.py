"""The agent: adopts what runs, enrols, stays on the bus, and enrols again when it must."""

import asyncio
import contextlib
import logging
import signal
from typing import Final

from mxc.agent import clock
from mxc.agent.contact import Contact
from mxc.agent.enrolment import RemovedError, enrol
from mxc.agent.identity import Identity
from mxc.agent.journal import Journal
from mxc.agent.link import Link, LostError
from mxc.agent.machine import describe
from mxc.agent.roster import Roster
from mxc.agent.runtimes.limits import detect
from mxc.agent.settings import AgentSettings
from mxc.cancelling import cancelled
from mxc.protocol import Hello

_log = logging.getLogger(__name__)
_FENCE_AT: Final = 0.8
_FENCE_GRACE: Final = 0.1
_FAREWELL_S: Final = 3.0
_AGAIN_S: Final = 0.25
_LOOK_AGAIN_S: Final = 0.02
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


async def run(settings: AgentSettings) -> None:
    """Serve until cancelled, or SIGTERM or SIGINT. Raises InUseError, ValueError (damaged files)."""
    identity = Identity.open(settings.data_dir)
    journal = Journal(settings.data_dir / "journal.db")
    try:
        await Agent(settings, identity, journal).serve()
    finally:
        journal.close()
        identity.release()


class Agent:
    """The parts of one agent, composed."""

    def __init__(self, settings: AgentSettings, identity: Identity, journal: Journal) -> None:
        self._settings = settings
        self._identity = identity
        self._journal = journal
        self._waiting = asyncio.Event()
        self._limits = detect(str(identity.node_id))
        self._roster = Roster(settings.data_dir / "runs", self._limits, journal, self._waiting.set)
        self._contact = Contact(clock.monotonic())

    async def serve(self) -> None:
        """Until told to end."""
        _log.info("node %s, workloads are confined by %s", self._identity.node_id, self._limits.name)
        self._roster.adopt()
        staying = asyncio.create_task(self._stay())
        fencing = asyncio.create_task(self._fence())
        ending = asyncio.create_task(_told_to_end())
        try:
            done, _ = await asyncio.wait({staying, fencing, ending}, return_when=asyncio.FIRST_COMPLETED)
            if self._settings.stops_workloads:
                await self._farewell()
            for task in done:
                task.result()
        finally:
            # Also what these began, and what the client of NATS left behind.
            await cancelled(*(asyncio.all_tasks() - {asyncio.current_task()}))
            self._roster.runtime.close()

    async def _stay(self) -> None:
        """Enrol, serve, and begin anew: the coordinator may have moved, its keys may be new."""
        while True:
            try:
                enrolled = await enrol(self._settings, self._identity)
            except RemovedError as error:
                await self._retire(error)
                continue
            link = Link(self._identity, enrolled, self._roster, self._waiting, self._hello, self._contact)
            try:
                await link.run()
            except LostError as error:
                _log.warning("off the bus: %s", error)
                await asyncio.sleep(_AGAIN_S)

    async def _retire(self, error: RemovedError) -> None:
        """Nothing here is ours any more. We stay, idle, so that nobody starts us again and again."""
        _log.error("%s; delete %s and start again to join anew", error, self._settings.data_dir)
        await self._roster.stop_all(self._settings.stop_grace_s)
        await asyncio.Event().wait()

    async def _fence(self) -> None:
        """A little before the core may give us up, end what must never run twice."""
        while True:
            lease_s = self._contact.lease_s
            await asyncio.sleep(lease_s / 20)
            if self._contact.age_s(clock.monotonic()) > lease_s * _FENCE_AT:
                self._roster.fence(lease_s * _FENCE_GRACE)

    async def _farewell(self) -> None:
        """End the workloads and, if the core still listens, tell it before we go."""
        await self._roster.stop_all(self._settings.stop_grace_s)
        deadline = clock.monotonic() + _FAREWELL_S
        while self._journal.untold(1) and clock.monotonic() < deadline:  # noqa: ASYNC110 (once in a life)
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _hello(self) -> Hello:
        return describe(self._settings, self._limits.name, self._roster.running())


async def _told_to_end() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, told.set)
    # Whoever started us may have blocked them: then nothing short of SIGKILL would end us.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    await told.wait()
