"""A resource's declaration as frozen data: the only thing derivers read."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from inspect import getdoc
from re import sub
from types import MappingProxyType
from typing import Any, cast

from pydantic import BaseModel

from mxc.server.kernel.resource.action import Action, actions_of
from mxc.server.kernel.resource.arguments import argument_model, document_model
from mxc.server.kernel.resource.columns import (
    annotations_of,
    enum_of,
    look_of,
    member_enum_of,
    properties_of,
    said_of,
    without_none,
)
from mxc.server.kernel.resource.computed import Computed, Expression
from mxc.server.kernel.resource.document import document_of
from mxc.server.kernel.resource.facets import Fact, Identity, Lifecycle, Listing, Paging, Policy
from mxc.server.kernel.resource.fields.look import Look, Reference, Said
from mxc.server.kernel.resource.schema import Schema, type_schema
from mxc.server.kernel.sealing.ring import KeyRing
from mxc.server.kernel.sealing.sealed import MASK

DERIVED = frozenset({"tenant_id", "id", "created_at", "updated_at", "revision", "deleted_at"})


@dataclass(frozen=True, slots=True)
class Field:
    """One column; `annotation` is what was written inside `Mapped[…]`, `choices` an enum's values.

    `visible_to` is the role or permission without which its value is masked; empty: whoever sees the row.
    """

    name: str
    annotation: Any = field(repr=False)
    kind: str
    unit: str
    help: str
    example: Any
    visible_to: str
    choices: tuple[str, ...]
    is_nullable: bool
    is_secret: bool
    is_masked: bool
    is_selectable: bool
    is_sealed: bool
    blind_of: str
    reference: Reference | None
    has_default: bool
    default: Any
    on_create: bool
    on_update: bool

    def schema(self) -> Schema:
        """The JSON schema of its values in documents, with help, unit and an example."""
        schema = type_schema(self.annotation, self.help, self.unit, self.example)
        if self.visible_to:
            schema["description"] = f"{self.help} (shown to {self.visible_to}, else {MASK})".strip()
            return {"anyOf": [schema, {"const": MASK}]}
        return schema


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """Everything said about one resource; `name` is its singular, `plural` its table and path.

    `expressions` say in SQL what of the `computed` fields can be said so; `sealed` are the fields that are
    kept encrypted, `blind` the columns some of them are found by; `guarded` are the fields that not everyone
    who may read the row may see.
    """

    resource: type[Any]
    name: str
    plural: str
    help: str
    fields: tuple[Field, ...]
    computed: tuple[str, ...]
    expressions: Mapping[str, Expression]
    sealed: tuple[str, ...]
    blind: Mapping[str, str]
    guarded: frozenset[str]
    actions: Mapping[str, Action[Any, ...]]
    lifecycle: Lifecycle | None
    journal: type[Any] | None
    facts: tuple[Fact, ...]
    identities: tuple[Identity, ...]
    listing: Listing
    paging: Paging
    policy: Policy
    aliases: Mapping[str, str]
    is_tenant_owned: bool
    is_platform: bool
    is_partitioned: bool
    is_restorable: bool
    create_model: type[BaseModel] = field(repr=False)
    update_model: type[BaseModel] = field(repr=False)
    full_model: type[BaseModel] = field(repr=False)
    argument_models: Mapping[str, type[BaseModel]] = field(repr=False)

    def field(self, name: str) -> Field:
        """The column called `name`; KeyError when there is none."""
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(name)

    def identity(self, name: str) -> Identity:
        """The identity called `name`; KeyError when there is none."""
        for each in self.identities:
            if each.name == name:
                return each
        raise KeyError(name)

    def value(self, name: str, now: Any) -> Any:
        """A column, or a computed field at `now`, as SQL; KeyError for what only Python can compute."""
        if name in self.computed:
            return self.expressions[name](self.resource, now)
        return getattr(self.resource, self.field(name).name)

    def document(
        self,
        row: Any,
        *,
        now: datetime,
        sees: Collection[str] = (),
        keys: KeyRing | None = None,
        only: Collection[str] | None = None,
    ) -> dict[str, Any]:
        """What the API shows of a row: JSON-ready, computed properties included, secrets left out.

        Guarded fields are masked, but for those that whoever reads it `sees`; with `keys`, what is kept
        encrypted is opened for them. `only` names the fields that are wanted, where not all are.
        """
        names = self.shown if only is None else [name for name in self.shown if name in only]
        return document_of(row, names, now, self.guarded.difference(sees), keys)

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields that documents have, computed ones last."""
        return _shown(self)


