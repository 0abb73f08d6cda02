"""One verb on many rows: all in one request where the API takes them so, and what became of every one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import typer

from mxc.cli.api import Answer, Api, segment
from mxc.cli.catalogue import Offer, Verb
from mxc.cli.failures import UNREACHABLE, Failure, Refusal
from mxc.cli.output import Format, compact, names, tell, text_of, warn

MOST_AT_ONCE: Final = 1000
MOST_ON_A_PAGE: Final = 100
MEDIA: Final = "application/vnd.api+json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: the row as it is afterwards (None when it is gone), or why it was refused."""

    row: str
    data: Any = None
    refused: Refusal | None = None

    @property
    def said(self) -> str:
        """The refusal in one line."""
        return " · ".join(line.strip() for line in self.refused.lines()) if self.refused else ""

    def document(self) -> dict[str, Any]:
        """As a program reads it."""
        if self.refused is not None:
            return {"id": self.row, "outcome": "refused", **self.refused.document}
        return {"id": self.row, "outcome": "done", "data": self.data}


def each_by_itself(rows: Iterable[str], act: Callable[[str], Answer]) -> Iterator[Outcome]:
    """A request for each row. Raises Failure when the API is gone."""
    for row in rows:
        try:
            yield Outcome(row, act(row).data)
        except Refusal as refusal:
            yield Outcome(row, refused=refusal)


def all_at_once(
    api: Api, offer: Offer, verb: Verb, rows: Sequence[str], arguments: Mapping[str, Any]
) -> Iterator[Outcome]:
    """One request for up to a thousand rows, each of which is done or refused by itself.

    Raises Failure when the API is gone, and Refusal when none of it may be done at all.
    """
    meant = _meant(api, offer, rows)
    for some in _parts(rows, MOST_AT_ONCE):
        ids = [found for each in some if isinstance(found := meant[each], str)]
        done = _done(api, offer, verb, ids, arguments) if ids else {}
        for row in some:
            found = meant[row]
            outcome = Outcome(row, refused=found) if isinstance(found, Refusal) else done[found]
            yield Outcome(row, outcome.data, outcome.refused)


def _meant(api: Api, offer: Offer, rows: Sequence[str]) -> Mapping[str, str | Refusal]:
    """The id of each row as it was named, or why there is none: asked together as far as names allow."""
    found: dict[str, str | Refusal] = {row: row.lower() for row in rows if _is_id(row)}
    named = [row for row in rows if row not in found and "," not in row]
    for some in _parts(named, MOST_ON_A_PAGE) if offer.called else ():
        found |= _called(api, offer, some)
    for row in rows:
        if row not in found:
            try:
                found[row] = str(api.get(f"/{offer.path}/{segment(row)}").data["id"])
            except Refusal as refusal:
                found[row] = refusal
    return found


def _called(api: Api, offer: Offer, names: Sequence[str]) -> Mapping[str, str]:
    """Name → id, of those that one row alone is called; the others are asked about one by one."""
    query: dict[str, str | int | float | bool | None] = {
        f"filter[{offer.called}][in]": ",".join(names), f"fields[{offer.path}]": offer.called,
        "page[limit]": len(names),
    }  # fmt: skip
    rows = api.call("GET", f"/v2/{offer.path}", query=query, headers={"Accept": MEDIA}).data
    ids = {str(each["attributes"][offer.called]): str(each["id"]) for each in rows}
    count = Counter(str(each["attributes"][offer.called]) for each in rows)
    if len(ids) < len(rows) == len(names):
        return {}  # some share a name, and others of that name may not be on the page
    return {name: row_id for name, row_id in ids.items() if count[name] == 1}


def _parts(rows: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """As many at a time as one request takes."""
    yield from (rows[at : at + most] for at in range(0, len(rows), most))


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _done(
    api: Api, offer: Offer, verb: Verb, ids: Sequence[str], arguments: Mapping[str, Any]
) -> Mapping[str, Outcome]:
    """Id → what became of it."""
    body = {
        "data": [{"type": offer.path, "id": each} for each in dict.fromkeys(ids)],
        "meta": {"mode": "each", "arguments": arguments},
    }
    document = _sent(api, f"/v2/{offer.path}/-/{verb.name}", body).document
    rows = {str(each["id"]): flat(each) for each in document["data"]}
    return {
        str(each["id"]): Outcome(str(each["id"]), rows.get(str(each["id"])), _refusal(each))
        for each in document["meta"]["outcomes"]
    }


def _sent(api: Api, path: str, body: Any) -> Answer:
    """The answer. When it got lost the request is sent again under its key, which does nothing twice."""
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": MEDIA, "Accept": MEDIA}
    try:
        return api.call("POST", path, body, headers=headers)
    except Refusal:
        raise
    except Failure:
        return api.call("POST", path, body, headers=headers)


def _refusal(outcome: Mapping[str, Any]) -> Refusal | None:
    errors = outcome.get("errors")
    return Refusal(int(errors[0]["status"]), {"errors": errors}) if errors else None


def flat(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource object of JSON:API as the plain document of the row."""
    linked = {
        f"{name}_id": (each["data"] or {}).get("id")
        for name, each in resource.get("relationships", {}).items()
        if not isinstance(each.get("data", []), list)
    }
    return {"id": resource["id"], **resource.get("attributes", {}), **linked}


def report(
    outcomes: Iterable[Outcome], count: int, told: Callable[[Outcome], str], output: Format, called: str
) -> None:
    """Says what came of each of `count` rows; exits as the first refusal would when there was one.

    Raises Failure when the API is gone: the rest was not tried, which is said.
    """
    known: list[Outcome] = []
    try:
        for outcome in outcomes:
            known.append(outcome)
            if outcome.refused is None and output.is_for_people:
                typer.echo(told(outcome))
            elif outcome.refused is not None and (output.is_for_people or output is Format.NAME):
                warn(f"{outcome.row}: {outcome.said}")
    except Refusal:
        raise
    except Failure as failure:
        left = count - len(known)
        hint = f"{len(known)} of {count} were answered, {left} were not tried or are uncertain"
        raise Failure(failure.message, hint, UNREACHABLE) from None
    _documented(known, output, called)
    refused = [each.refused for each in known if each.refused is not None]
    if refused:
        warn(f"{len(refused)} of {count} were refused")
        raise typer.Exit(refused[0].exit_code)


def _documented(known: Sequence[Outcome], output: Format, called: str) -> None:
    """What programs read of it."""
    if output is Format.NAME:
        done = [each.data or {"id": each.row} for each in known if each.refused is None]
        tell(names(done, called))
    elif not output.is_for_people:
        document = compact({"data": [each.document() for each in known]})
        tell(text_of(Answer(document, {}), output, str))
