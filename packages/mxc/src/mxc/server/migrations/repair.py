"""The statements that lead from one shape of the schema to another, and back."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from mxc.server.kernel.errors import Invalid
from mxc.server.migrations.drift import Drift
from mxc.server.migrations.shape import Part

# What present rows get in a column that comes back although its values are gone.
ZEROES: Final = {"boolean": "false", "jsonb": "'{}'", "uuid": "gen_random_uuid()", "text": "''"}
PROTECTION: Final = ("row security", "policy", "trigger", "grant")
FOREIGN: Final = "FOREIGN KEY"
Filling = Callable[[str, str, str], str]
"""(table, column, type) → the SQL of what present rows hold in a new column that may not be empty."""


@dataclass(frozen=True, slots=True)
class Change:
    """One part of the schema becomes another; empty where it is not there."""

    part: Part
    old: str
    new: str


def forward(drifts: Sequence[Drift], protections: Mapping[str, str], filling: Filling) -> list[str]:
    """From what was found to what is declared. Raises Invalid for what nobody should leave to a tool."""
    return _script([Change(each.part, each.found, each.source) for each in drifts], protections, filling)


def backward(drifts: Sequence[Drift], protections: Mapping[str, str]) -> list[str]:
    """From what is declared to what was found."""
    changes = [Change(each.part, each.declared, each.found) for each in drifts]
    return _script(changes, protections, lambda _, __, kind: ZEROES.get(kind, "0"))


def _script(changes: list[Change], protections: Mapping[str, str], filling: Filling) -> list[str]:
    tables = {name: list(each) for name, each in groupby(sorted(changes, key=_table), _table)}
    exists = {each.part.table: each for each in changes if each.part.kind == "row security"}
    come = {name: tables[name] for name, each in exists.items() if not each.old}
    go = {name: tables[name] for name, each in exists.items() if not each.new}
    stay = [each for name, each in tables.items() if name not in come and name not in go]
    # Keys to other tables fall before any table falls, and stand when every table stands.
    script = [_dropped(each) for each in changes if each.old.startswith(FOREIGN)]
    for name, parts in come.items():
        script += _created(parts, protections.get(name))
    for parts in stay:
        script += _changed(parts, filling)
    script += [_added(each) for each in changes if each.new.startswith(FOREIGN)]
    return [*script, *(f"drop table {name}" for name in go)]


def _created(parts: Sequence[Change], protection: str | None) -> Iterator[str]:
    required = {each.part.name for each in parts if each.part.kind == "not null"}
    defaults = {each.part.name: f"default {each.new}" for each in parts if each.part.kind == "default"}
    lines = [
        " ".join(filter(None, (name, each.new, defaults.get(name), "not null" if name in required else None)))
        for each in parts
        if each.part.kind == "column" and (name := each.part.name)
    ]
    table = parts[0].part.table
    kept = [each for each in parts if each.part.kind == "constraint" and not each.new.startswith(FOREIGN)]
    lines += [f"constraint {each.part.name} {each.new}" for each in kept]
    yield f"create table {table} (\n    " + ",\n    ".join(lines) + "\n)"
    yield from (each.new for each in parts if each.part.kind == "index")
    if protection is not None:
        yield f"select mxc_protect('{table}', '{protection}')"


def _changed(parts: Sequence[Change], filling: Filling) -> Iterator[str]:
    for each in parts:
        if each.part.kind in PROTECTION:
            raise Invalid(
                f"{each.part} is not as `mxc_protect` leaves it",
                code="write-by-hand",
                hint="write that revision by hand, as r0002_tenancy.py does",
            )
    standing = [each for each in parts if each.part.kind in ("constraint", "index")]
    standing = [each for each in standing if not (each.old or each.new).startswith(FOREIGN)]
    yield from (_dropped(each) for each in standing if each.old)
    yield from _columns(parts, filling)
    yield from (_added(each) for each in standing if each.new)


def _columns(parts: Sequence[Change], filling: Filling) -> Iterator[str]:
    required = {each.part.name for each in parts if each.part.kind == "not null" and each.new}
    defaults = {each.part.name: each.new for each in parts if each.part.kind == "default" and each.new}
    changed = {each.part.name for each in parts if each.part.kind == "column" and not (each.old and each.new)}
    for each in parts:
        table, name = each.part.table, each.part.name
        alter = f"alter table {table} alter column {name}"
        match each.part.kind:
            case "column" if not each.new:
                yield f"alter table {table} drop column {name}"
            case "column" if not each.old and name in defaults:
                end = " not null" if name in required else ""
                yield f"alter table {table} add column {name} {each.new} default {defaults[name]}{end}"
            case "column" if not each.old and name in required:
                # A default, not an update: row-level security would hide the rows from an update.
                value = filling(table, name, each.new)
                yield f"alter table {table} add column {name} {each.new} not null default {value}"
                yield f"{alter} drop default"
            case "column" if not each.old:
                yield f"alter table {table} add column {name} {each.new}"
            case "column":
                # A cast would cut longer text short without a word.
                using = "" if _is_text(each.old) and _is_text(each.new) else f" using {name}::{each.new}"
                yield f"{alter} type {each.new}{using}"
            case "not null" if name not in changed:
                yield f"{alter} {'set' if each.new else 'drop'} not null"
            case "default" if each.new and name not in changed:
                yield f"{alter} set default {each.new}"
            case "default" if name not in changed:
                yield f"{alter} drop default"


def _is_text(kind: str) -> bool:
    return kind == "text" or kind.startswith("character varying")


def _added(each: Change) -> str:
    if each.part.kind == "index":
        return each.new
    return f"alter table {each.part.table} add constraint {each.part.name} {each.new}"


def _dropped(each: Change) -> str:
    if each.part.kind == "index":
        return f"drop index {each.part.name}"
    return f"alter table {each.part.table} drop constraint {each.part.name}"


def _table(each: Change) -> str:
    return each.part.table


def literal(value: Any) -> str:
    """A declared default as SQL. Raises Invalid for one that SQL cannot say."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case timedelta():
            return f"interval '{value.total_seconds()} seconds'"
        case dict() | list():
            return literal(json.dumps(value))
    raise Invalid(f"the default {value!r} has no SQL", code="no-default", hint="write the revision by hand")
