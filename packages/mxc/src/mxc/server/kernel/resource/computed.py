"""Computed fields: properties that documents show and facts use; in SQL, lists filter and sort by them."""

from collections.abc import Callable
from typing import Any, TypeAlias, overload

from sqlalchemy import ColumnElement

Expression: TypeAlias = Callable[[Any, Any], ColumnElement[Any]]
"""(resource, now) → the same value in SQL; `now` is an expression, too."""


class Computed(property):
    """A property that documents show and facts may use; `expression` is None when only Python can say it."""

    def __init__(self, getter: Callable[[Any], Any], expression: Expression | None = None) -> None:
        super().__init__(getter)
        self.expression = expression


@overload
def computed(function: Callable[[Any], Any], /) -> Computed: ...
@overload
def computed(*, sql: Expression) -> Callable[[Callable[[Any], Any]], Computed]: ...
def computed(function: Callable[[Any], Any] | None = None, /, *, sql: Expression | None = None) -> Any:
    """Shows a property in documents; `self.now` inside is the time the document is made for.

    `sql` says the same to PostgreSQL: `sql=lambda node, now: node.last_seen_at > now - timedelta(minutes=5)`.
    """
    if function is not None:
        return Computed(function)
    return lambda getter: Computed(getter, sql)
