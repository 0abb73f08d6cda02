"""Every tenant's session, kept current: notes in, rows read, facts applied, subscribers told."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from datalox import Program
from mxc.server.kernel.access.law import access_facts
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.facts.answer import plain_row
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.feed import Derived, Feed, Item, Note
from mxc.server.kernel.facts.projector import Projector, Reading, differing
from mxc.server.kernel.facts.readings import Readings
from mxc.server.kernel.facts.rulebook import OperatorRule
from mxc.server.kernel.facts.tenant import NOTHING, Changes, Key, TenantFacts
from mxc.server.kernel.resource import Spec, facts_of, spec_of, transition_facts
from mxc.server.kernel.resource.facts import FactRow

log: Final = logging.getLogger(__name__)
# The facts are milliseconds behind; who writes waits through a hiccup, not through an outage.
PATIENCE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Which relation holds operators' rules, and how one of its rows is read; None for one not in force."""

    relation: str
    rule_of: Callable[[Any], OperatorRule | None]


@dataclass(slots=True)
class Reconciled:
    """What a reconcile repaired: rows held wrongly or not at all, and rows held that are gone."""

    missing: int = 0
    extra: int = 0

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra)


@dataclass(slots=True)
class Counters:
    """Since the start."""

    notes: int = 0
    reconciles: int = 0
    repaired: int = 0
    by_relation: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Engines:
    """Sessions by tenant. `settings` are the numbers and words our rules read as setting(name, value)."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        feed: Feed,
        specs: Sequence[Spec],
        programs: Sequence[Program],
        settings: Mapping[str, str | int | float],
        rules: RuleSource | None = None,
    ) -> None:
        self.settings = dict(settings)
        self.counters = Counters()
        self.on_loaded: list[Callable[[TenantFacts], None]] = []
        self.clock = clock
        self._feed = feed
        self._specs = specs
        self._programs = programs
        self._source = rules
        self._projector = Projector(store, specs)
        self._readings = Readings()
        self._tenants: dict[UUID, TenantFacts] = {}
        self._rules: dict[UUID, dict[UUID, OperatorRule]] = {}

    def __getitem__(self, tenant_id: UUID) -> TenantFacts:
        """The facts of a tenant. Raises Unavailable while they are not loaded here."""
        found = self._tenants.get(tenant_id)
        if found is None:
            raise Unavailable(
                "the facts of this tenant are not loaded here",
                code="not-leading",
                hint="this coordinator is starting or stands by; ask again shortly",
            )
        return found

    def __iter__(self) -> Iterator[TenantFacts]:
        return iter(tuple(self._tenants.values()))

    def __contains__(self, tenant_id: UUID) -> bool:
        return tenant_id in self._tenants

    async def load(self, tenant_id: UUID) -> TenantFacts:
        """Builds a tenant's session from its rows."""
        reading = await self._projector.read_all(tenant_id, self._rule_relations())
        facts = TenantFacts(tenant_id, self._programs, self.clock, self._static())
        facts.apply(reading.facts)
        self._tenants[tenant_id] = facts
        self._rules[tenant_id] = {}
        self._take_rules(facts, reading, reading.rows)
        facts.listeners.append(lambda changes: self._broadcast(tenant_id, changes))
        for tell in self.on_loaded:
            tell(facts)
        return facts

    def unload(self) -> None:
        """Forgets every session: another coordinator leads."""
        self._tenants.clear()
        self._rules.clear()

    def forget(self, tenant_id: UUID) -> None:
        """Lets go of the session of a tenant that is closed for good."""
        self._tenants.pop(tenant_id, None)
        self._rules.pop(tenant_id, None)

    def tick(self) -> None:
        """Lets every session see what time it is."""
        for facts in self._tenants.values():
            facts.tick()

    async def refresh(self, tenant_id: UUID, keys: Collection[Key]) -> None:
        """Reads these rows and applies what they are now: one engine transaction."""
        facts = self._tenants.get(tenant_id)
        if facts is None:
            return
        number = self._readings.begin()
        reading = await self._projector.read(tenant_id, keys)
        self._apply(facts, reading)
        self.counters.notes += len(keys)
        self._readings.applied(tenant_id, keys, number)

    async def follow(self, tenant_id: UUID, row: Any, *, is_gone: bool = False) -> None:
        """Returns once the facts know of a row just written, so that who wrote it can ask; or soon anyway."""
        key = (spec_of(type(row)).plural, row.id)
        facts = self._tenants.get(tenant_id)
        if facts is None or self._projector.spec(key[0]) is None:
            return
        expected = NOTHING if is_gone else facts_of(row)
        number, begun = 0, self._readings.begun
        is_seen = key[0] not in self._rule_relations() and facts.held().get(key, NOTHING) == expected
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while not is_seen and number <= begun:
                    number = await self._readings.next(tenant_id, key)
                    is_seen = facts.held().get(key, NOTHING) == expected

    async def reconcile(
        self, tenant_id: UUID, announced: Callable[[UUID], Awaitable[set[Key]]]
    ) -> Reconciled:
        """Reads everything, compares with what we hold, repairs what differs and no note announced.

        `announced` takes the notes that are there now: (relation, id) keys whose difference is only news.
        """
        facts = self[tenant_id]
        suspects = differing(facts.held(), await self._projector.read_all(tenant_id))
        suspects = {key for key in suspects if not facts.is_reserved(key)}
        self.counters.reconciles += 1
        if not suspects:
            return Reconciled()
        lost = suspects - await announced(tenant_id)
        reading = await self._projector.read(tenant_id, suspects)
        wrong = lost & differing({key: facts.held().get(key, frozenset()) for key in suspects}, reading)
        result = Reconciled(
            missing=sum(1 for key in wrong if reading.facts[key]),
            extra=sum(1 for key in wrong if not reading.facts[key]),
        )
        self._apply(facts, reading)
        self._report(tenant_id, result)
        return result

    def _report(self, tenant_id: UUID, result: Reconciled) -> None:
        if result:
            self.counters.repaired += result.missing + result.extra
            log.warning(
                "reconciled tenant %s: %d rows were held wrongly, %d were held although gone; repaired",
                tenant_id, result.missing, result.extra,
            )  # fmt: skip

    def _apply(self, facts: TenantFacts, reading: Reading) -> None:
        facts.apply(reading.facts)
        self._take_rules(facts, reading, reading.facts)
        if self._feed.is_watched(facts.tenant_id):
            self._feed.publish(facts.tenant_id, self._notes(reading))

    def _notes(self, reading: Reading) -> Iterable[Item]:
        now = self.clock.now()
        for relation, row_id in reading.facts:
            row, spec = reading.rows.get((relation, row_id)), self._projector.spec(relation)
            if spec is None:
                continue
            document = None if row is None else spec.document(row, now=now)
            yield Note(relation, str(row_id), document, "gone" if row is None else "put")

    def _broadcast(self, tenant_id: UUID, changes: Changes) -> None:
        if self._feed.is_watched(tenant_id):
            self._feed.publish(tenant_id, [
                Derived(
                    predicate,
                    tuple(sorted(map(plain_row, change.appeared))),
                    tuple(sorted(map(plain_row, change.vanished))),
                )
                for predicate, change in changes.items()
            ])  # fmt: skip

    def _rule_relations(self) -> tuple[str, ...]:
        return (self._source.relation,) if self._source else ()

    def _take_rules(self, facts: TenantFacts, reading: Reading, keys: Iterable[Key]) -> None:
        """Loads operators' rules anew when one of their rows was read."""
        source = self._source
        touched = [key for key in keys if source is not None and key[0] == source.relation]
        if source is None or not touched:
            return
        rules = self._rules[facts.tenant_id]
        for key in touched:
            row = reading.rows.get(key)
            rule = None if row is None else source.rule_of(row)
            if rule is None:
                rules.pop(key[1], None)
            else:
                rules[key[1]] = rule
        facts.load_rules(sorted(rules.values(), key=lambda rule: rule.name))

    def _static(self) -> frozenset[FactRow]:
        settings = {("setting", (name, value)) for name, value in self.settings.items()}
        return transition_facts(self._specs) | access_facts(self._specs) | settings
