"""Who may do what here, who else may, and why: asked of the rules of access and told in e-mail addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement

from mxc.server.domains.identity.api_token import ApiToken
from mxc.server.domains.identity.membership import Membership
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import ROLES, Actor
from mxc.server.kernel.access.judge import Permission
from mxc.server.kernel.errors import Forbidden, Invalid, NotFound
from mxc.server.kernel.facts.answers import Answers
from mxc.server.kernel.facts.judging import roles_with
from mxc.server.kernel.facts.tenant import TenantFacts

MOST_TOKENS: Final = 1000


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asked about: a member, or one of their tokens; `called` as `ada@example.org` or `…/ci`."""

    called: str
    user: str
    role: str
    token: str = ""
    scope: str = ""

    @property
    def goal(self) -> tuple[str, str]:
        """The predicate that says what they can, and its first argument."""
        return ("token_can", self.token) if self.token else ("can", self.user)


async def explain_can(core: Core, actor: Actor, who: str, permission: str) -> dict[str, Any]:
    """Why somebody may do it, or what is missing: {who, permission, holds, role, roles, text, tree}.

    `who` is an e-mail address, a user's id, or `<address>/<name of a token>`; empty is the actor. Everybody
    may ask about themselves, and about others who may read members. Raises NotFound, Invalid, Forbidden.
    """
    facts = core.facts(actor)
    wanted, subject = permission_of(facts, permission), await subject_of(core, actor, who)
    row = (*subject.goal, wanted.action, wanted.resource)
    proof = facts.explain(*row)
    tree = proof.tree if proof else facts.why_not(*row).tree
    text = proof.text if proof else facts.why_not(*row).text
    roles = roles_with(facts, wanted)
    return {
        "who": subject.called, "permission": str(wanted), "holds": proof is not None, "role": subject.role,
        "scope": subject.scope or None, "roles": list(roles), "tree": tree,
        "text": f"{_sentence(facts, subject, wanted, proof is not None)}\n{named(facts, text)}",
    }  # fmt: skip


async def who_can(core: Core, actor: Actor, permission: str) -> dict[str, Any]:
    """Everybody here who may: {permission, roles, members [{user_id, email, role}], tokens, text}.

    Tokens [{id, name, email, scope}] are the actor's own, or everybody's for who may see those. Raises
    Forbidden for who may not read memberships, NotFound for what is no permission.
    """
    refuse_confined(actor)
    core.may_read(actor, Membership)
    facts = core.facts(actor)
    wanted = permission_of(facts, permission)
    emails, members = _emails(facts), _roles(facts)
    users = {user for user, *_ in facts.query("can", ..., wanted.action, wanted.resource)}
    shown = [{"user_id": user, "email": emails.get(user, user), "role": members[user]} for user in users]
    shown.sort(key=lambda each: each["email"])
    tokens = await _tokens_that_can(core, actor, wanted, emails)
    roles = roles_with(facts, wanted)
    return {
        "permission": str(wanted), "roles": list(roles), "members": shown, "tokens": tokens,
        "text": "\n".join(_who_lines(facts, wanted, roles, shown, tokens)),
    }  # fmt: skip


async def effective(core: Core, actor: Actor, who: str = "") -> dict[str, Any]:
    """What somebody may do, of all there is.

    {who, role, scope, permissions [{permission, kind, least, holds}], text}. Who may be asked
    about: see `explain_can`.
    """
    facts = core.facts(actor)
    subject = await subject_of(core, actor, who)
    predicate, key = subject.goal
    held = {tuple(row[1:]) for row in facts.query(predicate, key, ..., ...)}
    known = sorted(facts.query("permission", ..., ..., ..., ...), key=lambda row: (row[1], row[0]))
    permissions = [
        {
            "permission": f"{resource}.{action}",
            "kind": kind,
            "least": least,
            "holds": (action, resource) in held,
        }
        for action, resource, kind, least in known
    ]
    lines = [each["permission"] for each in permissions if each["holds"]]
    return {
        "who": subject.called, "role": subject.role, "scope": subject.scope or None,
        "permissions": permissions, "text": "\n".join([_standing(subject) + " and may:", *lines]),
    }  # fmt: skip


async def subject_of(core: Core, actor: Actor, who: str) -> Subject:
    """Whom these words mean. Raises NotFound; Forbidden for others when the actor may not read members."""
    facts = core.facts(actor)
    address, _, token = who.strip().partition("/")
    emails, roles = _emails(facts), _roles(facts)
    users = (
        [user for user, email in emails.items() if address.lower() in (email, user)]
        if address
        else [actor.id]
    )
    if users != [actor.id]:
        refuse_confined(actor)
        core.may_read(actor, Membership)
    if not users or users[0] not in roles:
        raise NotFound(
            f"nobody called {address or actor.name!r} belongs here", code="no-member",
            hint="`mxc memberships list` names everybody who does",
        )  # fmt: skip
    user = users[0]
    found = Subject(emails.get(user, user), user, roles[user])
    return await _token_of(core, actor, found, token) if token else found


