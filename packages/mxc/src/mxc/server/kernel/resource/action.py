"""Actions: the named things that may be done to a row. A method's signature is its argument schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from inspect import getdoc
from types import MappingProxyType
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, overload

from mxc.server.kernel.errors import Conflict

R = TypeVar("R")
P = ParamSpec("P")
T = TypeVar("T")

Kind = Literal["create", "upsert", "update", "act"]
Moves = Mapping[StrEnum, StrEnum]
NO_MOVES: Moves = MappingProxyType({})


def _nothing(row: object) -> None:
    """The body of an action that changes nothing by itself."""


@dataclass(frozen=True, slots=True)
class Action(Generic[R, P]):
    """One verb of a resource: `Workload.stop` as a value; `workload.stop(…)` runs it on a row in memory.

    `moves` maps each state the action may start from to the state it leads to; empty means any state.
    `reaches_deleted`: also rows that were deleted and can be restored.
    """

    name: str
    help: str
    kind: Kind = "act"
    function: Callable[..., None] = field(default=_nothing, repr=False, compare=False)
    moves: Moves = field(default_factory=lambda: NO_MOVES, repr=False, compare=False)
    internal: bool = False
    removes: bool = False
    reaches_deleted: bool = False
    owner: type[Any] | None = None

    @overload
    def __get__(self, instance: None, owner: type[T]) -> "Action[T, P]": ...
    @overload
    def __get__(self, instance: object, owner: type[Any]) -> Callable[P, None]: ...
    def __get__(self, instance: object | None, owner: type[Any]) -> Any:
        if instance is None:
            return replace(self, owner=owner)
        return partial(replace(self, owner=owner).run, instance)

    @property
    def resource(self) -> type[Any]:
        """The resource this action was read from."""
        if self.owner is None:
            raise TypeError(f"action {self.name!r} was not read from a resource: write Resource.{self.name}")
        return self.owner

    @property
    def has_body(self) -> bool:
        """Was a method written for it? Otherwise a document of columns is all it takes."""
        return self.function is not _nothing

    @property
    def permission(self) -> str:
        """`<plural>.<action>`."""
        return f"{self.resource.__tablename__}.{self.name}"

    def run(self, row: Any, /, *args: Any, **kwargs: Any) -> None:
        """Moves the row's state, then runs the method; Conflict, naming what is allowed, when it may not."""
        if self.moves:
            column = self.resource.lifecycle.column
            setattr(row, column, self.target(row, getattr(row, column)))
        self.function(row, *args, **kwargs)

    def target(self, row: Any, current: StrEnum) -> StrEnum:
        """The state `current` leads to; Conflict when this action may not start there."""
        if current in self.moves:
            return self.moves[current]
        actions = allowed_actions(self.resource, current)
        raise Conflict(
            f"cannot {self.name} a {self.resource.__name__.lower()} that is {current.value}",
            code="transition-refused",
            hint=f"from {current.value} it can: {', '.join(actions) or 'nothing'}",
            details={
                "status": current.value,
                "allowed": actions,
                "from": sorted(state.value for state in self.moves),
            },
        )


def actions_of(resource: type[Any]) -> dict[str, Action[Any, ...]]:
    """Every action of a resource by name, inherited ones included; None on a class takes one away.

    Rows that are known by nothing but their id cannot be upserted.
    """
    found: dict[str, Action[Any, ...]] = {}
    for parent in reversed(resource.__mro__):
        for name, value in vars(parent).items():
            if isinstance(value, Action):
                found[name] = replace(value, owner=resource)
            elif name in found:
                del found[name]
    if not resource.identities:
        found.pop("upsert", None)
    return found


def allowed_actions(resource: type[Any], state: StrEnum) -> list[str]:
    """The names of the public transitions that may start in `state`."""
    actions = actions_of(resource).values()
    return sorted(each.name for each in actions if state in each.moves and not each.internal)


@overload
def action(function: Callable[Concatenate[R, P], None], /) -> Action[R, P]: ...
@overload
def action(
    *, internal: bool = False, removes: bool = False, reaches_deleted: bool = False
) -> Callable[[Callable[Concatenate[R, P], None]], Action[R, P]]: ...
def action(
    function: Callable[..., None] | None = None,
    /,
    *,
    internal: bool = False,
    removes: bool = False,
    reaches_deleted: bool = False,
) -> Any:
    """Makes a method an action. `internal`: only the system and agents may; `removes`: the row goes away."""

    def declare(method: Callable[..., None]) -> Action[Any, ...]:
        return _declared(method, NO_MOVES, internal, removes, reaches_deleted)

    return declare if function is None else declare(function)


@overload
def transition(
    moves: Mapping[Any, Any], /, *, internal: bool = False, removes: bool = False
) -> Callable[[Callable[Concatenate[R, P], None]], Action[R, P]]: ...
@overload
def transition(
    *sources: StrEnum, to: StrEnum, internal: bool = False, removes: bool = False
) -> Callable[[Callable[Concatenate[R, P], None]], Action[R, P]]: ...
def transition(
    *sources: Any, to: StrEnum | None = None, internal: bool = False, removes: bool = False
) -> Any:
    """Makes a method an action that moves the row; the body already sees the new state.

    `@transition(A, B, to=C)` moves from either to C; `@transition({A: B, B: C})` says each move by itself.
    """
    given = dict(sources[0]) if to is None else dict.fromkeys(sources, to)
    frozen: Moves = MappingProxyType(given)
    return lambda method: _declared(method, frozen, internal, removes)


def creation(
    *,
    internal: bool = False,
    help: str = "Make a new one.",  # noqa: A002 (it is what the declaration reads like)
) -> Action[Any, ...]:
    """How rows come to be: from a document of the writable columns."""
    return Action(name="create", help=help, kind="create", internal=internal)


def upsertion(
    *,
    internal: bool = False,
    help: str = "Make a new one, or change the one that is known by the same identity.",  # noqa: A002
) -> Action[Any, ...]:
    """How a row comes to be or changes, whichever it takes: from a document of the writable columns."""
    return Action(name="upsert", help=help, kind="upsert", internal=internal)


def edition(
    *,
    internal: bool = False,
    help: str = "Change some of its columns.",  # noqa: A002 (it is what the declaration reads like)
) -> Action[Any, ...]:
    """How columns change without an action of their own: from a document of the editable columns."""
    return Action(name="update", help=help, kind="update", internal=internal)


def removal(
    *,
    internal: bool = False,
    help: str = "Remove it.",  # noqa: A002 (it is what the declaration reads like)
) -> Action[Any, ...]:
    """How a row goes away when its resource does not say otherwise."""
    return Action(name="delete", help=help, internal=internal, removes=True)


def purge() -> Action[Any, ...]:
    """How the row itself goes away where `delete` only asks for it."""
    help_text = "Remove the row for good."
    return Action(name="purge", help=help_text, internal=True, removes=True, reaches_deleted=True)


def _declared(
    function: Callable[Concatenate[R, P], None],
    moves: Moves,
    internal: bool,
    removes: bool,
    reaches_deleted: bool = False,
) -> Action[R, P]:
    name, help_text = function.__name__, getdoc(function) or ""
    kind: Kind = "create" if name == "create" else "update" if name == "update" else "act"
    return Action(name, help_text, kind, function, moves, internal, removes, reaches_deleted)
