"""Constraints: what is met by equality and what by having enough."""

import pytest

from mxc.server.domains.workloads.constraint import at_least, exact, least_of


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (">=64", 64.0),
        (">= 1.5", 1.5),
        (">=-3", -3.0),
        (">=", None),
        (">=many", None),
        (">=nan", None),
        (">=inf", None),
        ("=>64", None),
        ("eu", None),
        (64, None),
        (True, None),
    ],
)
def test_a_least_amount_is_a_number_behind_the_sign(value: str | int | bool, least: float | None) -> None:
    assert least_of(value) == least


def test_every_constraint_is_one_or_the_other() -> None:
    given: dict[str, str | int | float | bool] = {
        "zone": "eu",
        "memory_gb": ">=64",
        "gpu": True,
        "cores": ">=x",
    }
    assert exact(given) == {"zone": "eu", "gpu": True, "cores": ">=x"}
    assert at_least(given) == {"memory_gb": 64.0}