@cache
def _shown(spec: Spec) -> tuple[str, ...]:
    columns = (each.name for each in spec.fields if not each.is_secret and each.name != "tenant_id")
    return (*columns, *spec.computed)


def spec_of(resource: type[Any]) -> Spec:
    """Reads a declared class, once."""
    return _spec_of(cast(Hashable, resource))


@cache
def _spec_of(resource: Any) -> Spec:
    fields = tuple(_field(resource, name, hint) for name, hint in annotations_of(resource).items())
    actions = actions_of(resource)
    return Spec(
        resource=resource,
        name=snake_case(resource.__name__),
        plural=resource.__tablename__,
        help=getdoc(resource) or "",
        fields=fields,
        computed=properties_of(resource, Computed),
        expressions=MappingProxyType(_expressions(resource)),
        sealed=tuple(each.name for each in fields if each.is_sealed),
        blind=MappingProxyType({each.name: each.blind_of for each in fields if each.blind_of}),
        guarded=frozenset(each.name for each in fields if each.visible_to),
        actions=MappingProxyType(actions),
        lifecycle=resource.lifecycle,
        journal=resource.journal,
        facts=resource.facts,
        identities=resource.identities,
        listing=resource.listing,
        paging=resource.paging,
        policy=resource.policy,
        aliases=resource.aliases,
        is_tenant_owned="tenant_id" in resource.__table__.c,
        is_platform=resource.is_platform,
        is_partitioned="partition_id" in resource.__table__.c,
        is_restorable="deleted_at" in resource.__table__.c,
        create_model=document_model(resource, "Create", [f for f in fields if f.on_create]),
        update_model=document_model(resource, "Update", [f for f in fields if f.on_update], partial=True),
        full_model=document_model(
            resource, "Row", [f for f in fields if f.name not in DERIVED - {"id"} and not f.blind_of]
        ),
        argument_models=MappingProxyType(
            {name: argument_model(resource, each) for name, each in actions.items() if _takes_arguments(each)}
        ),
    )


def _expressions(resource: type[Any]) -> dict[str, Expression]:
    found = {name: getattr(resource, name).expression for name in properties_of(resource, Computed)}
    return {name: expression for name, expression in found.items() if expression is not None}


def snake_case(name: str) -> str:
    """`ApiToken` → `api_token`."""
    return sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _takes_arguments(action: Action[Any, ...]) -> bool:
    return action.has_body or action.kind == "act"


def _field(resource: type[Any], name: str, annotation: Any) -> Field:
    column = resource.__table__.c[name]
    look, said = look_of(annotation), said_of(column)
    choices = enum_of(annotation) or member_enum_of(annotation)
    on_create, on_update = _writable(resource, name)
    default = column.default.arg if column.default is not None and column.default.is_scalar else None
    return Field(
        name=name,
        annotation=annotation,
        kind=look.kind,
        unit=look.unit,
        help=said.help,
        example=_example(look, said, choices),
        visible_to=said.visible_to,
        choices=tuple(member.value for member in choices) if choices else (),
        is_nullable=without_none(annotation) is not annotation,
        is_secret=look.secret and not (look.kind == "encrypted" and said.visible_to),
        is_masked=look.masked or look.secret,
        is_selectable=look.is_selectable,
        is_sealed=look.kind == "encrypted",
        blind_of=said.blind_of,
        reference=said.reference,
        has_default=column.default is not None,
        default=default,
        on_create=on_create,
        on_update=on_update,
    )


def _example(look: Look, said: Said, choices: type[StrEnum] | None) -> Any:
    if said.example is not None or look.secret:
        return said.example
    if choices is None:
        return look.example
    first = next(iter(choices)).value
    return [first] if look.kind == "choices" else first


def _writable(resource: type[Any], name: str) -> tuple[bool, bool]:
    lifecycle = resource.lifecycle
    steered = {lifecycle.column, lifecycle.generation} if lifecycle else set()
    is_blind = bool(said_of(resource.__table__.c[name]).blind_of)
    free = name not in DERIVED and name not in steered and not is_blind
    on_create = free if resource.writable is None else name in resource.writable
    return on_create, on_create if resource.editable is None else name in resource.editable
