"""What a list shows as a file: CSV or JSON, page after page, of whoever is signed in."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from mxc.server.hosting.core import Core
from mxc.server.hosting.live import Live
from mxc.server.hosting.page import Visit
from mxc.server.hosting.request import current_call
from mxc.server.kernel.access.actor import Actor
from mxc.server.surfaces.web.derived.cells import in_words
from mxc.server.surfaces.web.derived.reading import Document, Reader
from mxc.server.surfaces.web.derived.subject import Subject, Subjects, is_hidden

STEP: Final = 1000
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
MEDIA: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def export_routes(core: Core, live: Live, subjects: Subjects) -> APIRouter:
    """`/export/<path>.csv` and `.json` for each list that is derived."""
    router = APIRouter(include_in_schema=False)
    for subject in subjects:
        for kind in MEDIA:
            router.add_api_route(f"/export{subject.path}.{kind}", _route(core, live, subjects, subject, kind))
    return router


def _route(core: Core, live: Live, subjects: Subjects, subject: Subject, kind: str) -> Any:
    async def export(request: Request) -> Response:
        call = await current_call(request)

        async def still() -> Actor | None:
            return (await current_call(request)).actor

        query = dict(request.query_params)
        visit = Visit(core, call.actor, live, still, query)
        reader = Reader(visit, subject, subjects)
        first = await reader.page(call.actor, query, STEP)
        pages = _pages(reader, call.actor, query, first)
        written = _csv(subject, pages) if kind == "csv" else _json(pages)
        name = f"{subject.path.strip('/')}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingResponse(written, media_type=MEDIA[kind], headers=headers)

    return export


async def _pages(
    reader: Reader, actor: Actor, query: Mapping[str, str], first: tuple[list[Document], str | None]
) -> AsyncIterator[list[Document]]:
    documents, following = first
    yield documents
    while following is not None:
        documents, following = await reader.page(actor, {**query, "cursor": following}, STEP)
        yield documents


async def _csv(subject: Subject, pages: AsyncIterator[Sequence[Document]]) -> AsyncIterator[bytes]:
    names = [each.name for each in subject.spec.fields if not is_hidden(each)] + list(subject.spec.computed)
    yield _lines([names])
    async for documents in pages:
        yield _lines([[_safe(_word(each.get(name))) for name in names] for each in documents])


async def _json(pages: AsyncIterator[Sequence[Document]]) -> AsyncIterator[bytes]:
    yield b"["
    is_first = True
    async for documents in pages:
        if documents:
            yield (b"" if is_first else b",\n") + b",\n".join(map(msgspec.json.encode, documents))
            is_first = False
    yield b"]\n"


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else _number_or_words(value)


def _number_or_words(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else in_words(value)


def _safe(word: str) -> str:
    """A spreadsheet runs what begins like a formula; a quote before it keeps it text."""
    is_number = word.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{word}" if word.startswith(FORMULA) and not is_number else word
