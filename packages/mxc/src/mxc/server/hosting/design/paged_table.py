"""A table of any length: the server searches, filters and sorts; the browser holds what it saw."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

from nicegui import ui

from mxc.server.hosting.design.data_table import Column, RowData

Query: TypeAlias = Mapping[str, str]
LONGEST: Final = 4000


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list can be narrowed by: `operators` are (suffix of the parameter, words)."""

    name: str
    label: str
    kind: str
    operators: tuple[tuple[str, str], ...]
    choices: tuple[str, ...] = ()
    is_chip: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """What can be done to the rows that are selected."""

    name: str
    label: str
    danger: bool
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, where to go on (empty at the end), how many there are, and per value of the chips."""

    rows: Sequence[RowData]
    following: str
    total: int
    is_more: bool
    counts: Mapping[str, int]
    complaint: str = ""


class PagedTable(ui.element, component="browser/paged_table.js", dependencies=["browser/rows_in_view.js"]):
    """`want(query)` gives a page; `act(deed, ids)` is called for the rows selected.

    The page's URL carries the query, in the same words; `export` is where the same rows are as a file.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        first: Page,
        query: Query,
        *,
        noun: str,
        one: str,
        sortable: Sequence[str],
        order: str,
        narrowings: Sequence[Narrowing],
        deeds: Sequence[Deed],
        export: str,
        want: Callable[[Query], Awaitable[Page]],
        act: Callable[[str, Sequence[str]], Awaitable[None]],
    ) -> None:
        super().__init__()
        self._want = want
        self._act = act
        self.query = dict(query)
        self.props["columns"] = [asdict(each) for each in columns]
        self.props["first"] = _plain(first)
        self.props["query"] = self.query
        self.props["noun"] = noun
        self.props["one"] = one
        self.props["sortable"] = list(sortable)
        self.props["order"] = order
        self.props["narrowings"] = [asdict(each) for each in narrowings]
        self.props["deeds"] = [asdict(each) for each in deeds]
        self.props["exported"] = export
        self.on("want", lambda event: self._wanted(event.args))
        self.on("act", lambda event: self._acted(event.args))

    def put(self, now: Page, gone: Sequence[str]) -> None:
        """Changes the rows it holds in place, takes some away, and says how many others there are now."""
        self.run_method("put", _plain(now), list(gone))

    def again(self) -> None:
        """Reads the list from its beginning."""
        self.run_method("again")

    async def _wanted(self, asked: Any) -> None:
        ticket, query = _asked(asked)
        if "cursor" not in query:
            self.query = dict(query)
        page = await self._want(query)
        self.run_method("got", ticket, _plain(page))

    async def _acted(self, asked: Any) -> None:
        deed, ids = str(asked.get("deed", "")), asked.get("ids", [])
        await self._act(deed, [str(each) for each in ids] if isinstance(ids, list) else [])


def _asked(asked: Any) -> tuple[int, dict[str, str]]:
    """What a browser sent, which may be anything."""
    given = asked.get("query", {}) if isinstance(asked, dict) else {}
    query = {str(name): str(text) for name, text in given.items()} if isinstance(given, dict) else {}
    ticket = asked.get("ticket", 0) if isinstance(asked, dict) else 0
    short = {name: text for name, text in query.items() if len(text) <= LONGEST}
    return (ticket if isinstance(ticket, int) else 0), short


def _plain(page: Page) -> dict[str, Any]:
    return {
        "rows": [dict(row) for row in page.rows],
        "next": page.following,
        "total": page.total,
        "more": page.is_more,
        "counts": dict(page.counts),
        "complaint": page.complaint,
    }
