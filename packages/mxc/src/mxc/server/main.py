"""The composition root: the only module that knows every other. It wires by hand and decides nothing."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Final

import psycopg
import uvloop

from mxc.cancelling import cancelled
from mxc.plugins import family
from mxc.server.domains.identity.correspondence import Correspondence, MailSettings
from mxc.server.domains.identity.federation.federation import Federation
from mxc.server.domains.identity.federation.provider import Provider
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.post_office import PostOffice, by_smtp
from mxc.server.domains.identity.sign_in import Doorkeeper
from mxc.server.domains.identity.sign_in_provider import ProviderKind
from mxc.server.domains.rulebooks.operator_rule import operator_rules
from mxc.server.domains.workloads.defaults import RULE_SETTINGS
from mxc.server.domains.workloads.expulsion import Expulsion
from mxc.server.domains.workloads.shadow import Shadows
from mxc.server.embedded.servers import Servers
from mxc.server.home import Home
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.bus import Authority, Bus
from mxc.server.kernel.bus.outbox import Publisher
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.feed import Feed
from mxc.server.kernel.facts.judging import Bench
from mxc.server.kernel.facts.keeper import Keeper
from mxc.server.kernel.facts.rulebook import base_programs
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.reactor import Hands, Post, inboxes_in, reactions_in
from mxc.server.kernel.replies import sweep_replies
from mxc.server.kernel.resource import Spec, catalogue
from mxc.server.kernel.rotation import rotate_when_leading
from mxc.server.key_file import ensure_keys, key_ring
from mxc.server.leader import Leader
from mxc.server.migrations.schema import migrate
from mxc.server.settings.people import Registration
from mxc.server.settings.process import Mode
from mxc.server.settings.providers import Newcomers
from mxc.server.settings.settings import Settings, secret_variables
from mxc.server.surfaces.app import create_app
from mxc.server.web_server import WebServer, listen, url_of
from mxc.server.welcome import Welcome, ensure_default_tenant

DOMAINS: Final = "mxc.server.domains"
_AGAIN_S: Final = 0.5
# Long enough to give the lease up, when the database is slow.
_PATIENCE_S: Final = 5.0
Tell = Callable[[str], None]


def run(
    settings: Settings, home: Home, servers: Servers, clock: Clock, tell: Tell, is_told: Callable[[], bool]
) -> None:
    """Serve until SIGINT or SIGTERM, or `is_told()` when we begin to listen for them.

    Raises MxcError when something it needs cannot be had.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, suppress(asyncio.CancelledError):
        runner.run(_until_told(Coordinator(settings, home, servers, clock, tell), is_told))


