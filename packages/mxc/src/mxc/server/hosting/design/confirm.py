"""Confirm with consequences: says what will happen before the button arms."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from mxc.server.hosting.design.markup import box, button, text, with_attributes


async def confirm(title: str, consequences: Sequence[str], *, verb: str, danger: bool = True) -> bool:
    """Asks; True when the person pressed the button that says `verb`."""
    with ui.dialog() as dialog, with_attributes(box("m-dialog"), role="document", aria_label=title):
        with box("m-dialog-body"):
            text(title, tag="h2")
            with box("m-stack", tag="ul"):
                for each in consequences:
                    text(each, tag="li")
        with box("m-dialog-foot"):
            button("Keep", lambda: dialog.submit(False), "m-plain")
            button(verb, lambda: dialog.submit(True), "m-danger" if danger else "m-primary")
    answer = await dialog
    dialog.delete()
    return answer is True


def asks_first(
    title: str,
    consequences: Callable[[], Sequence[str] | Awaitable[Sequence[str]]],
    verb: str,
    then: Callable[[], Awaitable[None]],
) -> Callable[[], Awaitable[None]]:
    """A click handler that confirms, then does it; the consequences may take a moment to find out."""

    async def clicked() -> None:
        found = consequences()
        told = await found if isinstance(found, Awaitable) else found
        if await confirm(title, told, verb=verb):
            await then()

    return clicked
