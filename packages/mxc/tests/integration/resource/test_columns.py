"""A table with a column of every type: values survive it, and it refuses by itself what our types refuse."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine, create_engine, insert, select
from sqlalchemy.orm import Mapped

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store, database_url
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.perform import perform
from mxc.server.kernel.resource import Resource, checked, column, fact, facts_of, spec_of
from mxc.server.kernel.resource import fields as f
from mxc.testing.declared import create_tables

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = Actor("user", "7", "ada", UUID(int=1), role="admin")


class Shade(StrEnum):
    RED = "red"
    BLUE = "blue"


class Specimen(Resource):
    """One of everything."""

    __tablename__ = "test_specimens"

    name: Mapped[f.Name]
    text: Mapped[f.Text]
    secret: Mapped[f.Secret]
    slug: Mapped[f.Slug]
    email: Mapped[f.Email]
    hostname: Mapped[f.Hostname]
    url: Mapped[f.Url]
    flag: Mapped[f.Flag]
    count: Mapped[f.Count]
    whole: Mapped[f.Whole]
    number: Mapped[f.Number]
    non_negative: Mapped[f.NonNegative]
    percentage: Mapped[f.Percentage]
    port: Mapped[f.Port]
    cores: Mapped[f.Cores]
    megabytes: Mapped[f.Megabytes]
    instant: Mapped[f.Instant]
    seconds: Mapped[f.Seconds]
    duration: Mapped[f.Duration] = column(default=timedelta(minutes=5), help="how long it is good for")
    cron: Mapped[f.Cron]
    time_zone: Mapped[f.TimeZone]
    ip: Mapped[f.IpAddress]
    ips: Mapped[f.IpAddresses]
    cidr: Mapped[f.Cidr]
    cidrs: Mapped[f.Cidrs]
    mac: Mapped[f.Mac]
    labels: Mapped[f.Labels]
    environment: Mapped[f.Environment]
    text_labels: Mapped[f.TextLabels]
    strings: Mapped[f.Strings]
    tags: Mapped[f.Tags]
    shade: Mapped[Shade]
    shades: Mapped[f.Choices[Shade]]
    shape: Mapped[f.Json]
    parent_ip: Mapped[f.IpAddress | None]

    facts = (
        fact("specimen", "id", "ip", "mac", "duration", "email"),
        fact("specimen_parent", "id", "parent_ip"),
    )


SPEC = spec_of(Specimen)
EXAMPLE = {each.name: each.example for each in SPEC.fields if each.on_create} | {"secret": "hush"}
# What somebody with psql might try.
BREACHES: dict[str, list[Any]] = {
    "slug": ["North", "a--b", ""],
    "email": ["Ada@example.org", "ada", "a b@c"],
    "hostname": ["DB1", "-a"],
    "url": ["ftp://x", "https://a@b.example", "x"],
    "count": [-1],
    "percentage": [101, -1, float("nan")],
    "number": [float("inf"), float("nan")],
    "port": [0, 65_536],
    "duration": [timedelta(seconds=-1), timedelta(days=5000)],
    "ip": ["10.0.0.0/8"],
    "labels": ["[]", '"x"'],
    "text_labels": ["[]"],
    "strings": ["{}"],
    "tags": ["{}", '"x"'],
    "ips": ["{}"],
    "shade": ["green"],
    "shades": ['["green"]', '["red", "green"]'],
    "shape": ["[]", "3"],
}


@pytest.fixture
def engine(dsn: str) -> Iterator[Engine]:
    """The owner's."""
    made = create_engine(database_url(dsn))
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def tables(dsn: str) -> None:
    create_tables(dsn, Specimen)


