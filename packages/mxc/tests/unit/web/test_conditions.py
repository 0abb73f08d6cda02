"""What stands in the address of a list, as the database is asked."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql

from mxc.server.domains.identity.role import CustomRole
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.display import Display
from mxc.server.hosting.exposure import Exposure
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import catalogue, spec_of
from mxc.server.surfaces.web.derived.conditions import filters_of, wanted
from mxc.server.surfaces.web.derived.subject import Subject

NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)
NOBODY: frozenset[str] = frozenset()


def subject_of(resource: type[Any]) -> Subject:
    return Subject(spec_of(resource), Exposure(resource), Display(resource), "any")


def asked(resource: type[Any], **query: str) -> str:
    """The conditions, as PostgreSQL reads them."""
    found = wanted(
        subject_of(resource), {key.replace("__", "."): text for key, text in query.items()}, NOW, NOBODY
    )
    options: dict[str, Any] = {"dialect": postgresql.dialect(), "compile_kwargs": {"literal_binds": True}}
    return " AND ".join(str(each.compile(**options)) for each in found.where)


@pytest.mark.parametrize(
    ("resource", "query", "expected"),
    [
        (Workload, {"status": "running,failed"}, "workloads.status IN ('running', 'failed')"),
        (
            Workload,
            {"command__has": "50%"},
            "workloads.command ILIKE '%%' || '50/%%' || '%%' ESCAPE '/'",
        ),
        (Workload, {"command": "a,b"}, "workloads.command IN ('a,b')"),
        (Workload, {"cpu_required__gte": "2"}, "workloads.cpu_required >= 2"),
        (Workload, {"created_at__since": "7d"}, "workloads.created_at >= '2026-03-01 12:00:00+00:00'"),
        (Workload, {"node_id__empty": "true"}, "workloads.node_id IS NULL"),
        (Workload, {"node_id__empty": "false"}, "workloads.node_id IS NOT NULL"),
    ],
)
def test_words_of_an_address_are_conditions_of_the_kernel(
    resource: type[Any], query: dict[str, str], expected: str
) -> None:
    assert expected in asked(resource, **query)


@pytest.mark.parametrize(
    ("resource", "query", "expected"),
    [
        (CustomRole, {"grants": "workloads.*, nodes.read"}, "roles.grants @> "),
        (Node, {"capabilities": "zone=eu"}, "nodes.capabilities @> "),
        (Node, {"capabilities": "gpu"}, "nodes.capabilities ? "),
    ],
)
def test_bags_are_asked_what_they_hold(resource: type[Any], query: dict[str, str], expected: str) -> None:
    found = wanted(subject_of(resource), query, NOW, NOBODY)
    assert expected in str(found.where[0].compile(dialect=postgresql.dialect()))


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"colour": "red"}, "is nothing that this list can be narrowed by"),
        ({"command.since": "7d"}, "cannot be asked 'since'"),
        ({"cpu_required": "many"}, "valid number"),
        ({"created_at.since": "soon"}, "or 1h, 7d ago"),
        ({"status": "asleep"}, "should be"),
        ({"command": "a\0b"}, "NUL"),
        ({"env": "A=b"}, "is nothing that this list can be narrowed by"),
        ({"sort": "colour"}, "colour"),
        ({"cursor": "nonsense"}, ""),
    ],
)
def test_what_cannot_be_asked_is_named(query: dict[str, str], complaint: str) -> None:
    with pytest.raises(Invalid) as refused:
        wanted(subject_of(Workload), query, NOW, NOBODY)
    [(parameter, said)] = refused.value.fields.items()
    assert parameter in query
    assert complaint in said[0]


@pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: spec.plural)
def test_every_filter_that_is_offered_can_be_asked(spec: Any) -> None:
    subject = subject_of(spec.resource)
    values = {"time": "1h", "number": "1", "id": "0b7a4c1e-6f0e-4f0b-9d54-0d6f6a1c2b3d"}
    examples = {each.name: str(each.example) for each in spec.fields if each.example is not None}
    for each in filters_of(subject, NOBODY):
        text = each.choices[0] if each.choices else values.get(each.kind) or examples.get(each.name, "x")
        for suffix, _ in each.operators:
            assert wanted(subject, {f"{each.name}.{suffix}".rstrip("."): text}, NOW, NOBODY).where


@pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: spec.plural)
def test_what_nobody_sees_is_no_filter(spec: Any) -> None:
    hidden = {each.name for each in spec.fields if each.is_secret or each.is_masked or each.visible_to}
    offered = {each.name for each in filters_of(subject_of(spec.resource), NOBODY)}
    assert not offered & {*hidden, "tenant_id"}