async def _token_of(core: Core, actor: Actor, owner: Subject, name: str) -> Subject:
    mine = [ApiToken.user_id == UUID(owner.user), ApiToken.name == name, ApiToken.revoked_at.is_(None)]
    if owner.user != actor.id:
        core.need(actor, ApiToken, "see_all")
    rows = await core.select(actor, ApiToken, *mine, limit=1)
    if not rows:
        raise NotFound(f"{owner.called} has no token called {name!r}", code="no-token-called")
    return Subject(f"{owner.called}/{name}", owner.user, owner.role, str(rows[0].id), rows[0].scope.value)


def refuse_confined(actor: Actor) -> None:
    """Raises Forbidden for who is confined to a partition: members of others are none of their business."""
    if actor.partition_id is not None:
        raise Forbidden(
            "this tells of the whole organisation, and you ask as one partition of it", code="confined",
            hint="ask without X-Partition-Id, or somebody who is not confined to a partition",
        )  # fmt: skip


def permission_of(facts: Answers, text: str) -> Permission:
    """`workloads.stop` as a permission. Raises Invalid for what is none, with what may be meant."""
    resource, _, action = text.strip().partition(".")
    if not facts.holds("permission", action, resource, ..., ...):
        every = [f"{row[1]}.{row[0]}" for row in facts.query("permission", ..., ..., ..., ...)]
        near = get_close_matches(text, every, n=1)
        hint = f"did you mean {near[0]}?" if near else "it is written <resources>.<action>, as workloads.stop"
        raise Invalid(fields={"permission": [f"{text!r} is none"]}, code="no-permission", hint=hint)
    return Permission(action, resource)


def named(facts: TenantFacts, text: str) -> str:
    """The text with people by their address instead of their id."""
    for user, email in _emails(facts).items():
        text = text.replace(f"'{user}'", email).replace(f'"{user}"', email).replace(user, email)
    return text


def _emails(facts: Answers) -> dict[str, str]:
    return {str(user): str(email) for user, email in facts.query("member_email", ..., ...)}


def _roles(facts: Answers) -> dict[str, str]:
    return {str(user): str(role) for user, role in facts.query("membership", ..., ...)}


async def _tokens_that_can(
    core: Core, actor: Actor, wanted: Permission, emails: Mapping[str, str]
) -> list[dict[str, Any]]:
    able = {token for token, *_ in core.facts(actor).query("token_can", ..., wanted.action, wanted.resource)}
    if not able or not core.has(actor, ApiToken, "read"):
        return []
    now = core.clock.now()
    where: list[ColumnElement[bool]] = [ApiToken.id.in_([UUID(token) for token in able])]
    if not core.has(actor, ApiToken, "see_all"):
        where.append(ApiToken.user_id == UUID(actor.id))
    rows = await core.select(actor, ApiToken, *where, order=(ApiToken.name, ApiToken.id), limit=MOST_TOKENS)
    return [
        {
            "id": str(row.id), "name": row.name, "email": emails.get(str(row.user_id), str(row.user_id)),
            "scope": row.scope.value,
        }
        for row in rows if row.expires_at is None or row.expires_at > now
    ]  # fmt: skip


def _sentence(facts: TenantFacts, subject: Subject, wanted: Permission, holds: bool) -> str:
    if holds:
        return f"{_standing(subject)} and may {wanted}."
    roles = roles_with(facts, wanted)
    if not roles:
        missing = "no role has it, only who administers the installation"
    elif subject.token and facts.holds("can", subject.user, wanted.action, wanted.resource):
        missing = "the scope does not reach so far, their role would"
    else:
        missing = f"the roles that have it are {', '.join(roles)}"
    return f"{_standing(subject)} and may not {wanted}: {missing}."


def _standing(subject: Subject) -> str:
    scope = f" with the scope {subject.scope}" if subject.scope else ""
    article = "an" if subject.role[:1] in "aeio" else "a"
    return f"{subject.called} is {article} {subject.role}{scope}"


def _who_lines(
    facts: TenantFacts,
    wanted: Permission,
    roles: tuple[str, ...],
    members: list[dict[str, Any]],
    tokens: list[dict[str, Any]],
) -> list[str]:
    if not roles:
        return [f"no role has {wanted}: only who administers the installation may"]
    own = [role for role in roles if role not in ROLES]
    lines = [f"{wanted}: {', '.join(roles)}" + (f" ({', '.join(own)} of your own)" if own else "")]
    lines += [f"{each['email']} as {each['role']}" for each in members] or ["nobody has one of these roles"]
    return lines + [f"{each['email']} by the token {each['name']} ({each['scope']})" for each in tokens]
