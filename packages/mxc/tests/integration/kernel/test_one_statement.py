"""One statement on the database: what the application sees, what its owner does, and what is refused."""

from uuid import UUID

import pytest

from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.domains.workloads.node import Node
from mxc.server.kernel.access.one_statement import Request, run
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Invalid, NotFound
from mxc.testing.rows import put

NODES = "select tenant_id from nodes"


@pytest.fixture
async def rows(store: Store, dsn: str, tenant: UUID, stranger: UUID) -> str:
    """A node of each of two tenants."""
    for each, slug in ((tenant, "one"), (stranger, "two")):
        await put(store, Tenant.__table__, each)
        change = f"update tenants set slug = '{slug}' where id = '{each}'"
        assert run(dsn, Request(change, owner=True, write=True))["changed"] == 1
        await put(store, Node.__table__, each)
    return dsn


async def test_the_application_sees_the_rows_of_the_tenant_it_is_in(
    rows: str, tenant: UUID, stranger: UUID
) -> None:
    assert run(rows, Request(NODES))["data"] == []
    assert [each["tenant_id"] for each in run(rows, Request(NODES, tenant="one"))["data"]] == [tenant]
    assert [each["tenant_id"] for each in run(rows, Request(NODES, tenant=str(stranger)))["data"]] == [
        stranger
    ]
    assert {each["tenant_id"] for each in run(rows, Request(NODES, owner=True))["data"]} >= {tenant, stranger}
    with pytest.raises(NotFound, match="three"):
        run(rows, Request(NODES, tenant="three"))


async def test_nothing_is_changed_unless_that_is_asked_for(rows: str) -> None:
    change = "update nodes set hostname = 'changed'"
    with pytest.raises(Invalid, match="read-only") as refused:
        run(rows, Request(change, tenant="one"))
    assert "--write" in refused.value.hint
    assert run(rows, Request(change, tenant="one", write=True))["changed"] == 1
    assert len(run(rows, Request("select 1 from nodes where hostname = 'changed'", owner=True))["data"]) == 1


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("select 1; select 2", "multiple commands"),
        ("select hostnam from nodes", "hostnam"),
        ("selec", "syntax error"),
        ("create table mine (x int)", "read-only"),
    ],
)
async def test_what_postgresql_refuses_is_told_in_its_words(rows: str, statement: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        run(rows, Request(statement, tenant="one"))


async def test_a_statement_has_a_time_limit_and_an_answer_a_size(rows: str) -> None:
    with pytest.raises(Invalid, match="timeout") as refused:
        run(rows, Request("select pg_sleep(30)", timeout_s=0.1))
    assert "--timeout" in refused.value.hint
    answer = run(rows, Request("select * from generate_series(1, 10) as n", limit=3))
    assert [each["n"] for each in answer["data"]] == [1, 2, 3] and answer["truncated"]
