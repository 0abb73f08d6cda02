"""The generated reference says what the code says."""

import pytest
from tools.docs.every import pages
from tools.house.source import ROOT


@pytest.mark.parametrize("path", sorted(pages()))
def test_the_page_is_fresh(path: str) -> None:
    assert (ROOT / path).read_text() == pages()[path], "run `make docs` and commit the page"
