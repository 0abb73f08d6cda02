"""A case: what is sent, and the status and document that must come back.

An expected object may leave members out, an expected list may not; `...` stands for anything, `ABSENT` for
nothing. `{a}` is the id of the row called a. No answer may hold anything of the other organisation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from packages.mxc.tests.integration.jsonapi.world import MEDIA, World

ABSENT: Final = object()
THEIRS: Final = ("{abroad}", "{x}")


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a table."""

    said: str
    sent: str
    status: int
    expected: Any = ...
    body: Any = None
    who: str = "admin"
    headers: Mapping[str, str] = field(default_factory=dict)
    answered: Mapping[str, Any] = field(default_factory=dict)


def error(status: int, code: str, **beside: Any) -> dict[str, Any]:
    """A document of exactly one error."""
    return {"errors": [{"status": str(status), "code": code, "detail": ..., **beside}], "data": ABSENT}


def at(pointer: str) -> dict[str, str]:
    """The place of a mistake in the document."""
    return {"pointer": pointer}


def of(parameter: str) -> dict[str, str]:
    """The query parameter that is wrong."""
    return {"parameter": parameter}


async def failures(world: World, cases: Sequence[Case]) -> list[str]:
    """What is not as the table says, in words; the cases follow one another in one world."""
    return [said for case in cases for said in await _failures(world, case)]


async def _failures(world: World, case: Case) -> list[str]:
    method, path = case.sent.split(" ", 1)
    body = _filled(world, case.body)
    answer = await world.send(method, path, body, case.who, **case.headers)
    found: list[str] = []
    if answer.status_code != case.status:
        found.append(f"status {answer.status_code}, not {case.status}: {answer.text[:400]}")
    if answer.status_code != 204 and answer.status_code != 304:
        if answer.headers["content-type"] != MEDIA:
            found.append(f"content-type {answer.headers['content-type']}")
        document = answer.json()
        found += _differences(_filled(world, case.expected), document, "")
        if document.get("jsonapi") != {"version": "1.1"}:
            found.append("no jsonapi member")
        if ("data" in document) is ("errors" in document):
            found.append("neither or both of data and errors")
    for name, value in case.answered.items():
        if value is not ... and answer.headers.get(name) != _filled(world, value):
            found.append(f"header {name} is {answer.headers.get(name)!r}")
        if value is ... and name not in answer.headers:
            found.append(f"no header {name}")
    asked_for = f"{case.sent} {case.body}"
    if case.who != "stranger" and not any(each in asked_for for each in THEIRS):
        found += [f"shows {each}" for each in THEIRS if world.filled(each) in answer.text]
    return [f"{case.said} [{case.sent}]: {each}" for each in found]


def _differences(expected: Any, found: Any, where: str) -> list[str]:
    if expected is ...:
        return []
    if isinstance(expected, dict) and isinstance(found, dict):
        said: list[str] = []
        for name, value in expected.items():
            if value is ABSENT:
                said += [f"{where}/{name} is there"] if name in found else []
            elif name not in found:
                said.append(f"{where}/{name} is missing")
            else:
                said += _differences(value, found[name], f"{where}/{name}")
        return said
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [each for index, (a, b) in pairs for each in _differences(a, b, f"{where}/{index}")]
    return [] if expected == found else [f"{where} is {found!r}, not {expected!r}"]


def _filled(world: World, what: Any) -> Any:
    if isinstance(what, str):
        return world.filled(what)
    if isinstance(what, dict):
        return {world.filled(name): _filled(world, value) for name, value in what.items()}
    return [_filled(world, each) for each in what] if isinstance(what, list) else what
