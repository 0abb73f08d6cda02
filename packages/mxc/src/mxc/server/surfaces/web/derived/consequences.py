"""What would come of an action: said before its button arms."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from datalox import DatalogError
from mxc.server.hosting.design.wording import Names, named
from mxc.server.hosting.page import Visit
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.deed import defaults_of, snapshot
from mxc.server.kernel.errors import Forbidden, MxcError, Unavailable
from mxc.server.kernel.facts.supposition import Supposition
from mxc.server.kernel.resource import facts_of, predicates_of
from mxc.server.kernel.resource.relations import belonging_to
from mxc.server.surfaces.web.derived.offers import Offer
from mxc.server.surfaces.web.derived.reading import Reader
from mxc.server.surfaces.web.derived.subject import Subject, Subjects

MOST_LINES: Final = 8
WORDS: Final = {
    "restrict": "{count} {nouns} name it: it is refused as long as they do",
    "cascade": "{count} {nouns} go with it",
    "clear": "{count} {nouns} stay, and name it no longer",
}


async def foreseen(
    visit: Visit,
    subject: Subject,
    subjects: Subjects,
    offer: Offer,
    row: Any,
    values: Mapping[str, Any] | None,
) -> list[str]:
    """What would follow, a sentence each; `values` is None while the form is not filled in."""
    lines = [_sentence(offer.help.split("\n\n")[0])]
    if offer.way is not None:
        if offer.way.foresee is not None and values is not None:
            lines += await offer.way.foresee(visit, row, values)
        return lines
    if row is not None:
        lines += _move(subject, offer, row)
        if offer.is_final:
            lines += await _followers(visit, subject, subjects, row.id)
    if values is not None:
        told = subject.display.foresee.get(offer.name)
        lines += await told(visit, row, values) if told else followed(visit, subject, offer, row, values)
    return lines


def _move(subject: Subject, offer: Offer, row: Any) -> list[str]:
    if offer.action is None or not offer.action.moves or subject.spec.lifecycle is None:
        return []
    state = getattr(row, subject.spec.lifecycle.column)
    target = offer.action.moves.get(state)
    return [f"It goes from {state.value} to {target.value}."] if target else []


async def _followers(visit: Visit, subject: Subject, subjects: Subjects, row_id: UUID) -> list[str]:
    """The rows that name this one, as far as this person may see them."""
    found = []
    for relation in belonging_to(subject.spec):
        holder = subjects.get(relation.holder.plural)
        if holder is None:
            continue
        count = await count_of(visit, holder, subjects, visit.actor, {relation.column: str(row_id)})
        if count:
            words = WORDS[relation.reference.on_delete]
            found.append(words.format(count=count, nouns=holder.nouns if count > 1 else holder.noun) + ".")
    return found


async def count_of(
    visit: Visit, subject: Subject, subjects: Subjects, actor: Actor, query: Mapping[str, str]
) -> int:
    """How many rows this person sees there; 0 of what they may not see."""
    try:
        return (await Reader(visit, subject, subjects).counts(actor, query, by=""))[0]
    except Forbidden:
        return 0


def followed(visit: Visit, subject: Subject, offer: Offer, row: Any, values: Mapping[str, Any]) -> list[str]:
    """What the rules would conclude otherwise, were it done: played over the facts and taken back."""
    if not subject.spec.facts or offer.action is None or visit.actor.partition_id is not None:
        return []
    after = _after(visit, subject, offer, row, values)
    if after is None:
        return []
    own = set(predicates_of(subject.spec.resource))
    with suppress(Unavailable, DatalogError), visit.core.facts(visit.actor).supposing() as world:
        world.swap(facts_of(row) if row is not None else frozenset(), after)
        lines = list(_changes(world, own, {str(row.id): "it"} if row is not None else {}))
        more = len(lines) - MOST_LINES
        return [*lines[:MOST_LINES], *([f"And {more} more conclusions change."] if more > 0 else [])]
    return []


def _after(
    visit: Visit, subject: Subject, offer: Offer, row: Any, values: Mapping[str, Any]
) -> frozenset[Any] | None:
    """The facts of the row as the action would leave it; None when the action refuses."""
    if offer.action is None:
        return None
    if offer.action.removes:
        return frozenset()
    resource, now = subject.spec.resource, visit.core.clock.now()
    before = (
        snapshot(resource.__table__, row) if row is not None else {"id": uuid4(), **_beginning(subject, now)}
    )
    played = resource(**before)
    played.set_now(now)
    try:
        if offer.action.has_body:
            offer.action.run(played, **values)
        else:
            for name, value in values.items():
                setattr(played, name, value)
    except MxcError:
        return None
    return facts_of(played)


def _beginning(subject: Subject, now: datetime) -> dict[str, Any]:
    return {**defaults_of(subject.spec), "created_at": now, "updated_at": now}


def _changes(world: Supposition, own: set[str], names: Names) -> Sequence[str]:
    lines = []
    for predicate in world.changed():
        if predicate in own:
            continue
        appeared, vanished = world.changes(predicate)
        words = predicate.replace("_", " ")
        for rows, said in ((appeared, "would hold"), (vanished, "would no longer hold")):
            lines += [f"{_sentence(words)} ({_values(each, names)}) {said}." for each in rows[:MOST_LINES]]
    return lines


def _values(row: Sequence[Any], names: Names) -> str:
    return ", ".join(named(str(each), names) for each in row)


def _sentence(words: str) -> str:
    flat = " ".join(words.split())
    return f"{flat[:1].upper()}{flat[1:]}"
