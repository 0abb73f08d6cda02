"""`@when("can_restart")`: what to do once something is derived. The file's presence is its registration."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any, TypeAlias

Effect: TypeAlias = Callable[..., Awaitable[None]]
AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Reaction:
    """Runs `effect(situation, *row)` for every row of `predicate` that held for `settle`.

    It may run twice for one row, and that must not matter. While a row still holds it runs again when an
    answer of one of `wakes` may have changed.
    """

    name: str
    predicate: str
    effect: Effect = field(repr=False)
    settle: timedelta = AT_ONCE
    wakes: tuple[str, ...] = ()


def when(
    predicate: str, *, settle: timedelta = AT_ONCE, wakes: Iterable[str] = ()
) -> Callable[[Effect], Reaction]:
    """Makes an async function a reaction; its name is the function's."""

    def declare(effect: Effect) -> Reaction:
        name: Any = getattr(effect, "__name__", predicate)
        return Reaction(name, predicate, effect, settle, tuple(wakes))

    return declare


def reactions_in(modules: Iterable[ModuleType]) -> tuple[Reaction, ...]:
    """Every reaction declared in these modules, by name."""
    found = {
        (module.__name__, value.name): value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Reaction)
    }
    return tuple(found[key] for key in sorted(found))
