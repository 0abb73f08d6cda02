"""Verdicts are asked of the rules once, and again when something they depend on changed."""

from uuid import UUID

import pytest

from mxc.server.domains.identity.membership import Membership
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.judge import Permission
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.facts.judging import Bench
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.perform import defaults_of
from mxc.server.kernel.resource import catalogue, facts_of, spec_of
from mxc.testing.law import lone_session

TENANT = UUID(int=1)
STOP = Permission("stop", "workloads")


def actor(role: str, name: str = "ada", scope: str | None = None) -> Actor:
    return Actor("user", name, name, TENANT, role, scope)


@pytest.fixture
def facts() -> TenantFacts:
    return lone_session(list(catalogue()))


@pytest.fixture
def bench(facts: TenantFacts) -> Bench:
    return Bench({TENANT: facts}.__getitem__)


def test_a_verdict_is_asked_of_the_rules_once_for_everybody_of_a_role(bench: Bench) -> None:
    for name in ("ada", "bob", "eve"):
        assert bench.allows(actor("operator", name), STOP)
        assert not bench.allows(actor("viewer", name), STOP)
    assert not bench.allows(actor("operator", scope="read"), STOP)
    rulings = bench.rulings(TENANT)
    assert (rulings.misses, rulings.hits) == (3, 4)


def test_what_no_verdict_depends_on_ends_no_generation(bench: Bench, facts: TenantFacts) -> None:
    assert bench.allows(actor("operator"), STOP)
    row = Workload(**defaults_of(spec_of(Workload)) | {"id": UUID(int=9), "command": "x"})
    facts.apply({("workloads", row.id): facts_of(row)})
    member = Membership(
        **defaults_of(spec_of(Membership)) | {"id": UUID(int=8), "user_id": UUID(int=7), "email": "a@b"}
    )
    facts.apply({("memberships", member.id): facts_of(member)})
    facts.tick()
    assert bench.allows(actor("operator"), STOP)
    rulings = bench.rulings(TENANT)
    assert (rulings.misses, rulings.hits, rulings.generation) == (1, 1, 0)


def test_a_change_of_what_is_permitted_begins_a_generation(bench: Bench, facts: TenantFacts) -> None:
    assert not bench.allows(actor("viewer"), STOP)
    key = ("declared", UUID(int=3))
    facts.apply({key: frozenset({("permission", ("stop", "workloads", "write", "viewer"))})})
    assert bench.allows(actor("viewer"), STOP)
    assert bench.rulings(TENANT).generation == 1
    facts.apply({key: frozenset()})
    assert not bench.allows(actor("viewer"), STOP)
    assert (bench.rulings(TENANT).misses, bench.rulings(TENANT).generation) == (3, 2)


def test_supposing_what_would_be_handed_on_leaves_no_trace(bench: Bench, facts: TenantFacts) -> None:
    supposed = {("permission", ("fly", "workloads", "write", "operator"))}
    found = bench.beyond(actor("viewer"), {"operator"}, supposed)
    assert Permission("fly", "workloads") in found and STOP in found
    assert bench.beyond(actor("operator"), {"operator"}, supposed) == [Permission("fly", "workloads")]
    assert bench.beyond(actor("operator"), {"operator"}) == []
    assert bench.beyond(actor("operator"), {"admin"}) != []
    assert not facts.query("permission", "fly", ..., ..., ...)


def test_a_tenants_new_session_is_judged_anew(facts: TenantFacts) -> None:
    sessions = {TENANT: facts}
    bench = Bench(sessions.__getitem__)
    assert bench.allows(actor("operator"), STOP)
    sessions[TENANT] = lone_session([])
    assert not bench.allows(actor("operator"), STOP)


def test_nothing_is_allowed_before_a_tenant_is_loaded() -> None:
    def not_loaded(tenant_id: UUID) -> TenantFacts:
        raise Unavailable("the facts of this tenant are not loaded here", code="not-leading")

    with pytest.raises(Unavailable):
        Bench(not_loaded).allows(actor("owner"), STOP)
