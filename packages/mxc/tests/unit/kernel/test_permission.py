"""Who may do what, as the rules say; every refusal says why, and who could."""

from uuid import UUID

import pytest

from mxc.server.domains.identity.api_token import ApiToken
from mxc.server.domains.identity.membership import Membership
from mxc.server.domains.identity.user import User
from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.judge import Judge, Nobody, Permission
from mxc.server.kernel.access.permission import may, may_hand_on, may_read, may_write, need, seen_by
from mxc.server.kernel.errors import Forbidden, Unavailable
from mxc.server.kernel.resource import Action, catalogue, spec_of
from mxc.testing.law import law

TENANT = UUID(int=1)
ORDER = ("viewer", "operator", "admin", "owner", "super_admin")


@pytest.fixture
def judge() -> Judge:
    return law()


def user(role: str, scope: str | None = None, *, is_super_admin: bool = False) -> Actor:
    return Actor("token" if scope else "user", "1", "ada", TENANT, role, scope, is_super_admin)


def test_built_in_roles_have_exactly_what_the_declarations_say(judge: Judge) -> None:
    for spec in catalogue():
        for action in spec.actions.values():
            needed = spec.policy.role_for(action.name)
            for role in ORDER[:4]:
                expected = not action.internal and ORDER.index(role) >= ORDER.index(needed)
                assert is_allowed(judge, user(role), action) is expected, (role, action)
            assert is_allowed(judge, user("", is_super_admin=True), action) is (
                not action.internal and needed == "super_admin"
            )


def is_allowed(judge: Judge, actor: Actor, action: Action[..., ...]) -> bool:
    try:
        may(judge, actor, action)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("role", ["emperor", "", "*"])
def test_a_role_that_is_none_may_nothing(judge: Judge, role: str) -> None:
    for spec in catalogue():
        assert not judge.allows(user(role), Permission("read", spec.plural))


def test_a_scope_that_is_none_lets_nothing_through(judge: Judge) -> None:
    with pytest.raises(Forbidden, match="a token of the scope everything does not reach"):
        may_read(judge, user("owner", "everything"), Workload)


def test_operators_write_workloads_and_admins_rules(judge: Judge) -> None:
    may(judge, user("operator"), Workload.create)
    may(judge, user("admin"), SchedulingRule.create)
    with pytest.raises(Forbidden, match="it needs the role admin; ada has operator") as refused:
        may(judge, user("operator"), SchedulingRule.create)
    assert refused.value.hint.endswith("one of the roles admin, owner")
    assert refused.value.details["needs_role"] == "admin"
    assert "role_grants(operator, create, scheduling_rules)" in str(refused.value.details["path"])


def test_a_tokens_scope_is_said_with_the_one_that_would_do(judge: Judge) -> None:
    with pytest.raises(Forbidden, match="scope read does not reach so far; ada's role would") as refused:
        may(judge, user("admin", "read"), Workload.stop)
    assert refused.value.details["needs_scope"] == "write"
    with pytest.raises(Forbidden) as refused:
        may(judge, user("admin", "write"), Workload.delete)
    assert refused.value.details["needs_scope"] == "admin"
    may(judge, user("operator", "admin"), Workload.delete)


def test_reading_needs_the_least(judge: Judge) -> None:
    may_read(judge, user("viewer"), Workload)
    may_read(judge, user("owner", "read"), Membership)
    may_read(judge, Actor.system(TENANT), User)
    for actor, resource in ((user(""), Workload), (user("owner"), User)):
        with pytest.raises(Forbidden):
            may_read(judge, actor, resource)


def test_what_is_internal_is_for_the_system_and_agents(judge: Judge) -> None:
    may(judge, Actor.system(TENANT), Workload.place)
    may(judge, Actor.agent(TENANT, UUID(int=4)), Workload.run)
    with pytest.raises(Forbidden, match="only the system"):
        may(judge, user("admin"), Workload.place)
    with pytest.raises(Forbidden, match="agents report"):
        may(judge, Actor.agent(TENANT, UUID(int=4)), Workload.stop)


def test_fields_are_for_who_may_see_them(judge: Judge) -> None:
    spec = spec_of(Tenant)
    assert seen_by(judge, user("admin"), spec) == spec.guarded == {"contact_name", "contact_email"}
    for actor in (user("operator"), user("admin", "read"), user("admin", "write")):
        assert seen_by(judge, actor, spec) == frozenset()
        with pytest.raises(Forbidden, match=r"tenants\.contact_name"):
            may_write(judge, actor, spec, ["name", "contact_name"])
    may_write(judge, user("admin"), spec, ["contact_name"])


def test_nobody_gives_a_role_that_has_more_than_their_own(judge: Judge) -> None:
    may_hand_on(judge, user("admin"), "memberships.set_role", {"admin", "viewer"})
    may_hand_on(judge, user("owner"), "memberships.set_role", {"owner"})
    with pytest.raises(Forbidden, match=r"would hand on memberships\.appoint_owners.*, which ada may not"):
        may_hand_on(judge, user("admin"), "memberships.set_role", {"owner"})
    with pytest.raises(Forbidden, match=r"and \d+ more"):
        may_hand_on(judge, user("admin", "write"), "memberships.set_role", {"admin"})


def test_permissions_without_an_action_are_declared_too(judge: Judge) -> None:
    need(judge, user("viewer"), Permission("issue", ApiToken.__tablename__))
    with pytest.raises(Forbidden, match="it needs the role admin"):
        need(judge, user("operator"), Permission("see_all", ApiToken.__tablename__))
    with pytest.raises(Forbidden, match="there is no such permission"):
        need(judge, user("owner"), Permission("fly", "workloads"))


def test_without_rules_nothing_is_allowed_to_anybody_but_the_core() -> None:
    may(Nobody(), Actor.system(TENANT), Workload.place)
    for ask in (
        lambda: may(Nobody(), user("owner", is_super_admin=True), Workload.stop),
        lambda: may_read(Nobody(), user("owner"), Workload),
        lambda: may_hand_on(Nobody(), user("owner"), "x", {"viewer"}),
    ):
        with pytest.raises(Unavailable) as refused:
            ask()
        assert refused.value.code == "no-rules"