async def _until_told(coordinator: "Coordinator", is_told: Callable[[], bool]) -> None:
    """The first signal ends us in order; further ones change nothing."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(coordinator.serve())

    def end() -> None:
        # A cancellation may be lost on its way, but one too many would cut the ending short.
        if not coordinator.is_ending:
            task.cancel()
            loop.call_later(_AGAIN_S, end)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    if is_told():
        end()
    await task


class Coordinator:
    """Everything one process needs, in order of start; what was started is ended in reverse."""

    def __init__(self, settings: Settings, home: Home, servers: Servers, clock: Clock, tell: Tell) -> None:
        self._settings = settings
        self._home = home
        self._servers = servers
        self._clock = clock
        self._tell = tell
        self.is_ending = False

    async def serve(self) -> None:
        """Until cancelled."""
        async with AsyncExitStack() as stack:
            try:
                await self._serve(stack)
            finally:
                self.is_ending = True

    async def _serve(self, stack: AsyncExitStack) -> None:
        listener = listen(self._settings.web.host, self._settings.web.port)
        stack.callback(listener.close)
        core, leader = await self._compose(stack, url_of(listener))
        secret = self._settings.web.secret_key or self._home.secret_key()
        web = self._settings.web
        app = create_app(
            core, secret=secret, development=web.is_development, has_pages=web.has_pages,
            closed=lambda: "" if leader.is_leading else leader.state,
        )  # fmt: skip
        server = WebServer(app, listener, web.trusted_proxies)
        serving = server.start()
        stack.push_async_callback(server.stop)
        stack.callback(core.feed.close)
        leading = asyncio.create_task(leader.run(), name="leader")
        stack.push_async_callback(_cancel, leading)
        greeting = asyncio.create_task(self._greet(core, leader, url_of(listener), stack))
        stack.push_async_callback(_cancel, greeting)
        await _first_failure(serving, leading, greeting)

    async def _compose(self, stack: AsyncExitStack, url: str) -> tuple[Core, Leader]:
        specs = catalogue(DOMAINS)
        store = await self._store(stack, specs)
        bus = await self._bus()
        stack.push_async_callback(bus.close)
        feed = Feed()
        rule_settings = {**RULE_SETTINGS, **self._settings.scheduling.facts}
        engines = Engines(
            store, self._clock, feed, specs, base_programs(specs, DOMAINS),
            rule_settings, operator_rules(),
        )  # fmt: skip
        store.judge = Bench(engines.__getitem__)
        lease = Lease(store, f"{socket.gethostname()}:{os.getpid()}")
        secret = self._settings.web.secret_key or self._home.secret_key()
        office, correspondence = self._mail(secret, url)
        doorkeeper = self._doorkeeper(secret, correspondence)
        core = Core(store, self._clock, lease, engines, feed, bus, doorkeeper)
        changes = await stack.enter_async_context(Doorbell(store.dsn))
        letters = await stack.enter_async_context(Doorbell(store.dsn, "mxc_outbox"))
        directory = Directory(store, specs)
        keeper = Keeper(store, engines, directory, changes, lease)
        hands = Hands(store, self._clock, lease, keeper.want)
        reactions = reactions_in(family(DOMAINS, "reactions"))
        post = Post(bus, inboxes_in(family(DOMAINS, "inbox")), directory, hands, rule_settings)
        await post.open()
        stack.push_async_callback(post.close)
        publisher = Publisher(store, bus, letters)
        expulsion = Expulsion(engines, directory, bus)
        shadows = Shadows(engines, hands, feed)
        return core, Leader(
            lease, engines, keeper, hands, reactions,
            partial(self._prepare, core, specs),
            [
                publisher.run, expulsion.run, shadows.run, partial(office.run, core),
                partial(sweep_replies, store, self._clock.now),
                partial(doorkeeper.uses.run, core),
                partial(rotate_when_leading, store, specs, self._clock.now),
            ],
            self._tell,
        )  # fmt: skip

    async def _store(self, stack: AsyncExitStack, specs: Sequence[Spec]) -> Store:
        """The migrated database, and the keys to what is kept encrypted there."""
        stated = self._settings.encryption.keys
        store = Store(await self._database(), self._settings.database.pool_size, key_ring(stated, self._home))
        stack.push_async_callback(store.close)
        await ensure_keys(store, specs, stated, self._home)
        return store

    async def _prepare(self, core: Core, specs: Sequence[Spec]) -> None:
        """What has to be so before anything else is done."""
        await ensure_default_tenant(core)
        await rotate_when_leading(core.store, specs, self._clock.now, only_bare=True)

    def _doorkeeper(self, secret: str, correspondence: Correspondence) -> Doorkeeper:
        settings = self._settings.sign_in
        newcomers = None if settings.newcomers is Newcomers.NONE else Role(settings.newcomers.value)
        domains = tuple(filter(None, settings.domains.split(",")))
        installed = [
            Provider(each["kind"], **each | {"kind": ProviderKind(each["kind"])}, domains=domains,
                     newcomers=newcomers)
            for each in settings.offered()
        ]  # fmt: skip
        federation = Federation(secret, installed, is_inside_allowed=settings.is_inside_allowed)
        is_open = self._settings.people.registration is Registration.OPEN
        return Doorkeeper(
            secret, correspondence, federation, is_registration_open=is_open,
            address=self._settings.mail.public_url,
        )  # fmt: skip

    def _mail(self, secret: str, url: str) -> tuple[PostOffice, Correspondence]:
        mail = self._settings.mail
        office = PostOffice(by_smtp(mail.url) if mail.url else None, mail.sender)
        base = (mail.public_url or url).rstrip("/")
        return office, Correspondence(secret, MailSettings(base, bool(mail.url)), office.ring)

    async def _database(self) -> str:
        """A migrated database's DSN."""
        dsn = self._settings.database.dsn
        if self._servers.database is not None:
            dsn = await asyncio.wrap_future(self._servers.database)
        try:
            await migrate(dsn)
        except psycopg.OperationalError as error:
            raise Unavailable(
                f"PostgreSQL cannot be used: {str(error).strip()}",
                code="database-unreachable",
                hint="Is it running? Is DATABASE_URL right? May its user create roles?",
            ) from None
        return dsn

    async def _bus(self) -> Bus:
        url = self._settings.bus.url
        if self._servers.bus is not None:
            url = await asyncio.wrap_future(self._servers.bus)
        keys = self._settings.bus.keys or self._home.nats / "keys"
        return await Bus.connect(url, Authority.open(keys), self._clock.unix)

    async def _greet(self, core: Core, leader: Leader, url: str, stack: AsyncExitStack) -> None:
        """Once we lead: credentials, the agent beside us, and the line that says we are ready."""
        await leader.ready()
        welcome = Welcome(core, self._home)
        admin = await welcome.first_admin()
        await welcome.for_command_line(url)
        if self._settings.process.mode is Mode.STANDALONE:
            await self._start_agent(await welcome.for_agent(), url, stack)
        self._tell(f"mxc is ready: {url}")
        if admin is not None:
            self._tell(f"sign in as {admin.email} with the password {admin.password} (shown this once)")
        self._tell(f"the command line's token is in {self._home.command_line}")

    async def _start_agent(self, token: str, url: str, stack: AsyncExitStack) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if name not in secret_variables()},
            "MXC_API_TOKEN": token,
            "MXC_COORDINATOR": url,
            "MXC_HOME": str(self._home.path),
            "MXC_AGENT_STOPS_WORKLOADS": os.environ.get("MXC_AGENT_STOPS_WORKLOADS") or "true",
        }
        await asyncio.wrap_future(self._servers.start_agent(environment))
        stack.push_async_callback(asyncio.to_thread, self._servers.stop_agent)


async def _cancel(task: asyncio.Task[None]) -> None:
    await cancelled(task, again_s=_PATIENCE_S)


async def _first_failure(*tasks: asyncio.Task[None]) -> None:
    """Waits for as long as all is well; one of them failing ends us with its error."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()
