"""`/api/docs`: the API's own description, drawn by a page of ours; nothing is fetched from elsewhere."""

from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

router = APIRouter(prefix="/api", include_in_schema=False)
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
FOLDER: Final = files("mxc.server.surfaces.rest") / "docs"


def _asset(name: str, media_type: str) -> Response:
    headers = {"Content-Security-Policy": POLICY}
    return Response((FOLDER / name).read_bytes(), headers=headers, media_type=media_type)


@router.get("/docs")
async def page() -> Response:
    """The page."""
    return _asset("docs.html", "text/html; charset=utf-8")


@router.get("/docs/docs.css")
async def style() -> Response:
    """Its look."""
    return _asset("docs.css", "text/css; charset=utf-8")


@router.get("/docs/docs.js")
async def script() -> Response:
    """Its behaviour."""
    return _asset("docs.js", "text/javascript; charset=utf-8")
