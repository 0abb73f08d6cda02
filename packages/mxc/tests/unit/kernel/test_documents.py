"""Documents: what comes in is checked field by field, what goes out is JSON without secrets."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.server.domains.identity.user import User
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Restart, Workload
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.perform import defaults_of
from mxc.server.kernel.resource import checked, spec_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORKLOAD = spec_of(Workload)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([*WORKLOAD.create_model.model_fields, *WORKLOAD.aliases]) | st.text()


def complaints(**document: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        checked(WORKLOAD.create_model, document, WORKLOAD.aliases)
    return refused.value.fields


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_any_document_is_accepted_or_refused_by_field(document: dict[str, Any]) -> None:
    try:
        values = checked(WORKLOAD.create_model, document, WORKLOAD.aliases)
    except Invalid as refused:
        assert set(refused.fields) <= {*document, *WORKLOAD.create_model.model_fields}
    else:
        row = Workload(**{**defaults_of(WORKLOAD), **values, "id": UUID(int=1)})
        shown = WORKLOAD.document(row, now=NOON)
        assert json.loads(json.dumps(shown, allow_nan=False)) == shown


def test_values_come_out_under_their_column_names() -> None:
    given_ = {"command": "x", "cpu": 2, "memory_mb": 64, "restart": "never"}
    assert checked(WORKLOAD.create_model, given_, WORKLOAD.aliases) == {
        "command": "x",
        "cpu_required": 2.0,
        "memory_required": 64,
        "restart_policy": Restart.NEVER,
    }


def test_complaints_use_the_name_that_was_written() -> None:
    assert complaints(command="x", cpu=-1) == {"cpu": ["Input should be greater than 0"]}
    assert complaints(command="x", comand="y") == {"comand": ["is not known: did you mean command?"]}
    assert complaints(cpu=1) == {"command": ["is required"]}
    assert complaints(command="x", memory=1, memory_mb=2) == {
        "memory_mb": ["says the same as memory: give one of them"]
    }


@pytest.mark.parametrize("value", [True, "2", None, [], float("inf"), 100_001])
def test_cores_are_a_bounded_number_and_nothing_else(value: object) -> None:
    assert list(complaints(command="x", cpu=value)) == ["cpu"]


@pytest.mark.parametrize(
    "labels",
    [
        {"": "x"},
        {"k" * 121: 1},
        {"a": {"b": 1}},
        {"a": 2**60},
        {"a": float("nan")},
        {str(n): n for n in range(300)},
    ],
)
def test_labels_are_a_bounded_map_of_scalars(labels: dict[str, Any]) -> None:
    assert list(complaints(command="x", constraints=labels)) == ["constraints"]


def test_labels_keep_the_kind_of_their_values() -> None:
    labels = {"a": "1", "b": 1, "c": 1.5, "d": True}
    accepted = checked(WORKLOAD.create_model, {"command": "x", "constraints": labels})["constraints"]
    assert [type(value) for value in accepted.values()] == [str, int, float, bool]


def test_no_document_shows_a_secret_or_the_tenant() -> None:
    user = User(id=UUID(int=1), email="a@b", password_hash="argon")
    shown = spec_of(User).document(user, now=NOON)
    assert shown["email"] == "a@b"
    assert not {"password_hash", "tenant_id"} & shown.keys()


def test_documents_show_what_is_computed() -> None:
    node = Node(**{**defaults_of(spec_of(Node)), "id": UUID(int=1), "hostname": "n1", "created_at": NOON})
    shown = spec_of(Node).document(node, now=NOON)
    assert (shown["status"], shown["created_at"]) == ("unavailable", "2026-03-01T12:00:00Z")


def test_only_what_is_editable_may_be_updated() -> None:
    assert set(spec_of(Node).update_model.model_fields) == {"intent", "partition_id"}
    assert "generation" not in WORKLOAD.create_model.model_fields
    assert "generation" in WORKLOAD.full_model.model_fields
