"""The head of a page about one thing: name, status, key facts, actions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from nicegui import ui

from mxc.server.hosting.design.markup import box, link, text
from mxc.server.hosting.design.panel import identifier
from mxc.server.hosting.design.status import Status, badge


@contextmanager
def entity_header(
    name: str,
    status: Status | None,
    *,
    identity: str,
    facts: Mapping[str, str],
    trail: Sequence[tuple[str, str]],
) -> Iterator[ui.element]:
    """Draws the head; buttons drawn inside the block stand at its right. `trail` is (label, path) upwards."""
    with box("m-entity"):
        with box("m-crumb", tag="nav").props("aria-label=Breadcrumb"):
            for label, path in trail:
                link(label, path)
                text("/", tag="span").props("aria-hidden=true")
            identifier(identity)
        with box("m-entity-line"):
            with box("m-entity-title"):
                text(name, tag="h1")
                with box("m-entity-facts"):
                    if status is not None:
                        badge(status)
                    for label, value in facts.items():
                        _fact(label, value)
            with box("m-row") as actions:
                yield actions


def _fact(label: str, value: str) -> None:
    with box(tag="span"):
        text(f"{label} ", tag="span")
        text(value, tag="b")
