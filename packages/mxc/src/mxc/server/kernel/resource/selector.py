"""Label selectors: `env=prod,tier in (web, db),!legacy,owner` for rows and for maps in memory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, and_, not_, or_, true

KEY: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,118}[A-Za-z0-9])?"
VALUE: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
ONE: Final = re.compile(rf"({KEY})\s*(==|=|!=)\s*({VALUE}|)")
SET: Final = re.compile(rf"({KEY})\s+(in|notin)\s+\(\s*({VALUE}(?:\s*,\s*{VALUE})*)\s*\)")
PRESENCE: Final = re.compile(rf"(!?)\s*({KEY})")
MOST: Final = 20
HINT: Final = "write env=prod, env!=prod, env in (a, b), env notin (a, b), env or !env, with commas between"


@dataclass(frozen=True, slots=True)
class Term:
    """One requirement: the key is there with one of the values (or with any), or it is not so."""

    key: str
    values: tuple[str, ...]
    is_wanted: bool

    def holds(self, labels: Mapping[str, str]) -> bool:
        """For labels in memory."""
        found = self.key in labels if not self.values else labels.get(self.key) in self.values
        return found is self.is_wanted

    def condition(self, column: Any) -> ColumnElement[bool]:
        """For a column of labels; its index answers."""
        if not self.values:
            found: ColumnElement[bool] = column.has_key(self.key)
        else:
            found = or_(*(column.contains({self.key: value}) for value in self.values))
        return found if self.is_wanted else not_(found)


@dataclass(frozen=True, slots=True)
class Selector:
    """Requirements that must all hold."""

    terms: tuple[Term, ...]

    def holds(self, labels: Mapping[str, str]) -> bool:
        """For labels in memory."""
        return all(term.holds(labels) for term in self.terms)

    def condition(self, column: Any) -> ColumnElement[bool]:
        """For a column of labels."""
        return and_(true(), *(term.condition(column) for term in self.terms))


def selector(text: str) -> Selector:
    """Reads a selector. Raises ValueError naming the part that is none."""
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", text)]
    if len(parts) > MOST:
        raise ValueError(f"has more than {MOST} requirements")
    return Selector(tuple(_term(part) for part in parts))


def _term(part: str) -> Term:
    if found := SET.fullmatch(part):
        values = tuple(re.split(r"\s*,\s*", found[3]))
        return Term(found[1], values, found[2] == "in")
    if found := ONE.fullmatch(part):
        return Term(found[1], (found[3],), found[2] != "!=")
    if found := PRESENCE.fullmatch(part):
        sign: Literal["", "!"] = "!" if found[1] else ""
        return Term(found[2], (), not sign)
    raise ValueError(f"{part[:60]!r} is no requirement: {HINT}")
