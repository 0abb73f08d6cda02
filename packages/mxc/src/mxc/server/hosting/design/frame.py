"""The page frame: menu, who is signed in, what the page is called, and a word when the connection is lost."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui

from mxc.server.hosting.design.markup import box, icon, link, text, with_attributes

KEYS = (
    ("/", "search this list"),
    ("j k", "down and up in a list"),
    ("enter", "open the selected row"),
    ("esc", "leave a field or a dialog"),
    ("?", "show or hide this"),
)


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the menu."""

    label: str
    path: str
    icon: str


@contextmanager
def frame(menu: Sequence[MenuEntry], *, path: str, who: str, role: str) -> Iterator[ui.element]:
    """Draws everything around a page; yields where the page goes."""
    with_attributes(text("Skip to content", "m-skip", tag="a"), href="#content")
    with box("m-frame"):
        with with_attributes(box("m-menu", tag="nav"), aria_label="Main"):
            _brand()
            for each in menu:
                _entry(each, is_here=_is_here(each.path, path))
            _foot(who, role)
        with box("m-grow"):
            with_attributes(box("m-offline"), role="alert")
            with with_attributes(box("m-main", tag="main"), id="content", tabindex="-1") as main:
                yield main
    _help()


@contextmanager
def page_head(title: str) -> Iterator[ui.element]:
    """The title of a list or an overview; buttons drawn inside stand at its right."""
    with box("m-head") as head:
        text(title, tag="h1")
        yield head


def _brand() -> None:
    with with_attributes(box("m-brand", tag="a"), href="/", aria_label="mxc, overview"):
        with_attributes(box("m-brand-mark", tag="span"), aria_hidden="true")
        text("mxc", tag="span")


def _entry(entry: MenuEntry, *, is_here: bool) -> None:
    with with_attributes(box("m-menu-item", tag="a"), href=entry.path) as shown:
        icon(entry.icon)
        text(entry.label, tag="span")
    if is_here:
        with_attributes(shown, aria_current="page")


def _is_here(entry: str, path: str) -> bool:
    return path == entry if entry == "/" else path == entry or path.startswith(f"{entry}/")


def _foot(who: str, role: str) -> None:
    with box("m-menu-foot"):
        with box("m-who"):
            with_attributes(text(who, "m-strong"), title=who)
            text(role, "m-quiet m-small")
        theme = with_attributes(
            box("m-menu-item m-button m-plain m-menu-theme", tag="button"),
            type="button", data_theme_switch="", aria_label="Switch between dark and light",
        )  # fmt: skip
        with theme:
            icon("contrast")
            text("Theme", tag="span")
        leave = with_attributes(box("m-leave", tag="form"), method="post", action="/logout")
        with (
            leave,
            with_attributes(
                box("m-menu-item m-button m-plain", tag="button"), type="submit", aria_label="Sign out"
            ),
        ):
            icon("logout")
            text("Sign out", tag="span")


def _help() -> None:
    with with_attributes(box("m-help", tag="dialog"), aria_label="Keys"):
        text("Keys", "m-help-title", tag="h2")
        with box("m-keys"):
            for keys, meaning in KEYS:
                with box("m-row"):
                    for key in keys.split():
                        text(key, tag="kbd")
                text(meaning)


def trail_link(label: str, path: str) -> None:
    """A quiet link beside a title."""
    link(label, path, "m-link m-small")
