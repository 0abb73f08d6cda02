"""Which compiled plans were made for how many rows: when a relation has grown or shrunk tenfold, those that
read it are made again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias

from datalox.store.relation import Relation

Forget: TypeAlias = "Callable[[], object]"


class Plans:
    """relation -> how to forget the plans that read it."""

    def __init__(self) -> None:
        self._forgets: dict[str, list[Forget]] = {}

    def keep(self, relations: Iterable[str], forget: Forget) -> None:
        for name in relations:
            self._forgets.setdefault(name, []).append(forget)

    def moved(self, relation: Relation) -> None:
        """The number of rows has changed tenfold."""
        for forget in self._forgets.pop(relation.name, ()):
            forget()

    def copy(self) -> dict[str, list[Forget]]:
        return {name: list(forgets) for name, forgets in self._forgets.items()}

    def add(self, others: dict[str, list[Forget]]) -> None:
        for name, forgets in others.items():
            known = self._forgets.setdefault(name, [])
            known += [forget for forget in forgets if forget not in known]

    def prune(self, owners: Collection[int]) -> None:
        """Drop the plans of whoever is not among these objects, given by their ids."""
        for name, forgets in self._forgets.items():
            self._forgets[name] = [f for f in forgets if id(getattr(f, "__self__", None)) in owners]
