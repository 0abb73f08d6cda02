"""The data table: search, chips, sort and keys in the browser; rows arrive once and then change by deltas."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from nicegui import ui

RowData: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `wide` ones are left out on narrow screens. A status column holds `Status.cell()`s."""

    key: str
    label: str
    kind: Literal["text", "code", "status", "time"] = "text"
    width: str = ""
    right: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter: shows the rows whose `tags` hold `key`, and how many they are."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Ordering:
    """How the table is sorted until somebody says otherwise."""

    key: str
    down: bool = False


class DataTable(ui.element, component="browser/data_table.js", dependencies=["browser/rows_in_view.js"]):
    """Rows are JSON with `id`, and optionally `href`, `tags`, `search` (found but not shown) and `under`.

    A cell is text, a number, a status, an ISO time, or `{text, rank}` where it sorts otherwise than it reads.
    With `keep` the page's URL carries what is searched, filtered and sorted.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Iterable[RowData],
        *,
        noun: str,
        chips: Sequence[Chip] = (),
        order: Ordering | None = None,
        keep: bool = False,
    ) -> None:
        super().__init__()
        self.props["columns"] = [asdict(each) for each in columns]
        self.props["rows"] = [dict(row) for row in rows]
        self.props["chips"] = [asdict(each) for each in chips]
        self.props["noun"] = noun
        self.props["order"] = asdict(order) if order else None
        self.props["keep"] = keep

    def put(self, rows: Iterable[RowData]) -> None:
        """Adds rows, or changes those with the same id in place."""
        self.run_method("put", [dict(row) for row in rows])

    def drop(self, ids: Iterable[str]) -> None:
        """Takes rows away."""
        self.run_method("drop", list(ids))

    def fill(self, rows: Iterable[RowData]) -> None:
        """Makes the rows exactly these."""
        self.run_method("fill", [dict(row) for row in rows])


def cell(text: str, rank: float | str) -> dict[str, Any]:
    """A cell that reads one way and sorts another."""
    return {"text": text, "rank": rank}
