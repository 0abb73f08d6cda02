"""An agent that says what a test tells it to, on a real bus; it runs nothing."""

from typing import Any, TypeVar
from uuid import UUID

from nats.js.client import JetStreamContext
from packages.mxc.tests.integration.bus.visitor import Visitor

from mxc.protocol import (
    COMMANDS,
    Ack,
    Command,
    Fault,
    Heartbeat,
    Hello,
    Message,
    Reason,
    Report,
    Running,
    Start,
    State,
    Welcome,
    decode,
    encode,
    up,
)

Answer = TypeVar("Answer")


class ScriptedAgent:
    """One node's agent: `visitor` is its user on the bus."""

    def __init__(self, visitor: Visitor) -> None:
        self.id: UUID = visitor.agent
        self._visitor = visitor
        self._commands: JetStreamContext.PullSubscription | None = None

    async def hello(self, *running: Running, cpu: float = 8.0, memory: int = 8192, **said: Any) -> Welcome:
        message = Hello(
            hostname="scripted", cpu_total=cpu, memory_total=memory, running=list(running), **said
        )
        return await self._ask("hello", message, Welcome)

    async def report(
        self, workload: UUID, generation: int, state: State, reason: Reason | None = None, **said: Any
    ) -> Ack:
        message = Report(workload=workload, generation=generation, state=state, reason=reason, at=0.0, **said)
        return await self._ask("report", message, Ack)

    async def beat(self, cpu: float = 0.0, memory: int = 0) -> None:
        message = Heartbeat(cpu_used=cpu, memory_used=memory, workloads=0)
        await self.say("heartbeat", encode(message))

    async def say(self, kind: str, payload: bytes) -> None:
        await self._visitor.client.publish(up(self._visitor.tenant, self.id, kind), payload)
        await self._visitor.client.flush()

    async def ask_raw(self, kind: str, payload: bytes) -> Fault:
        answer = await self._visitor.client.request(
            up(self._visitor.tenant, self.id, kind), payload, timeout=5
        )
        return decode(Fault, answer.data)

    async def next_command(self) -> Command:
        """The next order from the stream, acknowledged."""
        if self._commands is None:
            streams = self._visitor.client.jetstream()
            self._commands = await streams.pull_subscribe_bind(consumer=str(self.id), stream=COMMANDS)
        [message] = await self._commands.fetch(1, timeout=10)
        await message.ack()
        command: Command = decode(Command, message.data)
        return command

    async def started(self) -> Start:
        """Takes a start order and reports it running."""
        order = await self.next_command()
        assert isinstance(order, Start)
        await self.report(order.workload, order.generation, State.RUNNING)
        return order

    async def _ask(self, kind: str, message: Message, expected: type[Answer]) -> Answer:
        answer = await self._visitor.client.request(
            up(self._visitor.tenant, self.id, kind), encode(message), timeout=5
        )
        return decode(expected, answer.data)
