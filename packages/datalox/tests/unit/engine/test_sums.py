"""What a sum keeps of rows that came and went."""

from datalox.maintain.groups import Sums


def test_nothing_is_left_of_numbers_that_were_taken_back() -> None:
    sums = Sums()
    sums.change([("g", 1)], 1, {})
    before = [dict(getattr(sums, part)) for part in Sums.__slots__]
    for value in (0.5, 7, -0.25):
        sums.change([("g", value)], 1, {})
        sums.change([("g", value)], -1, {})
    assert [getattr(sums, part) for part in Sums.__slots__] == before


def test_what_cancels_out_is_a_sum_of_nothing_and_still_a_group() -> None:
    sums = Sums()
    old: dict[str, object] = {}
    sums.change([("g", 5), ("g", -5)], 1, old)
    assert (old, sums.result("g"), sums.result("h")) == ({"g": None}, 0, None)
