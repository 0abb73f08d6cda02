"""Media types: what JSON:API says of `Content-Type` and `Accept`."""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from mxc.server.kernel.errors import Invalid

MEDIA: Final = "application/vnd.api+json"
ANY: Final = frozenset({"*/*", "application/*"})
IGNORED: Final = frozenset({"profile", "q"})
RANGE: Final = re.compile(r'\s*([^\s;,"]+)((?:\s*;\s*[^\s;,="]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))*)\s*')
PARAMETER: Final = re.compile(r';\s*([^\s;,="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*)')


class NotAcceptable(Invalid):
    """We answer with JSON:API, which `Accept` does not take."""

    status: ClassVar[int] = 406
    default_code: ClassVar[str] = "not-acceptable"


class Unsupported(Invalid):
    """The body is not said to be JSON:API."""

    status: ClassVar[int] = 415
    default_code: ClassVar[str] = "unsupported-media-type"


def require_acceptable(accept: str) -> None:
    """Raises NotAcceptable unless some range takes JSON:API without parameters that we do not know."""
    if not accept.strip():
        return
    for kind, parameters in _ranges(accept):
        is_refused = _weight(parameters.get("q", "1")) == 0
        if not is_refused and (kind in ANY or (kind == MEDIA and not parameters.keys() - IGNORED)):
            return
    raise NotAcceptable(
        f"answers are {MEDIA}, which Accept does not take",
        hint=f"send `Accept: {MEDIA}`, without parameters: we have no extensions",
    )


def require_document(content_type: str) -> None:
    """Raises Unsupported unless the body is said to be JSON:API without extensions."""
    found = list(_ranges(content_type))
    if len(found) == 1 and found[0][0] == MEDIA and not found[0][1].keys() - {"profile"}:
        return
    raise Unsupported(
        f"the body must be {MEDIA}, without parameters",
        hint=f"send `Content-Type: {MEDIA}`: we have no extensions",
    )


def _ranges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    position = 0
    while position < len(header):
        found = RANGE.match(header, position)
        if found is None:
            return
        parameters = {name.lower(): value.strip('"') for name, value in PARAMETER.findall(found[2])}
        yield found[1].lower(), parameters
        position = found.end()
        if position < len(header) and header[position] != ",":
            return
        position += 1


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
