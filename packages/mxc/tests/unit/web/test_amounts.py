"""Amounts as people read them: a little is never shown as nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.server.hosting.design.panel import percent_of
from mxc.server.hosting.design.times import amount


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.11, "0.11"), (0.004, "<0.01"), (-0.004, "-<0.01"), (2.0, "2"), (1234.5, "1\u202f234.5")],
)
def test_reads_as(value: float, words: str) -> None:
    assert amount(value) == words


@given(st.floats(0, 10))
def test_a_gauge_is_empty_only_when_nothing_is_used(share: float) -> None:
    assert (percent_of(share) == 0) == (share == 0)
    assert percent_of(share) <= 100
