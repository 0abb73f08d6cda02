"""What can be done on a page: public actions, or a domain's own way, armed by permission and by state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from mxc.server.hosting.design.inputs import takes_kept_secret
from mxc.server.hosting.display import Display, Done, Way
from mxc.server.hosting.page import Visit
from mxc.server.hosting.request import Call
from mxc.server.hosting.verdicts import Verdict, verdict_of
from mxc.server.kernel.deed import snapshot
from mxc.server.kernel.errors import Conflict, Forbidden, MxcError
from mxc.server.kernel.perform import Expect
from mxc.server.kernel.resource import Action
from mxc.server.surfaces.web.derived.reading import acting_on
from mxc.server.surfaces.web.derived.subject import Subject

NEVER: Final = frozenset({"purge", "upsert", "create", "update"})


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """One thing that can be done; `asks` is the form it needs, None for none."""

    name: str
    help: str
    permission: Action[Any, ...]
    asks: type[BaseModel] | None = None
    # An Action, or None; said so loosely because an Action on a class reads as a method.
    action: Any = None
    way: Way | None = None
    is_final: bool = False

    @property
    def label(self) -> str:
        """What its button says."""
        return self.name.replace("_", " ").capitalize()

    def refusal(self, visit: Visit, row: Any = None) -> MxcError | None:
        """Why it cannot be done, by this person or in this state; None when it can."""
        denied = visit.refusal(self.permission)
        if denied is not None or row is None:
            return denied
        return self._objection(visit, row) or self._out_of_state(row)

    def verdict(self, visit: Visit) -> Verdict:
        """Why the rules let this person do it, or do not."""
        return verdict_of(visit.core, visit.actor, self.permission)

    def _objection(self, visit: Visit, row: Any) -> Forbidden | None:
        row.set_now(visit.core.clock.now())
        reason = row.objection(visit.actor, self.permission.name, snapshot(type(row).__table__, row))
        if reason is None:
            return None
        return Forbidden(
            f"{visit.actor.label} may not {self.permission.permission}: {reason}",
            details={"permission": self.permission.permission, "reason": reason},
        )

    def _out_of_state(self, row: Any) -> Conflict | None:
        if self.action is None or not self.action.moves:
            return None
        try:
            self.action.target(row, getattr(row, self.action.resource.lifecycle.column))
        except Conflict as error:
            return error
        return None


def row_offers(subject: Subject) -> Sequence[Offer]:
    """What can be done to one row, besides editing it; what ends it comes last."""
    ways = {each.name: each for each in subject.display.ways if each.on == "row"}
    found = [_by_way(each) for each in ways.values() if each.name != "update"]
    for action in subject.spec.actions.values():
        if action.name in ways or not is_offered(subject, action) or action.name in NEVER:
            continue
        model = subject.spec.argument_models.get(action.name)
        if model is None or not takes_kept_secret(model):
            is_final = action.removes or action.name == "delete"
            asks = model if model is not None and model.model_fields else None
            found.append(Offer(action.name, action.help, action, asks, action, is_final=is_final))
    return sorted(found, key=lambda each: each.is_final)


def creation_offer(subject: Subject) -> Offer | None:
    """How a row is made from a page; None when no person makes any."""
    for way in subject.display.ways:
        if way.on == "list" and way.name == "create":
            return _by_way(way)
    action = subject.spec.actions.get("create")
    if action is None or not is_offered(subject, action):
        return None
    model = subject.spec.argument_models.get("create") or subject.spec.create_model
    return None if takes_kept_secret(model) else Offer("create", action.help, action, model, action)


def edition_offer(subject: Subject) -> Offer | None:
    """How a row is edited from a page; None when nothing of it is."""
    action = subject.spec.actions.get("update")
    if action is None or not is_offered(subject, action):
        return None
    model = subject.spec.argument_models.get("update") or subject.spec.update_model
    if not model.model_fields or takes_kept_secret(model):
        return None
    return Offer("update", action.help, action, model, action)


def is_offered(subject: Subject, action: Action[Any, ...]) -> bool:
    """What the API does not derive, pages do not derive either: a domain offers it in its own way."""
    display: Display = subject.display
    return not (action.internal or action.name in subject.exposure.without | display.without)


def _by_way(way: Way) -> Offer:
    return Offer(way.name, way.help, way.permission, way.asks, None, way, way.is_final)


async def carry_out(
    visit: Visit,
    subject: Subject,
    offer: Offer,
    row: Any,
    values: Mapping[str, Any],
    expect: Expect | None = None,
) -> Done:
    """Does it, as whoever is signed in now; raises what refuses it, with nothing done."""
    actor = await visit.present()
    if offer.way is not None:
        return await offer.way.do(visit, row, values)
    assert offer.action is not None
    if subject.exposure.examine is not None and offer.action.kind in ("create", "update"):
        await subject.exposure.examine(Call(visit.core, actor), values, row)
    row_id: UUID | None = None if row is None else row.id
    who = actor if row_id is None else acting_on(actor, subject, row_id)
    made = await visit.core.perform(who, offer.action, row_id, expect=expect, **values)
    said = f"{subject.noun} {_past(offer.name)}"
    return Done(said[:1].upper() + said[1:], made.id)


_PAST: Final = {"set": "set", "end": "ended", "create": "made", "update": "changed"}


def _past(name: str) -> str:
    """`revoke` → `revoked`, `set_plan` → `plan set`, `drain` → `asked to drain`."""
    verb, _, rest = name.partition("_")
    done = _PAST.get(verb) or (f"{verb}d" if verb.endswith("e") else f"{verb}ed")
    return f"{rest.replace('_', ' ')} {done}".strip()
