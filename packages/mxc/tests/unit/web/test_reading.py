"""What people type into forms."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.design.reading import UnreadableError, read, written
from mxc.server.kernel.resource import spec_of

SPEC = spec_of(Workload)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("cpu_required", "0.5", 0.5),
        ("cpu_required", "0,5", 0.5),
        ("memory_required", "128", 128),
        ("args", "-c 'two words' x", ["-c", "two words", "x"]),
        ("constraints", "zone = eu\ngpu=true\nmemory_gb = >=64\n\nracks=3", {"zone": "eu", "gpu": True,
         "memory_gb": ">=64", "racks": 3}),
        ("env", "A=b=c", {"A": "b=c"}),
        ("command", "  ", None),
        ("is_fenced", True, True),
    ],
)  # fmt: skip
def test_is_understood(name: str, raw: Any, value: object) -> None:
    assert read(SPEC.field(name), raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "complaint"),
    [
        ("cpu_required", "many", "must be a number"),
        ("memory_required", "1.5", "whole number"),
        ("args", "'open", "quotes come in pairs"),
        ("constraints", "zone", "name = value"),
        ("constraints", "memory_gb >= 64", "at least"),
    ],
)
def test_is_refused_in_words(name: str, raw: str, complaint: str) -> None:
    with pytest.raises(UnreadableError, match=complaint):
        read(SPEC.field(name), raw)


@given(st.sampled_from([field.name for field in SPEC.fields if field.on_create]), st.text(max_size=40))
def test_anything_typed_is_a_value_or_a_complaint(name: str, raw: str) -> None:
    try:
        read(SPEC.field(name), raw)
    except UnreadableError as error:
        assert str(error)


def test_defaults_stand_in_the_fields() -> None:
    assert written(SPEC.field("cpu_required")) == "1"
    assert written(SPEC.field("restart_policy")) == "on-failure"
    assert written(SPEC.field("is_fenced")) is False
    assert written(SPEC.field("args")) == ""
