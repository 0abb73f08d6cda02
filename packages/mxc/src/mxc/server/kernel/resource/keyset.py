"""Pages by place, not by number: an order that gives every row one, and cursors that lead back to it."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, and_, literal, or_, tuple_

from mxc.server.kernel.resource.columns import annotation_of, without_none
from mxc.server.kernel.resource.document import plain
from mxc.server.kernel.resource.spec import Spec

SEAL: Final = 6


@dataclass(frozen=True, slots=True)
class Rank:
    """One part of the order: a column or computed field, the way it runs, whether it may be empty."""

    name: str
    value: Any
    is_descending: bool
    is_nullable: bool
    is_reversed: bool = False

    @property
    def runs_down(self) -> bool:
        """Whether larger values come first, the way it is read."""
        return self.is_descending is not self.is_reversed

    def order(self) -> ColumnElement[Any]:
        """For ORDER BY; what is empty comes last either way, and first when it is read backwards."""
        ordered: ColumnElement[Any] = self.value.desc() if self.runs_down else self.value.asc()
        if not self.is_nullable:
            return ordered
        return ordered.nulls_first() if self.is_reversed else ordered.nulls_last()

    def beyond(self, place: Any) -> ColumnElement[bool] | None:
        """What comes after that value; None when nothing does."""
        if place is None:
            return self.value.is_not(None) if self.is_reversed else None
        there = self.typed(place)
        further: ColumnElement[bool] = self.value < there if self.runs_down else self.value > there
        return or_(further, self.value.is_(None)) if self.is_nullable and not self.is_reversed else further

    def at(self, place: Any) -> ColumnElement[bool]:
        """What has that very value."""
        found: ColumnElement[bool] = (
            self.value.is_(None) if place is None else self.value == self.typed(place)
        )
        return found

    def typed(self, place: Any) -> ColumnElement[Any]:
        """The value as SQL of the same type: bare, true and false would not be compared but asked for."""
        return literal(place, self.value.type)


@dataclass(frozen=True, slots=True)
class Keyset:
    """The whole order of a list; the id is always its last part."""

    spec: Spec
    ranks: tuple[Rank, ...]

    @property
    def text(self) -> str:
        """As it is written: `-last_seen_at,id`."""
        return ",".join(f"{'-' * rank.is_descending}{rank.name}" for rank in self.ranks)

    def order(self) -> list[ColumnElement[Any]]:
        """For ORDER BY."""
        return [rank.order() for rank in self.ranks]

    def backwards(self) -> "Keyset":
        """The same order read from its end; cursors stay what they are."""
        return replace(self, ranks=tuple(replace(rank, is_reversed=True) for rank in self.ranks))

    def after(self, cursor: str, scope: str = "") -> ColumnElement[bool]:
        """The rows beyond the one that the cursor was made of, in a list of that `scope`.

        Raises ValueError for one that is not ours, or of another order or scope.
        """
        places = self._read(cursor, scope)
        ways = {rank.runs_down for rank in self.ranks}
        if len(ways) == 1 and not any(rank.is_nullable for rank in self.ranks):
            # PostgreSQL goes straight to this place in an index over the columns.
            here = tuple_(*(rank.value for rank in self.ranks))
            last = tuple_(*(rank.typed(place) for rank, place in zip(self.ranks, places, strict=True)))
            return here < last if ways == {True} else here > last
        steps = []
        for depth, rank in enumerate(self.ranks):
            beyond = rank.beyond(places[depth])
            if beyond is not None:
                same = (each.at(place) for each, place in zip(self.ranks[:depth], places, strict=False))
                steps.append(and_(*same, beyond))
        return or_(*steps)

    def cursor(self, row: Any, scope: str = "") -> str:
        """Where a page that ends with this row goes on."""
        places = [plain(getattr(row, rank.name)) for rank in self.ranks]
        text = json.dumps([self.text, *places], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_seal(text, scope) + text).decode().rstrip("=")

    def _read(self, cursor: str, scope: str) -> list[Any]:
        complaint = "is not one that we gave for this order: take `next` of the page before"
        try:
            content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
            seal, text = content[:SEAL], content[SEAL:]
            order, *places = json.loads(text)
            if seal != _seal(text, scope) or order != self.text or len(places) != len(self.ranks):
                raise ValueError(complaint)
            return [self._place(rank, place) for rank, place in zip(self.ranks, places, strict=True)]
        except (ValueError, TypeError, RecursionError, binascii.Error):
            raise ValueError(complaint) from None

    def _place(self, rank: Rank, place: Any) -> Any:
        if place is None and rank.is_nullable:
            return None
        annotation = without_none(annotation_of(self.spec.resource, rank.name))
        try:
            return TypeAdapter(annotation).validate_python(place)
        except ValidationError as error:
            raise ValueError(str(error)) from None


def _seal(text: bytes, scope: str) -> bytes:
    """Tells apart what was damaged on its way, and lists that differ in what they leave out."""
    return blake2b(text + b"\0" + scope.encode(), digest_size=SEAL).digest()


def keyset(spec: Spec, now: datetime, order: Sequence[str] = ()) -> Keyset:
    """The order asked for, or the declared one. Raises ValueError naming what a list cannot be sorted by."""
    names = [*(order or spec.paging.order)]
    if "id" not in (name.removeprefix("-") for name in names):
        names.append("-id" if names and names[-1].startswith("-") else "id")
    return Keyset(spec, tuple(_rank(spec, name, now) for name in names))


def sortable(spec: Spec) -> tuple[str, ...]:
    """What a list can be sorted by."""
    columns = (each.name for each in spec.fields if _is_ordered(spec, each.name))
    return (*columns, *spec.expressions)


def _rank(spec: Spec, name: str, now: datetime) -> Rank:
    bare = name.removeprefix("-")
    if bare not in sortable(spec):
        raise ValueError(f"cannot be sorted by {bare}: {', '.join(sortable(spec))}")
    is_nullable = bare in spec.expressions or spec.field(bare).is_nullable
    return Rank(bare, spec.value(bare, now), name.startswith("-"), is_nullable)


def _is_ordered(spec: Spec, name: str) -> bool:
    field = spec.field(name)
    is_hidden = field.is_masked or bool(field.visible_to) or name == "tenant_id"
    return not is_hidden and field.kind not in BAGS


BAGS = frozenset({"labels", "strings", "tags", "choices", "json", "encrypted", "blind", "secret"})
