"""How a workload says what its node must be: `{"zone": "eu", "memory_gb": ">=64"}`."""

import math
from collections.abc import Mapping
from typing import Final

AT_LEAST: Final = ">="
Scalar = str | int | float | bool


def exact(constraints: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The constraints met by equality."""
    return {key: value for key, value in constraints.items() if least_of(value) is None}


def at_least(constraints: Mapping[str, Scalar]) -> dict[str, float]:
    """The constraints met by having so much or more."""
    found = {key: least_of(value) for key, value in constraints.items()}
    return {key: least for key, least in found.items() if least is not None}


def least_of(value: Scalar) -> float | None:
    """64.0 for `">=64"`; None for what is compared as it stands."""
    if not isinstance(value, str) or not value.startswith(AT_LEAST):
        return None
    try:
        least = float(value.removeprefix(AT_LEAST))
    except ValueError:
        return None
    return least if math.isfinite(least) else None
