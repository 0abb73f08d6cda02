"""Python source under construction: lines, indentation, and the names it refers to."""

from __future__ import annotations

import keyword
import linecache
import weakref
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from datalox.compile.semantics import LARGEST, fault_kind, ordered
from datalox.plan.core import CoreRule
from datalox.terms import Symbol, Value

ARITHMETIC_ERRORS = (TypeError, ZeroDivisionError, OverflowError, ValueError)
ONCE = (None,)
BIG = 1e12

TAKEN = frozenset({"ARITHMETIC_ERRORS", "BIG", "LARGEST", "LEAST", "ONCE", "TypeError"})
"""Capitalised names that generated code itself uses."""


class Source:
    """The text of one function and its global names. `escape` is what leaves the current binding."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0
        self.names: dict[str, Any] = {
            "ARITHMETIC_ERRORS": ARITHMETIC_ERRORS,
            "BIG": BIG,
            "LARGEST": LARGEST,
            "LEAST": -LARGEST,
            "ONCE": ONCE,
            "fault_kind": fault_kind,
            "ordered": ordered,
        }
        self._temporaries = 0
        self._head = 0

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def comment(self, text: str) -> None:
        for part in text.splitlines():
            self.line("# " + part.rstrip())

    def heading(self, text: str) -> None:
        """Another comment above the function."""
        parts = [("# " + part).rstrip() for part in text.splitlines()]
        self.lines[self._head : self._head] = parts
        self._head += len(parts)

    def open(self, text: str) -> None:
        self.line(text)
        self.depth += 1

    def close(self) -> None:
        self.depth -= 1

    def temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    def name(self, wanted: str, value: Any) -> str:
        """A global name for `value`, `wanted` or a variation of it."""
        clean = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in wanted)
        candidate, number = clean, 1
        while candidate in self.names and self.names[candidate] is not value:
            number += 1
            candidate = f"{clean}_{number}"
        self.names[candidate] = value
        return candidate

    def constant(self, value: Value) -> str:
        """The expression of a constant."""
        if isinstance(value, (int, float)):
            return repr(value) if value >= 0 else f"({value!r})"
        prefix = "symbol" if isinstance(value, Symbol) else "string"
        return self.name(f"{prefix}_{value}"[:40], value)

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def build(self, function: str, label: str) -> Callable[..., Any]:
        """Compile the text and return the function in it; its source is what tracebacks and `inspect`
        show."""
        text = self.text()
        digest = blake2b(text.encode(), digest_size=6).hexdigest()
        file = f"<datalox {label} {digest}>"
        exec(compile(text, file, "exec"), self.names)
        built: Callable[..., Any] = self.names.pop(function)
        _show(file, text, built)
        return built


_SHOWN: Counter[str] = Counter()
"""How many functions there are of each file that is shown."""


def _show(file: str, text: str, function: Callable[..., Any]) -> None:
    """Let the text be found while the function is there."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    _SHOWN[file] += 1
    weakref.finalize(function, _hide, file).atexit = False


def _hide(file: str) -> None:
    _SHOWN[file] -= 1
    if not _SHOWN[file]:
        del _SHOWN[file]
        linecache.cache.pop(file, None)


def python_name(variable: str) -> str:
    """The Python name of a rule's variable: its own wherever possible."""
    plain = variable.isidentifier() and variable.isascii() and not keyword.iskeyword(variable)
    if plain and variable not in TAKEN:
        return variable
    return "v_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c)}_" for c in variable)


def heading(source: Source, rule: CoreRule) -> None:
    """The rule's own text, as comment."""
    source.heading(rule.text or rule.label)
