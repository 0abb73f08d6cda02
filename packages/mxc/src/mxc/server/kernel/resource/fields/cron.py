"""Cron expressions: five fields of numbers or names, with lists, ranges and steps."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SHORT: Final[Mapping[str, str]] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}


class Slot(NamedTuple):
    """One of the five fields: what it is called, its least and greatest number, names for them."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()


SLOTS: Final = (
    Slot("minute", 0, 59),
    Slot("hour", 0, 23),
    Slot("day of the month", 1, 31),
    Slot("month", 1, 12, MONTHS),
    Slot("day of the week", 0, 7, DAYS),
)


def canonical(expression: str) -> str:
    """The expression in small letters with single spaces. Raises ValueError naming the wrong field."""
    expression = SHORT.get(expression.strip().lower(), expression)
    fields = expression.lower().split()
    if len(fields) != len(SLOTS):
        raise ValueError(f"must have five fields (minute hour day month weekday), has {len(fields)}")
    for slot, field in zip(SLOTS, fields, strict=True):
        members(slot, field)
    return " ".join(fields)


def members(slot: Slot, field: str) -> frozenset[int]:
    """The numbers one field stands for. Raises ValueError when it is not one."""
    return frozenset(number for part in field.split(",") for number in _part(slot, part))


def _part(slot: Slot, part: str) -> Iterator[int]:
    span, has_step, step_text = part.partition("/")
    first_text, has_last, last_text = span.partition("-")
    if span == "*":
        first, last = slot.least, slot.most
    else:
        first = _number(slot, first_text)
        last = _number(slot, last_text) if has_last else slot.most if has_step else first
    step = _step(slot, step_text) if has_step else 1
    if last < first:
        raise ValueError(f"{slot.name}: {span} runs backwards")
    return iter(range(first, last + 1, step))


def _number(slot: Slot, text: str) -> int:
    if text in slot.names:
        return slot.names.index(text) + slot.least
    if not (text.isascii() and text.isdigit() and len(text) < 3 and slot.least <= int(text) <= slot.most):
        named = f" or {slot.names[0]} to {slot.names[-1]}" if slot.names else ""
        raise ValueError(f"{slot.name}: {text!r} is not {slot.least} to {slot.most}{named}")
    return int(text)


def _step(slot: Slot, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text) > 0):
        raise ValueError(f"{slot.name}: the step {text!r} is not a number above 0")
    return int(text)
