"""Lists of real rows: pages in any order, labels by selector, computed fields in SQL, indexes that serve."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from mxc.server.kernel.access.tenancy import Store, database_url
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Resource, column, computed, spec_of
from mxc.server.kernel.resource.fields import Count, Instant, Name, Tags, TextLabels
from mxc.server.kernel.resource.keyset import keyset
from mxc.server.kernel.resource.selector import selector
from mxc.server.surfaces.rest.listing import filters_of, wanted
from mxc.testing.declared import create_tables

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANT = UUID(int=1)
STALE = timedelta(minutes=5)


class Probe(Resource):
    """Has labels, tags, a time, and a state that follows from it."""

    __tablename__ = "test_probes"

    name: Mapped[Name]
    rank: Mapped[Count] = mapped_column(default=0)
    seen_at: Mapped[Instant | None]
    labels: Mapped[TextLabels] = mapped_column(default=dict)
    tags: Mapped[Tags] = mapped_column(default=list)
    wage: Mapped[Count] = column(default=0, visible_to="admin")

    @computed(sql=lambda probe, now: (probe.seen_at > now - STALE).is_(True))
    def is_online(self) -> bool:
        """Was it seen in the last five minutes?"""
        return self.seen_at is not None and self.seen_at > self.now - STALE


SPEC = spec_of(Probe)
ROW = st.fixed_dictionaries(
    {
        "rank": st.integers(0, 2),
        "seen_at": st.none() | st.sampled_from([NOON - timedelta(minutes=n) for n in (0, 4, 5, 6, 60)]),
        "name": st.sampled_from(["a", "b", "B", "ä"]),
        "labels": st.dictionaries(st.sampled_from(["env", "tier"]), st.sampled_from(["prod", "dev", ""])),
        "tags": st.lists(st.sampled_from(["x", "y"]), unique=True),
    }
)
ORDERS = st.lists(
    st.sampled_from(["rank", "seen_at", "created_at", "is_online"]).flatmap(
        lambda name: st.sampled_from([name, f"-{name}"])
    ),
    max_size=3,
    unique_by=lambda name: name.removeprefix("-"),
)
SELECTORS = st.sampled_from(
    ["env=prod", "env!=prod", "env", "!tier", "env in (prod, dev),tier", "tier notin (dev)", "env="]
)


@pytest.fixture
def engine(dsn: str) -> Any:
    create_tables(dsn, Probe)
    made = create_engine(database_url(dsn))
    yield made
    made.dispose()


def fill(session: Session, rows: list[dict[str, Any]]) -> None:
    session.execute(delete(Probe))
    for row in rows:
        bookkeeping = {"tenant_id": TENANT, "id": uuid4(), "created_at": NOON, "updated_at": NOON}
        session.execute(insert(Probe).values({**row, **bookkeeping}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rows=st.lists(ROW, max_size=9), order=ORDERS, size=st.integers(1, 4))
def test_pages_in_any_order_are_the_whole_list(
    engine: Engine, rows: list[dict[str, Any]], order: list[str], size: int
) -> None:
    with Session(engine) as session:
        fill(session, rows)
        keys = keyset(SPEC, NOON, order)
        whole = list(session.scalars(select(Probe).order_by(*keys.order())))
        paged: list[Probe] = []
        where: list[Any] = []
        while page := list(session.scalars(select(Probe).where(*where).order_by(*keys.order()).limit(size))):
            paged += page
            page[-1].set_now(NOON)
            where = [keys.after(keys.cursor(page[-1]))]
        session.expunge_all()
        session.rollback()
    assert [each.id for each in paged] == [each.id for each in whole]
    assert len(whole) == len(rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(rows=st.lists(ROW, min_size=1, max_size=6), wanted_by=SELECTORS)
def test_table_and_memory_agree(engine: Engine, rows: list[dict[str, Any]], wanted_by: str) -> None:
    meant = selector(wanted_by)
    with Session(engine) as session:
        fill(session, rows)
        everything = list(session.scalars(select(Probe)))
        found = set(session.scalars(select(Probe.id).where(meant.condition(Probe.labels))))
        online = set(session.scalars(select(Probe.id).where(SPEC.value("is_online", NOON))))
        session.expunge_all()
        session.rollback()
    for each in everything:
        each.set_now(NOON)
    assert found == {each.id for each in everything if meant.holds(each.labels)}
    assert online == {each.id for each in everything if each.is_online}


async def test_a_query_string_finds_by_label_tag_and_computed_field(engine: Engine, store: Store) -> None:
    with Session(engine) as session:
        fill(
            session,
            [
                {"name": "a", "labels": {"env": "prod"}, "tags": ["x", "y"], "seen_at": NOON},
                {"name": "b", "labels": {"env": "dev"}, "tags": ["y"], "seen_at": None},
            ],
        )
        session.commit()

    async def names(**query: str) -> list[str]:
        want = wanted(SPEC, query, NOON)
        async with store.session(TENANT) as session:
            rows = await session.scalars(select(Probe).where(*want.where).order_by(*want.order.order()))
            return [each.name for each in rows]

    assert await names(labels="env=prod") == ["a"]
    assert await names(labels="!env") == []
    assert await names(tags="y", sort="-seen_at") == ["a", "b"]
    assert await names(tags="x,y") == ["a"]
    assert await names(is_online="true") == ["a"]
    assert await names(is_online="false") == ["b"]
    with pytest.raises(Invalid, match="env=prod"):
        await names(labels="env in prod")


def test_nobody_finds_by_what_they_may_not_see() -> None:
    assert "wage" not in filters_of(SPEC)
    assert "wage" in filters_of(SPEC, {"wage"})
    for query in ({"wage": "3"}, {"sort": "wage"}):
        with pytest.raises(Invalid):
            wanted(SPEC, query, NOON)


async def test_a_selector_reads_an_index_behind_row_level_security(engine: Engine, store: Store) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into test_probes "
                "(tenant_id, id, created_at, updated_at, name, rank, labels, tags, wage) "
                "select :tenant, gen_random_uuid(), now(), now(), 'p', 0, "
                "jsonb_build_object('env', 'e' || n), '[]', 0 from generate_series(1, 20000) n"
            ),
            {"tenant": TENANT},
        )
        connection.execute(text("analyze test_probes"))
    query = """explain select id from test_probes where labels @> '{"env"\\:"e77"}'"""
    async with store.session(TENANT) as session:
        plan = "\n".join((await session.execute(text(query))).scalars())
    assert "ix_test_probes_labels" in plan, plan
