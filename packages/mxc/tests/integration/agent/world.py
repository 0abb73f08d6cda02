"""A scripted core over the real bus, and a real agent process on the other side."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from aiohttp import web

from mxc.protocol import (
    Ack,
    Enrol,
    Enrolled,
    Fault,
    Heartbeat,
    Hello,
    LogLine,
    LogsRequest,
    Message,
    Report,
    Start,
    State,
    Stop,
    Welcome,
    decode,
)
from mxc.server.kernel.bus import Bus
from mxc.server.kernel.bus.logs import read_logs
from mxc.testing.nats import NatsServer

TOKEN = "a-token-for-tests"
PATIENCE_S = 20.0


async def until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for a condition; a deadline turns a hang into a failure that says what was missing."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience_s:g} s for {what}"
        await asyncio.sleep(0.01)


class Core:
    """Plays the coordinator: admits, welcomes, acknowledges, and remembers what it heard."""

    def __init__(self, bus: Bus, tenant: str, nats_url: str) -> None:
        self.bus = bus
        self.tenant = tenant
        self.nats_url = nats_url
        self.agent: UUID | None = None
        self.hellos: list[Hello] = []
        self.heartbeats: list[Heartbeat] = []
        self.reports: list[Report] = []
        self.welcome = Welcome(epoch=1, heartbeat_s=0.2, lease_s=30.0)
        self.is_deaf = False
        self.removed: set[UUID] = set()
        self.url = ""
        self.hang_up: Callable[[], Awaitable[None]]

    async def listen(self) -> None:
        await self.bus.on("hello", self._hello)
        await self.bus.on("heartbeat", self._heartbeat)
        await self.bus.on("report", self._report)

    async def enrol(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "no"}, status=401)
        asked = decode(Enrol, await request.read())
        if asked.node_id in self.removed:
            return web.json_response({"error": {"code": "node-removed"}}, status=409)
        self.agent = asked.node_id
        jwt = await self.bus.admit(self.tenant, asked.node_id, asked.public_nkey)
        answer = Enrolled(tenant=self.tenant, jwt=jwt, servers=[self.nats_url])
        return web.Response(body=msgspec.json.encode({"data": answer}), content_type="application/json")

    async def _hello(self, tenant: str, agent: UUID, payload: bytes) -> Message | None:
        if tenant != self.tenant:
            return None
        assert agent == self.agent
        self.hellos.append(decode(Hello, payload))
        return self.welcome

    async def _heartbeat(self, tenant: str, agent: UUID, payload: bytes) -> None:
        if tenant == self.tenant:
            self.heartbeats.append(decode(Heartbeat, payload))

    async def _report(self, tenant: str, agent: UUID, payload: bytes) -> Message | None:
        if tenant != self.tenant:
            return None
        if self.is_deaf:
            return Fault(code="unavailable", message="the core is told to be deaf")
        self.reports.append(decode(Report, payload))
        return Ack()

    async def send(self, message: Start | Stop) -> None:
        assert self.agent is not None
        await self.bus.command(self.tenant, self.agent, message, str(uuid4()))

    async def start(
        self, *argv: str, workload: UUID | None = None, generation: int = 1, **options: object
    ) -> UUID:
        workload = workload or uuid4()
        fields: dict[str, object] = {"epoch": 1, "cpu": 1.0, "memory": 128} | options
        await self.send(
            Start(workload=workload, generation=generation, command=argv[0], args=list(argv[1:]), **fields)  # type: ignore[arg-type]
        )
        return workload

    async def stop(self, workload: UUID, generation: int = 1, grace_s: float = 5.0, epoch: int = 1) -> None:
        await self.send(Stop(workload=workload, generation=generation, epoch=epoch, grace_s=grace_s))

    def heard(self, workload: UUID, state: State, generation: int = 1) -> list[Report]:
        return [
            report
            for report in self.reports
            if (report.workload, report.state, report.generation) == (workload, state, generation)
        ]

    async def report(self, workload: UUID, state: State, generation: int = 1) -> Report:
        await until(
            lambda: bool(self.heard(workload, state, generation)),
            f"{state} of {workload} generation {generation}",
        )
        return self.heard(workload, state, generation)[-1]

    async def output(self, workload: UUID, **options: object) -> list[LogLine]:
        assert self.agent is not None
        request = LogsRequest(workload=workload, **options)  # type: ignore[arg-type]
        return [
            line
            async for batch in read_logs(self.bus, self.tenant, self.agent, request)
            for line in batch.lines
        ]

    async def until_said(self, workload: UUID, text: str) -> None:
        """Wait until that line is in its output."""
        assert self.agent is not None
        request = LogsRequest(workload=workload, follow=True)
        async with asyncio.timeout(PATIENCE_S):
            async for batch in read_logs(self.bus, self.tenant, self.agent, request):
                if text in [line.text for line in batch.lines]:
                    return


class AgentProcess:
    """A real agent; `kill` is kill -9."""

    def __init__(self, core: Core, home: Path) -> None:
        self.core = core
        self.home = home
        self.process: asyncio.subprocess.Process | None = None
        self.settings: dict[str, object] = {}

    async def start(self, **settings: object) -> None:
        self.settings |= settings
        hellos = len(self.core.hellos)
        self.home.mkdir(exist_ok=True)
        with (self.home / "agent.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(__file__).with_name("agent_process.py")),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        given = {
            "coordinator": self.core.url,
            "data_dir": str(self.home / "data"),
            "token": TOKEN,
        } | self.settings
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(given).encode() + b"\n")
        await self.process.stdin.drain()
        try:
            await until(lambda: len(self.core.hellos) > hellos, f"a hello; log: {self.log()}")
        except AssertionError:
            await self.kill()
            raise

    def log(self) -> str:
        return (self.home / "agent.log").read_text()

    async def kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def end(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        try:
            return await asyncio.wait_for(self.process.wait(), PATIENCE_S)
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"SIGTERM did not end it in {PATIENCE_S:g} s; log: {self.log()}") from None


@asynccontextmanager
async def served_core(server: NatsServer, tenant: str) -> AsyncIterator[Core]:
    bus = await Bus.connect(server.url, server.authority, time.time)
    core = Core(bus, tenant, server.url)
    await core.listen()
    app = web.Application()
    app.router.add_post("/api/agents/enrol", core.enrol)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    core.hang_up = runner.cleanup
    core.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield core
    finally:
        await runner.cleanup()
        await bus.close()


Started = Callable[..., Awaitable[AgentProcess]]
