"""/memberships: who belongs here. People come in by a link in a mail, or with a first password."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.grants import changes_in_words, grants_of, roles_known
from mxc.server.domains.identity.issue import join, person
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.password import NewPassword
from mxc.server.domains.identity.people import user_by_email
from mxc.server.domains.identity.role import RoleName
from mxc.server.hosting.display import Display, Done, Way
from mxc.server.hosting.identity import Visitor
from mxc.server.hosting.page import Visit
from mxc.server.kernel.errors import Invalid, Unavailable
from mxc.server.kernel.resource.fields import Email, Look

Password = Annotated[NewPassword, Look("password")]


class Invitation(BaseModel):
    """Who is to come in. Somebody whom the installation knows keeps their password."""

    model_config = ConfigDict(extra="forbid")
    email: Email
    role: RoleName = Role.VIEWER.value
    password: Password | None = Field(None, description="only where no mail goes out: a first password")


async def invite(visit: Visit, _: Any, given: Mapping[str, Any]) -> Done:
    """Makes the membership, and mails a link to whoever has no password yet. Raises Forbidden, Conflict."""
    actor = await visit.present()
    visit.core.may(actor, Membership.set_role)
    role = given.get("role", Role.VIEWER.value)
    visit.core.may_hand_on(actor, Membership.set_role, {role})
    password = given.get("password")
    known = await user_by_email(visit.core, given["email"])
    can_mail = visit.core.identity.can_mail
    if known is None and password is None and not can_mail:
        raise Invalid(fields={"password": ["is needed: no mail goes out here, so no link reaches them"]})
    made = await join(visit.core, actor, await person(visit.core, actor, given["email"], password), role)
    if known is not None or password is not None or not can_mail:
        return Done(f"{made.email} belongs here now", made.id)
    await visit.core.identity.ask_for_link(
        visit.core, made.email, "password", Visitor(f"invitation by {actor.id}")
    )
    return Done(f"{made.email} is invited: a link is on its way", made.id)


async def foresee_role(visit: Visit, row: Membership, given: Mapping[str, Any]) -> list[str]:
    """What another role opens and closes."""
    with suppress(Unavailable):
        facts = visit.core.facts(visit.actor)
        before, after = grants_of(facts, str(row.role)), grants_of(facts, str(given["role"]))
        return changes_in_words(before, after, row.email)
    return []


async def roles(visit: Visit) -> list[tuple[str, str]]:
    """The roles there are to choose from."""
    known = [role.value for role in Role]
    with suppress(Unavailable):
        known = roles_known(visit.core.facts(visit.actor))
    return [(each, each) for each in known]


display = Display(
    Membership,
    title="Members",
    noun="member",
    icon="group",
    order=10,
    hint="Whoever belongs here has a membership with a role: it says what they may do.",
    foresee={"set_role": foresee_role},
    choices={"role": roles},
    ways=(
        Way(
            "create",
            "Somebody comes in. They get a mail with a link to choose a password, unless they have one.",
            Membership.set_role,
            invite,
            Invitation,
            on="list",
        ),
    ),
)
