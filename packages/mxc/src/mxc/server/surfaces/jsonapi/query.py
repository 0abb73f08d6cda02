"""The query string of JSON:API: `filter`, `sort`, `page`, `fields` and `include`."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import ColumnElement
from starlette.datastructures import QueryParams

from mxc.server.kernel.resource.conditions import BAGS, askable, condition, unknown
from mxc.server.kernel.resource.keyset import Keyset, keyset, sortable
from mxc.server.surfaces.jsonapi.kinds import Kind, Kinds
from mxc.server.surfaces.jsonapi.mistakes import BadQuery

MOST: Final = 500
DEEPEST: Final = 3
FURTHEST: Final = 10_000
SHAPE: Final = re.compile(r"([a-z]+)((?:\[[^\[\]]*\])*)")
SHOWING: Final = frozenset({"include", "fields"})
LISTING: Final = SHOWING | {"filter", "sort", "page"}

Tree = dict[str, "Tree"]


@dataclass(slots=True)
class Page:
    """Which part of a list; at most one of `after`, `before` and `offset` is given."""

    limit: int
    after: str = ""
    before: str = ""
    offset: int | None = None
    is_counted: bool = False


@dataclass(slots=True)
class Asked:
    """What a query string asks for."""

    page: Page
    order: Keyset
    where: list[ColumnElement[bool]] = field(default_factory=list)
    scope: str = ""
    fields: dict[str, frozenset[str]] = field(default_factory=dict)
    include: Tree | None = None


def asked(
    kinds: Kinds,
    kind: Kind,
    query: QueryParams,
    now: datetime,
    *,
    sees: Collection[str] = (),
    families: Collection[str] = LISTING,
) -> Asked:
    """Reads the parameters of these families. Raises BadQuery naming every wrong one."""
    reading = _Reading(kinds, kind, now, sees)
    for name, text in query.multi_items():
        reading.take(name, text, families)
    return reading.end()


class _Reading:
    """One query string, parameter by parameter; what is wrong is gathered."""

    def __init__(self, kinds: Kinds, kind: Kind, now: datetime, sees: Collection[str]) -> None:
        self._kinds = kinds
        self._kind = kind
        self._now = now
        self._sees = sees
        self._complaints: dict[str, list[str]] = {}
        self._taken: dict[str, str] = {}
        self.asked = Asked(
            Page(min(kind.spec.paging.default, MOST, kind.spec.paging.most)), keyset(kind.spec, now)
        )

    def take(self, name: str, text: str, families: Collection[str]) -> None:
        """Reads one parameter."""
        found = SHAPE.fullmatch(name)
        try:
            if name in self._taken:
                raise ValueError("is given twice")
            self._taken[name] = text
            if found is None or found[1] not in families:
                raise ValueError(
                    f"is not known here: {', '.join(sorted(families)) or 'nothing'} can be asked"
                )
            READERS[found[1]](self, found[2][1:-1].split("][") if found[2] else [], text)
        except ValueError as error:
            self._complaints.setdefault(name, []).append(str(error))

    def end(self) -> Asked:
        """What was asked for. Raises BadQuery."""
        page, given = self.asked.page, self._taken
        ways = [name for name in ("page[after]", "page[before]", "page[offset]") if given.get(name)]
        if len(ways) > 1:
            self._complaints[ways[1]] = [f"cannot be said beside {ways[0]}"]
        scope = [f"{name}={text}" for name, text in sorted(given.items()) if name.startswith("filter[")]
        self.asked.scope = "&".join(scope)
        for name, cursor, order in (
            ("page[after]", page.after, self.asked.order),
            ("page[before]", page.before, self.asked.order.backwards()),
        ):
            if cursor and name not in self._complaints and "sort" not in self._complaints:
                self._continue(name, cursor, order)
        if self._complaints:
            raise BadQuery(fields=self._complaints)
        return self.asked

    def _continue(self, name: str, cursor: str, order: Keyset) -> None:
        try:
            self.asked.where.append(order.after(cursor, self.asked.scope))
        except ValueError:
            self._complaints[name] = ["is not a cursor that we gave for this sort and these filters"]

    def read_filter(self, keys: list[str], text: str) -> None:
        """`filter[name]` and `filter[name][operator]`."""
        if not 1 <= len(keys) <= 2:
            raise ValueError("is written filter[field]=value or filter[field][operator]=value")
        known = askable(self._kind.spec, self._sees)
        column = self._column(keys[0], {self._kind.member_of(name): name for name in known})
        operator = keys[1] if len(keys) == 2 else "in" if self._is_list(column, text) else known[column][0]
        self.asked.where.append(condition(self._kind.spec, column, operator, text, self._now, self._sees))

    def _is_list(self, column: str, text: str) -> bool:
        """`filter[status]=running,failed`: what has no commas itself may be several."""
        spec = self._kind.spec
        single = (each for each in spec.fields if each.choices or each.reference)
        return "," in text and column in {each.name for each in single if each.kind not in BAGS}

    def _column(self, member: str, known: Mapping[str, str]) -> str:
        if member in known.values() and member not in known:
            return member
        if member not in known:
            raise ValueError(unknown(member, known))
        return known[member]

    def read_sort(self, keys: list[str], text: str) -> None:
        """`sort=-a,b`."""
        if keys:
            raise ValueError("is written sort=-a,b")
        spec = self._kind.spec
        members = {self._kind.member_of(name): name for name in sortable(spec)}
        names = []
        for part in text.split(","):
            bare = part.strip().removeprefix("-")
            if bare != "id" and bare not in members:
                raise ValueError(f"cannot be by {bare!r}: {', '.join(members)}")
            names.append("-" * part.strip().startswith("-") + members.get(bare, bare))
        if len({name.removeprefix("-") for name in names}) < len(names):
            raise ValueError("names something twice")
        self.asked.order = keyset(spec, self._now, names)

    def read_fields(self, keys: list[str], text: str) -> None:
        """`fields[type]=a,b`."""
        if len(keys) != 1:
            raise ValueError("is written fields[type]=a,b")
        if keys[0] not in self._kinds:
            raise ValueError(unknown(keys[0], self._kinds))
        kind = self._kinds[keys[0]]
        known = {*kind.attributes, *kind.links}
        names = frozenset(part.strip() for part in text.split(",") if part.strip())
        for name in sorted(names - known):
            raise ValueError(f"{name} {unknown(name, known)}")
        self.asked.fields[keys[0]] = names

    def read_include(self, keys: list[str], text: str) -> None:
        """`include=a,b.c`."""
        if keys:
            raise ValueError("is written include=a,b.c")
        tree: Tree = {}
        for path in filter(None, (part.strip() for part in text.split(","))):
            steps = path.split(".")
            if len(steps) > DEEPEST:
                raise ValueError(f"{path} is deeper than {DEEPEST} steps")
            self._plant(tree, steps)
        self.asked.include = tree

    def _plant(self, tree: Tree, steps: list[str]) -> None:
        kind, branch = self._kind, tree
        for step in steps:
            if step not in kind.links:
                known = ", ".join(kind.links) or "it has none"
                raise ValueError(f"{step} is no relationship of {kind.name}: {known}")
            kind, branch = self._kinds[kind.links[step].target], branch.setdefault(step, {})

    def read_page(self, keys: list[str], text: str) -> None:
        """`page[limit]`, `page[after]`, `page[before]`, `page[offset]` and `page[count]`."""
        page, name = self.asked.page, keys[0] if len(keys) == 1 else ""
        match name:
            case "limit":
                page.limit = _number(text, 1, min(MOST, self._kind.spec.paging.most))
            case "offset":
                page.offset = _number(text, 0, FURTHEST)
            case "after":
                page.after = text
            case "before":
                page.before = text
            case "count":
                if text not in ("true", "false"):
                    raise ValueError("must be true or false")
                page.is_counted = text == "true"
            case _:
                raise ValueError(
                    "is not known: page[limit], page[after], page[before], page[offset], page[count]"
                )


READERS: Final[Mapping[str, Callable[[_Reading, list[str], str], None]]] = MappingProxyType(
    {
        "filter": _Reading.read_filter,
        "sort": _Reading.read_sort,
        "page": _Reading.read_page,
        "fields": _Reading.read_fields,
        "include": _Reading.read_include,
    }
)


def _number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8 and least <= int(text) <= most):
        raise ValueError(f"must be a number from {least} to {most}")
    return int(text)
