"""One resource as its derived pages see it: its words, its paths, its columns, what names a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement

from mxc.server.hosting.core import Core
from mxc.server.hosting.display import Display
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.page import PAGES
from mxc.server.hosting.request import Call
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.resource import Field, Global, Journal, Resource, Spec

NAMING: Final = ("name", "label", "title", "email", "hostname", "display_name", "subject")
MOST_COLUMNS: Final = 6
SHORT: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """`exposure` and `display` are what its domain says of it; `domain` is the folder that declares it."""

    spec: Spec
    exposure: Exposure
    display: Display
    domain: str

    @property
    def path(self) -> str:
        """Where its list is; the same name as in the API."""
        return f"/{self.exposure.path or self.spec.plural.replace('_', '-')}"

    @property
    def noun(self) -> str:
        """One of them, in words."""
        return self.display.noun or self.spec.name.replace("_", " ")

    @property
    def about(self) -> str:
        """What they are, for people."""
        return self.display.hint or self.spec.help.split("\n\n")[0].replace("`", "").replace("\n", " ")

    @property
    def nouns(self) -> str:
        """Several, in words."""
        words = self.display.title or self.spec.plural.replace("_", " ")
        return words if words.isupper() else words[:1].lower() + words[1:] if words[1:2].islower() else words

    @property
    def title(self) -> str:
        """What the menu and the head of the list call them."""
        return self.display.title or self.nouns[:1].upper() + self.nouns[1:]

    @property
    def is_installation(self) -> bool:
        """Whether it is of the installation as a whole, and only who administers that may see all."""
        return self.spec.is_platform or issubclass(self.spec.resource, Global)

    @property
    def is_journal(self) -> bool:
        """Whether its rows only tell what happened."""
        return issubclass(self.spec.resource, Journal)

    @property
    def is_exposed(self) -> bool:
        """Whether the API has it under this path."""
        return issubclass(self.spec.resource, Resource)

    def href(self, row_id: UUID | str) -> str:
        """Where one row's page is."""
        return f"{self.path}/{row_id}"

    @property
    def has_pages(self) -> bool:
        """Whether rows have a page each, of whoever made it."""
        return f"{self.path}/{{id}}" in PAGES

    def visible(self, core: Core, actor: Actor) -> list[ColumnElement[bool]]:
        """Which rows of the tenant this person sees."""
        own = self.display.visible(core, actor) if self.display.visible is not None else None
        return [each for each in (self.exposure.seen_by(Call(core, actor)), own) if each is not None]

    @property
    def naming(self) -> str:
        """The column a row is called by; its id where nothing better is there."""
        names = {each.name: each for each in self.spec.fields}
        called = self.spec.resource.called
        candidates = [*([called] if called else []), *NAMING]
        return next((each for each in candidates if each in names and not is_hidden(names[each])), "id")

    def name_of(self, values: Mapping[str, Any]) -> str:
        """What a row is called, given its document."""
        found = values.get(self.naming)
        return str(found) if found and self.naming != "id" else f"{self.noun} {str(values['id'])[:SHORT]}"

    @property
    def columns(self) -> Sequence[str]:
        """What the list shows, the naming column first."""
        stated = [each for each in self.spec.listing.columns if self.is_shown(each)]
        if not stated:
            stated = [each.name for each in self.spec.fields if _tells_apart(each)][: MOST_COLUMNS - 1]
            stated += ["created_at"] if self.has("created_at") else []
        naming = self.naming
        if naming == "id":
            return stated
        return [naming, *(each for each in stated if each != naming)]

    def is_shown(self, name: str) -> bool:
        """Whether documents hold it."""
        return name in self.spec.computed or (self.has(name) and not is_hidden(self.spec.field(name)))

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return any(each.name == name for each in self.spec.fields)

    @property
    def status(self) -> str:
        """The column or computed field that tells the state; empty when there is none."""
        if "status" in self.spec.computed:
            return "status"
        return self.spec.lifecycle.column if self.spec.lifecycle else ""


def is_hidden(field: Field) -> bool:
    """What no document holds."""
    return field.is_secret or field.name == "tenant_id" or bool(field.blind_of)


BOOKKEEPING: Final = frozenset({"id", "tenant_id", "created_at", "updated_at", "revision", "deleted_at"})


def _tells_apart(field: Field) -> bool:
    is_long = field.kind in {"json", "labels", "strings", "text"}
    return field.name not in BOOKKEEPING and not is_hidden(field) and not field.is_masked and not is_long


class Subjects:
    """All of them, by plural."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._by_plural = {each.spec.plural: each for each in subjects}

    def __iter__(self) -> Any:
        return iter(self._by_plural.values())

    def get(self, plural: str) -> Subject | None:
        """That of a table, if it has pages."""
        return self._by_plural.get(plural)
