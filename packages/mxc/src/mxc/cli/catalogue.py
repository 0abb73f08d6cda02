"""What the API offers, as it last said: kept for each API, asked for again when an answer says it changed.

Every answer names the catalogue that is in force. One that names another makes ours stale, and the next
command that needs it asks anew: a command never asks just to be sure.
"""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from mxc.cli.api import Api
from mxc.cli.failures import Failure

Document = Mapping[str, Any]
FORMAT: Final = 1
PATIENCE_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that may be done; `kind` is list, show, create, update, delete, act or read.

    `many` says that the API does it to many rows in one request.
    """

    name: str
    kind: str
    help: str = ""
    removes: bool = False
    inputs: tuple[Document, ...] = ()
    filters: tuple[Document, ...] = ()
    is_sortable: bool = False
    most: int = 0
    selector: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of thing: where it is below /api, its name, its verbs as the command line has them."""

    path: str
    name: str
    help: str
    verbs: Mapping[str, Verb]
    table: str = ""
    columns: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    called: str = ""
    state: str = ""

    @property
    def noun(self) -> str:
        """Its singular in words."""
        return self.name.replace("_", " ")

    @property
    def plural(self) -> str:
        """Several of them in words."""
        return self.path.replace("-", " ")


@dataclass(frozen=True)
class Catalogue:
    """The document, read as far as it is asked for."""

    document: Document

    @cached_property
    def resources(self) -> Mapping[str, Document]:
        """Path → what is said of it."""
        return {str(each["path"]): each for each in self.document["resources"]}

    def offer(self, path: str) -> Offer | None:
        """What is offered there."""
        found = self.resources.get(path)
        return None if found is None else _offer(found)

    def offer_of(self, table: str) -> Offer | None:
        """What is offered of the rows of that table."""
        found = next((each for each in self.resources.values() if each.get("table") == table), None)
        return None if found is None else _offer(found)


def _offer(said: Document) -> Offer:
    verbs = (_verb(each) for each in said["verbs"])
    names = ("path", "name", "help", "table", "called", "state")
    said_of_it: dict[str, Any] = {name: str(said.get(name, "")) for name in names}
    said_of_it |= {name: tuple(said.get(name, ())) for name in ("columns", "fields")}
    return Offer(verbs={each.name.replace("_", "-"): each for each in verbs}, **said_of_it)


def _verb(said: Document) -> Verb:
    known = {name: value for name, value in said.items() if name in Verb.__dataclass_fields__}
    many = {name: tuple(said.get(name, ())) for name in ("inputs", "filters")}
    return Verb(**(known | many))


def folder(environment: Mapping[str, str]) -> Path:
    """Where catalogues are kept: `$XDG_CACHE_HOME/mxc`, by default below `~/.cache`."""
    root = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "mxc"


@dataclass(frozen=True)
class Shelf:
    """The kept catalogue of one API: the document, and beside it the name it had; without one it is stale."""

    url: str
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @property
    def _document(self) -> Path:
        return folder(self.environment) / f"catalogue-{sha256(self.url.encode()).hexdigest()[:16]}.json"

    @property
    def _name(self) -> Path:
        return self._document.with_suffix(".name")

    def kept(self) -> Catalogue | None:
        """The last one, stale or not."""
        try:
            document = json.loads(self._document.read_text(encoding="utf-8"))["data"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Catalogue(document) if document.get("format") == FORMAT else None

    @property
    def is_fresh(self) -> bool:
        """Has no answer named another since it was fetched?"""
        return self._name.exists()

    def notice(self, name: str) -> None:
        """An answer named the catalogue that is in force."""
        with suppress(OSError):
            if self._name.read_text(encoding="utf-8") != name:
                self._name.unlink()

    def fetch(self, api: Api) -> Catalogue | None:
        """Ask for it. Raises Failure when nobody answers; None when the API is older than catalogues."""
        answer = api.get("/catalogue")
        data = answer.data
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            return None
        with suppress(OSError):
            self._keep(answer.text, answer.headers.get("etag", "").strip('"'))
        return Catalogue(data)

    def _keep(self, text: str, name: str) -> None:
        self._document.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, content in ((self._document, text), (self._name, name)):
            draft = path.with_suffix(f".{os.getpid()}")
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content)
            draft.replace(path)


@dataclass(frozen=True)
class Offered:
    """The catalogue of one API, from the shelf while it is fresh, else from the API.

    `reach` gives the API as a command that runs needs it, in the partition that was chosen.
    """

    api: Api
    shelf: Shelf
    reach: Callable[[], Api]

    @cached_property
    def _fresh(self) -> Catalogue | None:
        return self.shelf.kept() if self.shelf.is_fresh else None

    @cached_property
    def _fetched(self) -> Catalogue | None:
        return self.shelf.fetch(self.api)

    @cached_property
    def soon(self) -> Catalogue | None:
        """What a page of help shows: what we have must do when the API does not answer soon."""
        if self._fresh is not None:
            return self._fresh
        with suppress(Failure):
            return self.shelf.fetch(Api(self.api.context, PATIENCE_S))
        return self.shelf.kept()

    def current(self) -> Catalogue | None:
        """All of it. Raises Failure when it is not here and nobody answers."""
        return self._fresh or self._fetched

    def offer(self, path: str, verb: str = "") -> Offer | None:
        """What is offered there, and has that verb. Asks the API when we know of none. Raises Failure."""
        found = self._fresh.offer(path) if self._fresh else None
        if found is not None and (not verb or verb in found.verbs):
            return found
        return self._fetched.offer(path) if self._fetched else found

    def glimpse(self, path: str) -> Offer | None:
        """What is offered there, for a page of help."""
        return self.soon.offer(path) if self.soon else None
