"""A mail server that takes every mail, for tests: just enough SMTP (RFC 5321) to be sent to."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(slots=True)
class Mailbox:
    """What arrived; while `refuses` is set, every recipient is refused with that reply."""

    url: str = ""
    refuses: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.talks.add(task)
        try:
            await self._talk(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mailbox\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                self._keep(await reader.readuntil(b"\r\n.\r\n"))
            refused = self.refuses if verb == "RCPT" else ""
            writer.write(f"{refused or ('221 bye' if verb == 'QUIT' else '250 ok')}\r\n".encode())
            if verb == "QUIT":
                break

    def _keep(self, content: bytes) -> None:
        made = message_from_bytes(content[:-5].replace(b"\r\n..", b"\r\n."), policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.mails.append(made)


@asynccontextmanager
async def mail_server() -> AsyncIterator[Mailbox]:
    """A server on a free port of this machine."""
    box = Mailbox()
    server = await asyncio.start_server(box._hear, "127.0.0.1", 0)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield box
    await asyncio.gather(*box.talks, return_exceptions=True)


@contextmanager
def mailbox_beside() -> Iterator[Mailbox]:
    """The same in a thread of its own, for tests without an event loop."""
    ready, done, boxes = threading.Event(), asyncio.Event(), list[Mailbox]()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with mail_server() as box:
            boxes.append(box)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield boxes[0]
    loop.call_soon_threadsafe(done.set)
    thread.join(10)
    loop.close()
