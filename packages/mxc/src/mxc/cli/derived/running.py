"""What a derived verb does: one call, or one for each row, and what is printed of the answers."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any, Final

import typer

from mxc.cli.api import Answer, Api, segment
from mxc.cli.catalogue import Catalogue, Offer, Verb
from mxc.cli.derived.many import Outcome, all_at_once, each_by_itself, report
from mxc.cli.derived.options import Body, given_to
from mxc.cli.derived.values import pairs
from mxc.cli.failures import USAGE, Failure
from mxc.cli.output import compact, facts, show, warn
from mxc.cli.tables import Rows, table
from mxc.cli.watch import present

Given = Mapping[str, Any]
PAST: Final[Mapping[str, str]] = {"update": "changed", "delete": "deleted"}
METHODS: Final[Mapping[str, str]] = {"update": "PATCH", "delete": "DELETE"}
WIDEST: Final = 8


@dataclass(frozen=True, slots=True)
class Running:
    """One verb of one resource against one API."""

    api: Api
    catalogue: Callable[[], Catalogue | None]
    offer: Offer
    verb: Verb

    def run(self, given: Given) -> None:
        """Does it and prints what came of it. Raises Failure."""
        kinds: Mapping[str, Callable[[Given], None]] = {
            "list": self._list,
            "show": self._show,
            "read": self._read,
            "create": self._create,
        }
        kinds.get(self.verb.kind, self._act)(given)

    @property
    def _path(self) -> str:
        return f"/{self.offer.path}"

    def _one(self, row: str) -> str:
        return f"{self._path}/{segment(row)}"

    def _list(self, given: Given) -> None:
        conditions = self.conditions(given)
        read = partial(self._pages, conditions, given.get("limit"))
        rows = self._rows(given.get("columns") or "", bool(conditions.keys() - {"sort"}))
        present(self.api, read, given["output"], rows, bool(given.get("watch")), self.offer.called)

    def conditions(self, given: Given) -> dict[str, str]:
        """The query that picks rows. Raises Failure for a name that the list does not know."""
        listed = self.verb_named("list")
        found = pairs(given.get("filter") or (), "--filter")
        for name in found:
            _refuse_unknown("--filter", name, [str(each["name"]) for each in listed.filters])
        body = Body(self.api, self.catalogue)
        for each in listed.filters:
            if self.verb.kind == "list" and (value := given_to(each, given)):
                found[str(each["name"])] = (
                    ",".join(value) if isinstance(value, list) else body.meant(each, value)
                )
        if given.get("selector"):
            found[listed.selector] = given["selector"]
        if given.get("sort"):
            found["sort"] = given["sort"]
        return found

    def verb_named(self, name: str) -> Verb:
        """Another verb of the same resource."""
        return self.offer.verbs.get(name) or Verb(name, name)

    def _pages(self, conditions: Mapping[str, str], limit: int | None) -> Answer:
        """One page when that is enough, which is the API's answer as it came; else all of them as one."""
        most = self.verb_named("list").most
        first = self.api.get(self._path, **conditions, limit=min(limit, most) if limit and most else None)
        if limit is None or limit <= most or not first.document.get("next"):
            return first
        rows, following = list(first.data), first.document.get("next")
        while following and len(rows) < limit:
            page = self.api.get(
                self._path, **conditions, limit=min(limit - len(rows), most), cursor=str(following)
            )
            rows, following = rows + page.data, page.document.get("next")
        return Answer(compact({"data": rows, "next": following}), first.headers)

    def _rows(self, wanted: str, is_picked: bool) -> Rows:
        """Those of the declaration, or those that are asked for. Raises Failure for one that is not there."""
        plural, every = self.offer.plural, ("id", *self.offer.fields)
        columns = tuple(filter(None, (name.strip() for name in wanted.split(","))))
        for name in columns:
            _refuse_unknown("--columns", name, every)
        empty = f"no {plural} are like that" if is_picked else f"no {plural} yet"
        if not is_picked and "create" in self.offer.verbs:
            empty += f": `mxc {self.offer.path} create --help` says how to make one"
        shown = columns or ("id", *(self.offer.columns or every[1:WIDEST]))
        return Rows(tuple(dict.fromkeys(shown)), columns or tuple(dict.fromkeys(every)), empty)

    def _show(self, given: Given) -> None:
        read = partial(self.api.get, self._one(given["row"]))
        first = tuple(filter(None, ("id", self.offer.called, self.offer.state)))
        present(
            self.api, read, given["output"], lambda data: facts(data, [n for n in first if n in data]),
            bool(given.get("watch")), self.offer.called,
        )  # fmt: skip

    def _read(self, given: Given) -> None:
        read = partial(self.api.get, f"{self._one(given['row'])}/{self.verb.name}")
        present(self.api, read, given["output"], _told, bool(given.get("watch")))

    def _create(self, given: Given) -> None:
        body = self._body(given)
        show(self.api.call("POST", self._path, body), given["output"], self._made, self.offer.called)

    def _body(self, given: Given) -> dict[str, Any]:
        return Body(self.api, self.catalogue).of(self.verb.inputs, given, self.verb.kind == "update")

    def _made(self, row: Any) -> str:
        told = f"{self.offer.noun} {self._name(row)} is made"
        return f"{told}\n{row['token']}" if row.get("token") else told

    def _name(self, row: Mapping[str, Any]) -> str:
        called = str(row.get(self.offer.called or "name") or "")
        return f"{called} ({row['id']})" if called else str(row.get("id", ""))

    def _act(self, given: Given) -> None:
        """On every row that is named or picked; one row's answer is printed as it is."""
        body, rows, output = self._body(given), list(dict.fromkeys(given["rows"])), given["output"]
        if self.verb.kind == "update" and not body:
            raise Failure("nothing to change was given", "give an option for each value to change", USAGE)
        picked = self.conditions(given)
        if bool(rows) == bool(picked):
            raise Failure(f"which {self.offer.plural}?", "name some, or pick them by --filter", USAGE)
        if len(rows) == 1:
            show(self._do(rows[0], body), output, partial(self._done, rows[0]), self.offer.called)
            return
        rows = rows or self._pick(picked, bool(given.get("yes")))
        report(self._outcomes(rows, body), len(rows), self._outcome, output, self.offer.called)

    def _outcomes(self, rows: Sequence[str], body: Mapping[str, Any]) -> Iterator[Outcome]:
        if self.verb.many:
            return all_at_once(self.api, self.offer, self.verb, rows, body)
        return each_by_itself(rows, lambda row: self._do(row, body))

    def _do(self, row: str, body: Mapping[str, Any]) -> Answer:
        method = METHODS.get(self.verb.kind, "POST")
        path = self._one(row) if method != "POST" else f"{self._one(row)}/{self.verb.name}"
        return self.api.call(method, path, dict(body) or None)

    def _pick(self, conditions: Mapping[str, str], is_sure: bool) -> list[str]:
        found = [str(each["id"]) for each in self._pages(conditions, 100_000).data]
        if not found:
            warn(f"no {self.offer.plural} are like that")
        elif not is_sure:
            typer.confirm(f"{self.verb.name} {len(found)} {self.offer.plural}?", abort=True, err=True)
        return found

    def _done(self, named: str, row: Any) -> str:
        if not isinstance(row, dict) or "id" not in row:
            return (
                _told(row)
                if row
                else f"{self.offer.noun} {named} is {'gone' if self.verb.removes else 'done'}"
            )
        told = f"{self.offer.noun} {self._name(row)}"
        if self.verb.removes:
            return f"{told} is gone"
        if self.verb.kind in PAST:
            return f"{told} is {PAST[self.verb.kind]}"
        state = row.get(self.offer.state)
        return f"{told} is {state}" if state else f"{told}: {self.verb.name.replace('_', '-')} done"

    def _outcome(self, outcome: Outcome) -> str:
        return self._done(outcome.row, outcome.data)


def _refuse_unknown(option: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known) or 'none'}"
        raise Failure(f"{option} knows no {name!r}", hint, USAGE)


def _told(data: Any) -> str:
    """Whatever a handwritten route answers: its text, rows as a table, a document as lines."""
    if isinstance(data, dict) and isinstance(data.get("text"), str):
        return str(data["text"])
    if isinstance(data, list):
        names = list(data[0])[:WIDEST] if data and isinstance(data[0], dict) else []
        return table(data, names) if names or not data else "\n".join(map(str, data))
    return facts(data) if isinstance(data, dict) else json.dumps(data)
