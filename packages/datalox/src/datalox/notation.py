"""How values are written in Datalog text: the one place that quotes and escapes."""

from __future__ import annotations

import re
from typing import Final

PLAIN_NAME: Final = re.compile(r"[a-z][A-Za-z0-9_]*\Z")
_RESERVED: Final = frozenset({"not"})
_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
UNESCAPES: Final = {"\\": "\\", "n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'"}


def escape(text: str, quote: str) -> str:
    """`text` between `quote`s, with everything a reader could not see written as an escape."""
    return quote + "".join(_escape_one(character, quote) for character in text) + quote


def _escape_one(character: str, quote: str) -> str:
    if character == quote:
        return "\\" + quote
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def write_symbol(name: str) -> str:
    """`available`, or `'in use'` when the name is not a plain one."""
    return name if PLAIN_NAME.match(name) and name not in _RESERVED else escape(name, "'")


def write_string(text: str) -> str:
    return escape(text, '"')


def write_number(number: int | float) -> str:
    """Integral floats print as integers, because they are the same value."""
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return repr(number)
