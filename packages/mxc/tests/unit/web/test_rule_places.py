"""Where a diagnostic is marked in the editor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.server.hosting.design.rule_editor import extent_of

TEXT = "p(X) :-\n    qq(X)."


@pytest.mark.parametrize(("line", "column", "marked"), [(1, 1, "p"), (2, 5, "qq"), (2, 10, "."), (1, 6, ":")])
def test_marks_the_word_at_the_place(line: int, column: int, marked: str) -> None:
    extent = extent_of(TEXT, line, column)
    assert extent is not None
    assert TEXT[extent[0] : extent[1]] == marked


@pytest.mark.parametrize(("line", "column"), [(None, None), (9, 1), (0, 1), (2, 99)])
def test_a_place_outside_of_the_text_marks_nothing(line: int | None, column: int | None) -> None:
    assert extent_of(TEXT, line, column) is None


@given(st.text(max_size=60), st.integers(-3, 70), st.integers(1, 70))
def test_never_leaves_the_text(text: str, line: int, column: int) -> None:
    extent = extent_of(text, line, column)
    assert extent is None or 0 <= extent[0] < extent[1] <= len(text)
