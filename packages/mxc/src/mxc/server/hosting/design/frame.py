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
    group: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """An organisation that whoever looks belongs to."""

    id: str
    name: str
    role: str
    is_here: bool


@contextmanager
def frame(
    menu: Sequence[MenuEntry], *, path: str, who: str, role: str, places: Sequence[Standing] = ()
) -> Iterator[ui.element]:
    """Draws everything around a page; yields where the page goes."""
    with_attributes(text("Skip to content", "m-skip", tag="a"), href="#content")
    with box("m-frame"):
        with with_attributes(box("m-menu", tag="nav"), aria_label="Main"):
            _brand()
            for each in menu:
                if not each.group:
                    _entry(each, is_here=_is_here(each.path, path))
            with with_attributes(box("m-menu-rest"), id="menu-rest"):
                _groups([each for each in menu if each.group], path)
                _switcher(places)
                _foot(who, role)
            _more()
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


def _groups(menu: Sequence[MenuEntry], path: str) -> None:
    """What is behind a heading, one per group; only the group of this page starts open."""
    for group in dict.fromkeys(each.group for each in menu):
        entries = [each for each in menu if each.group == group]
        is_open = any(_is_here(each.path, path) for each in entries)
        with with_attributes(box("m-menu-group", tag="details"), open=is_open or None, data_group=group):
            with box("m-menu-heading", tag="summary"):
                text(group, tag="span")
                icon("expand_more")
            for each in entries:
                _entry(each, is_here=_is_here(each.path, path))


def _more() -> None:
    """On a phone, what has no room below is behind this."""
    made = with_attributes(
        box("m-menu-item m-button m-plain m-menu-more", tag="button"),
        type="button", data_menu_switch="", aria_controls="menu-rest", aria_expanded="false",
    )  # fmt: skip
    with made:
        icon("menu")
        text("More", tag="span")


def _switcher(places: Sequence[Standing]) -> None:
    """The organisation looked at, and the way to the others; nothing where there is only one."""
    here = next((each for each in places if each.is_here), None)
    if here is None or len(places) < 2:
        return
    with box("m-menu-group m-switcher", tag="details"):
        with with_attributes(box("m-menu-heading", tag="summary"), aria_label=f"Organisation: {here.name}"):
            text(here.name, "m-strong", tag="span")
            icon("unfold_more")
        for each in places:
            if not each.is_here:
                _way_to(each)


def _way_to(place: Standing) -> None:
    with (
        with_attributes(box("m-leave", tag="form"), method="post", action=f"/tenants/switch/{place.id}"),
        with_attributes(box("m-menu-item m-button m-plain", tag="button"), type="submit"),
    ):
        icon("apartment")
        text(place.name, "m-cut", tag="span")
        text(place.role, "m-quiet m-small", tag="span")


def _is_here(entry: str, path: str) -> bool:
    return path == entry if entry == "/" else path == entry or path.startswith(f"{entry}/")


def _foot(who: str, role: str) -> None:
    with box("m-menu-foot"):
        with with_attributes(box("m-who", tag="a"), href="/profile", title="Your profile"):
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
