"""Who may do what; every refusal says why."""

from uuid import UUID

import pytest

from mxc.server.domains.identity.user import User
from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.permission import may, may_read
from mxc.server.kernel.errors import Forbidden

TENANT = UUID(int=1)


def user(role: str, scope: str | None = None) -> Actor:
    return Actor("token" if scope else "user", "1", "ada", TENANT, role, scope)


@pytest.mark.parametrize(
    ("actor", "rank"),
    [
        (user("viewer"), 1),
        (user("operator"), 2),
        (user("admin"), 3),
        (user("admin", "read"), 1),
        (user("admin", "write"), 2),
        (user("viewer", "admin"), 1),
        (user("owner"), 4),
        (user("owner", "admin"), 4),
        (user("owner", "write"), 2),
        (user("emperor"), 0),
        (user("admin", "everything"), 0),
    ],
)
def test_power_is_the_lesser_of_role_and_scope(actor: Actor, rank: int) -> None:
    assert actor.rank == rank


def test_operators_write_workloads_and_admins_rules() -> None:
    may(user("operator"), Workload.create)
    may(user("admin"), SchedulingRule.create)
    with pytest.raises(Forbidden, match="it needs the role admin; ada has operator"):
        may(user("operator"), SchedulingRule.create)
    with pytest.raises(Forbidden, match="ada and this token's scope has viewer"):
        may(user("admin", "read"), Workload.stop)


def test_reading_needs_the_least() -> None:
    may_read(user("viewer"), Workload)
    may_read(Actor.system(TENANT), User)
    for actor, resource in ((user(""), Workload), (user("owner"), User)):
        with pytest.raises(Forbidden):
            may_read(actor, resource)


def test_what_is_internal_is_for_the_system_and_agents() -> None:
    may(Actor.system(TENANT), Workload.place)
    may(Actor.agent(TENANT, UUID(int=4)), Workload.run)
    with pytest.raises(Forbidden, match="only the system"):
        may(user("admin"), Workload.place)
    with pytest.raises(Forbidden, match="agents report"):
        may(Actor.agent(TENANT, UUID(int=4)), Workload.stop)