async def test_every_value_comes_back_as_it_was_given(store: Store) -> None:
    made = await perform(store, Specimen.create, actor=ADA, now=NOON, **EXAMPLE)
    async with store.session(ADA.tenant_id) as session:
        found = (await session.scalars(select(Specimen))).one()
    assert SPEC.document(found, now=NOON) == SPEC.document(made, now=NOON)
    shown = SPEC.document(found, now=NOON)
    assert {name: shown[name] for name in EXAMPLE if name != "secret"} == {
        name: value for name, value in EXAMPLE.items() if name != "secret"
    }
    assert found.shades == [Shade.RED]
    assert type(found.shades[0]) is Shade


async def test_rules_see_text_and_seconds(store: Store) -> None:
    made = await perform(store, Specimen.create, actor=ADA, now=NOON, **{**EXAMPLE, "parent_ip": None})
    assert facts_of(made) == {
        ("specimen", (str(made.id), "10.1.2.3", "02:00:5e:10:00:01", 5400.0, "ada@example.org"))
    }


async def test_help_and_default_of_a_column_are_kept(store: Store) -> None:
    without = {name: value for name, value in EXAMPLE.items() if name != "duration"}
    made = await perform(store, Specimen.create, actor=ADA, now=NOON, **without)
    assert made.duration == timedelta(minutes=5)
    assert SPEC.field("duration").schema()["description"] == "how long it is good for"


async def test_what_our_types_refuse_the_table_refuses_too(store: Store, dsn: str) -> None:
    await perform(store, Specimen.create, actor=ADA, now=NOON, **EXAMPLE)
    tried = [(name, value) for name, values in BREACHES.items() for value in values]
    assert [each for each in tried if not is_refused_or_respelled(*each)] == []
    with psycopg.connect(dsn, autocommit=True) as by_hand:
        for name, value in tried:
            with pytest.raises(psycopg.errors.CheckViolation, match=f"ck_test_specimens_{name}"):
                by_hand.execute(f"update test_specimens set {name} = %s".encode(), [value])


def is_refused_or_respelled(name: str, value: Any) -> bool:
    is_json = SPEC.field(name).kind in ("labels", "strings", "tags", "choices", "json")
    given = json.loads(value) if is_json else value
    try:
        return bool(TypeAdapter(SPEC.field(name).annotation).validate_python(given) != given)
    except ValidationError:
        return True


TEXT = st.text(max_size=30)
INNER = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "slug": TEXT | st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True),
    "email": TEXT | st.emails() | st.from_regex(r"[^@\s]{1,9}@[^@\s]{1,9}", fullmatch=True),
    "hostname": TEXT | st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True),
    "url": TEXT | st.from_regex(r"https?://[^\s]{1,30}", fullmatch=True),
    "ip": st.ip_addresses().map(str),
    "cidr": st.ip_addresses().map(str)
    | st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map("{0[0]}/{0[1]}".format),
    "mac": st.from_regex(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}", fullmatch=True),
    "duration": st.timedeltas() | st.floats() | st.integers(),
    "number": st.floats(),
    "whole": st.integers(),
    "percentage": st.floats(-1, 101),
    "shape": st.dictionaries(TEXT, INNER, max_size=3),
    "labels": st.dictionaries(TEXT, INNER, max_size=3),
    "text_labels": st.dictionaries(TEXT, TEXT, max_size=3),
    "tags": st.lists(TEXT, max_size=4),
    "instant": st.datetimes(timezones=st.just(UTC)),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_whatever_the_door_lets_in_the_table_keeps(engine: Engine, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(STRATEGIES)))
    value = data.draw(STRATEGIES[name])
    try:
        values = checked(SPEC.create_model, {**EXAMPLE, name: value})
    except Invalid:
        return
    table = Specimen.__table__
    bookkeeping = {"tenant_id": ADA.tenant_id, "id": uuid4(), "created_at": NOON, "updated_at": NOON}
    with engine.begin() as connection:
        connection.execute(insert(table).values({**values, **bookkeeping}))
        found = connection.execute(select(table.c[name]).where(table.c.id == bookkeeping["id"])).scalar_one()
    assert found == values[name]
