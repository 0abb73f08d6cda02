"""How a resource looks on the pages derived for it, where derivation alone would not do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement

from mxc.server.hosting.core import Core
from mxc.server.hosting.page import Visit
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.resource import Action


@dataclass(frozen=True, slots=True)
class Done:
    """What is told of a thing done: a word, the row it is about, and a secret that is shown this once."""

    said: str
    row_id: UUID | None = None
    secret: str = ""
    secret_hint: str = ""


Do: TypeAlias = Callable[[Visit, Any, Mapping[str, Any]], Awaitable[Done]]
"""(visit, the row or None, what was filled in) → what to tell; raises what refuses it."""
Foresee: TypeAlias = Callable[[Visit, Any, Mapping[str, Any]], Awaitable[list[str]]]
"""(visit, the row or None, what was filled in) → what would come of it, a sentence each."""


Choices: TypeAlias = Callable[[Visit], Awaitable[list[tuple[str, str]]]]
"""What there is to choose from for a field: (value, label)."""


@dataclass(frozen=True, slots=True)
class Way:
    """An action that pages offer in the domain's own way; it takes the place of one of the same name.

    `asks` is the form; `permission` the action whose permission it needs; `foresee` tells what would follow.
    """

    name: str
    help: str
    permission: Action[Any, ...]
    do: Do
    asks: type[BaseModel] | None = None
    on: Literal["list", "row"] = "row"
    is_final: bool = False
    foresee: Foresee | None = None


@dataclass(frozen=True, slots=True)
class Display:
    """Found by its module: a page module's `display` attribute.

    `title` and `noun` are what people call them; `hint` says what they are and teaches on an empty list;
    `without` names the actions no page offers; `visible` says which rows of the tenant somebody sees.
    `foresee` tells, by action, what would come of it beside what is derived; `choices`, by field, what there
    is to choose from.
    """

    resource: type[Any]
    title: str = ""
    noun: str = ""
    icon: str = ""
    order: int = 100
    hint: str = ""
    without: frozenset[str] = frozenset()
    ways: tuple[Way, ...] = ()
    foresee: Mapping[str, Foresee] = field(default_factory=lambda: MappingProxyType({}))
    choices: Mapping[str, Choices] = field(default_factory=lambda: MappingProxyType({}))
    visible: Callable[[Core, Actor], ColumnElement[bool] | None] | None = None


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """What the menu calls a domain's derived pages: a page module's `menu_group` attribute."""

    title: str
    icon: str
    order: int = 100
