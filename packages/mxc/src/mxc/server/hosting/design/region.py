"""A region of a page that is drawn again only when what it shows has changed."""

from collections.abc import Callable
from typing import Generic, TypeVar

from nicegui import ui

from mxc.server.hosting.design.markup import box

T = TypeVar("T")


class Region(Generic[T]):
    """Draws a value; equal values are drawn once. Scroll and selection outside of it stay."""

    def __init__(self, draw: Callable[[T], object], classes: str = "") -> None:
        self._draw = draw
        self._shown: list[T] = []
        self.element: ui.element = box(classes)

    def show(self, value: T) -> None:
        """Draws the value unless it is the one shown."""
        if self._shown == [value]:
            return
        is_first = not self._shown
        self._shown = [value]
        self.element.clear()
        if not is_first:
            self.element.classes(remove="m-changed")
            self.element.classes("m-changed")
        with self.element:
            self._draw(value)
