"""The facets of a resource: what is said about it beside its columns and actions. All frozen data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """The columns (or computed properties) a list shows, in order."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paging:
    """How lists are cut: rows on a page when nobody says, rows at most, and the order (`-` is descending).

    The id is always the last in the order, so that every row has one place.
    """

    default: int = 100
    most: int = 1000
    order: tuple[str, ...] = ("created_at",)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Which column holds the state, where a row starts, and which column counts its attempts."""

    column: str
    initial: StrEnum
    generation: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The least role that may read, and the least that may perform the public actions.

    `actions` names the actions that need another, `also` permissions that no action has by itself; the role
    `super_admin` administers the installation.
    """

    read: str = "viewer"
    write: str = "operator"
    actions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    also: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def role_for(self, action: str) -> str:
        """The least role that may perform this action."""
        return self.actions.get(action, self.write)


@dataclass(frozen=True, slots=True)
class Identity:
    """Columns of which no two rows of a tenant are alike; `upsert` finds rows by it."""

    name: str
    columns: tuple[str, ...]
    is_case_insensitive: bool = False


def identity(name: str, *columns: str, case_insensitive: bool = False) -> Identity:
    """Rows are known by these columns, too: `identity("by_name", "name", case_insensitive=True)`.

    Letters count alike only in columns of text. A deleted row that can be restored gives its identity free.
    """
    return Identity(name, columns, case_insensitive)


@dataclass(frozen=True, slots=True)
class IndexOn:
    """An index over columns, after the tenant; `where` keeps rows out of it that nobody looks for."""

    columns: tuple[str, ...]
    where: str = ""


def index(*columns: str, where: str = "") -> IndexOn:
    """Rows are looked for by these columns: `index("status", "due_at", where="status = 'pending'")`."""
    return IndexOn(columns, where)


@dataclass(frozen=True, slots=True)
class Fact:
    """One way a row becomes a fact; `items` names a map column that becomes one fact per entry."""

    predicate: str
    columns: tuple[str, ...]
    when: Callable[[Any], bool] | None = None
    items: str | None = None


def fact(predicate: str, *columns: str, when: Callable[[Any], bool] | None = None) -> Fact:
    """Each row where `when` holds and none of `columns` is empty is one fact of their values."""
    return Fact(predicate, columns, when)


def fact_items(predicate: str, key: str, column: str, when: Callable[[Any], bool] | None = None) -> Fact:
    """Each entry of the map in `column` is one fact: (key, name, value)."""
    return Fact(predicate, (key,), when, column)


def several(said: T | tuple[T, ...]) -> tuple[T, ...]:
    """A facet may be written alone or as a tuple."""
    return said if isinstance(said, tuple) else (said,)
