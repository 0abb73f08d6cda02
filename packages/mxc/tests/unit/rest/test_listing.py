"""Cursors and places, by themselves."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.goal import goal_of
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import spec_of
from mxc.server.kernel.resource.keyset import keyset
from mxc.server.kernel.resource.selector import selector
from mxc.server.surfaces.rest.listing import wanted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORKLOAD = spec_of(Workload)
ORDERS = st.lists(st.sampled_from(["created_at", "-priority", "status", "-started_at", "id"]), unique=True)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids(), ORDERS)
def test_a_cursor_is_taken_for_its_own_order_alone(at: datetime, row_id: UUID, order: list[str]) -> None:
    row = SimpleNamespace(created_at=at, id=row_id, priority=3, status="running", started_at=None)
    made = keyset(WORKLOAD, NOON, order)
    made.after(made.cursor(row))
    other = keyset(WORKLOAD, NOON, [*order[:-1], "backoff_s"])
    with pytest.raises(ValueError, match="not one that we gave"):
        other.after(made.cursor(row))


@given(
    st.dictionaries(
        st.sampled_from(["cursor", "limit", "sort", "status", "id", "priority", "started_at", "x"]), st.text()
    )
)
def test_any_query_is_read_or_refused(query: dict[str, str]) -> None:
    try:
        wanted(WORKLOAD, query, NOON)
    except Invalid as error:
        assert error.fields.keys() <= query.keys()


def test_what_cannot_be_sorted_by_is_said_with_what_can() -> None:
    for name in ("env", "args", "tenant_id", "nothing"):
        with pytest.raises(Invalid, match="created_at"):
            wanted(WORKLOAD, {"sort": name}, NOON)


KEYS = st.sampled_from(["env", "tier", "app.example/x"])
VALUES = st.sampled_from(["prod", "dev", "web", ""])


@given(st.dictionaries(KEYS, VALUES), KEYS, VALUES)
def test_each_requirement_of_a_selector_and_its_opposite(
    labels: dict[str, str], key: str, value: str
) -> None:
    assert selector(f"{key}={value}").holds(labels) is (labels.get(key) == value)
    assert selector(f"{key} != {value}").holds(labels) is (labels.get(key) != value)
    assert selector(key).holds(labels) is (key in labels)
    assert selector(f"!{key}").holds(labels) is (key not in labels)
    assert selector(f"{key} in (prod, dev)").holds(labels) is (labels.get(key) in ("prod", "dev"))
    assert selector(f"{key} notin (prod,dev),{key}").holds(labels) is (
        key in labels and labels[key] not in ("prod", "dev")
    )


@given(st.text(max_size=30))
def test_any_text_is_a_selector_or_refused_with_how_to_write_one(text: str) -> None:
    try:
        selector(text)
    except ValueError as error:
        assert "env=prod" in str(error) or "requirements" in str(error)


@given(st.text())
def test_any_text_is_a_goal_or_refused_with_a_sentence(text: str) -> None:
    try:
        goal_of(text)
    except Invalid as error:
        assert error.fields["fact"]


def test_variables_stand_for_anything() -> None:
    goal = goal_of("can_place(W, 'a b', :c, 3, _).")
    assert (goal.predicate, goal.pattern) == ("can_place", (..., "a b", "c", 3, ...))
