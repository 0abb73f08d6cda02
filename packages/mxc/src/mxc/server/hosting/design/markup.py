"""Plain marked-up text: what every component is made of. Content is always text, never HTML."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from nicegui import context, ui
from nicegui.elements.mixins.text_element import TextElement

E = TypeVar("E", bound=ui.element)


def box(classes: str = "", tag: str = "div") -> ui.element:
    """An empty element to put others into; use it as a context manager."""
    return ui.element(tag).classes(classes)


def text(content: object, classes: str = "", tag: str = "div") -> TextElement:
    """An element that holds only text."""
    return TextElement(tag=tag, text=str(content)).classes(classes)


def link(content: object, href: str, classes: str = "m-link") -> TextElement:
    """A link to a page of ours; paths are built by us from ids, never from free text."""
    return with_attributes(text(content, classes, tag="a"), href=href)


def with_attributes(element: E, **attributes: object) -> E:
    """Sets HTML attributes as values, never parsed as `props(...)` would. `aria_label` is `aria-label`."""
    for name, value in attributes.items():
        element.props[name.rstrip("_").replace("_", "-")] = value
    return element


def icon(name: str, classes: str = "") -> TextElement:
    """A decorative sign of the bundled icon font."""
    return with_attributes(
        text(name, f"material-icons-outlined m-icon {classes}", tag="i"), aria_hidden="true"
    )


def button(label: str, on_click: Any, classes: str = "", sign: str = "", title: str = "") -> ui.element:
    """A push button; `m-primary`, `m-danger` and `m-plain` are its looks."""
    with with_attributes(box(f"m-button {classes}", tag="button"), type="button") as made:
        if sign:
            icon(sign)
        if label:
            text(label, tag="span")
    if title:
        with_attributes(made, title=title, aria_label=title)
    return made.on("click", _steady(on_click), args=[])


def _steady(on_click: Callable[[], Any]) -> Callable[[], Awaitable[None]]:
    """Runs it in the page, not beside the button: what is opened stays when the button is drawn anew."""

    async def clicked() -> None:
        with context.client:
            done = on_click()
            if isinstance(done, Awaitable):
                await done

    return clicked
