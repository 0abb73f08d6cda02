"""Cursors and places, by themselves."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.goal import goal_of
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import spec_of
from mxc.server.surfaces.rest.listing import cursor_after, wanted


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_leads_back_to_its_row(created_at: datetime, row_id: UUID) -> None:
    cursor = cursor_after(SimpleNamespace(created_at=created_at, id=row_id))
    assert wanted(spec_of(Workload), {"cursor": cursor}).after == (created_at, row_id)


@given(st.dictionaries(st.sampled_from(["cursor", "limit", "status", "id", "priority", "x"]), st.text()))
def test_any_query_is_read_or_refused(query: dict[str, str]) -> None:
    try:
        wanted(spec_of(Workload), query)
    except Invalid as error:
        assert error.fields.keys() <= query.keys()


@given(st.text())
def test_any_text_is_a_goal_or_refused_with_a_sentence(text: str) -> None:
    try:
        goal_of(text)
    except Invalid as error:
        assert error.fields["fact"]


def test_variables_stand_for_anything() -> None:
    goal = goal_of("can_place(W, 'a b', :c, 3, _).")
    assert (goal.predicate, goal.pattern) == ("can_place", (..., "a b", "c", 3, ...))
