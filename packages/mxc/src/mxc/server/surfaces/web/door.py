"""What stands around signing in: pages without a socket, drawn from a template of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from secrets import token_urlsafe
from string import Template
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mxc.server.hosting.design.stylesheet import behaviour, stylesheet
from mxc.server.hosting.request import give_cookie
from mxc.server.kernel.errors import Invalid, MxcError
from mxc.server.surfaces.web.content_policy import protect

MAX_FORM: Final = 4096
LATER: Final = (429, 503)
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the door: `<name>.html` stands inside; `action` is where it is sent."""

    name: str
    action: str
    title: str


REFUSED: Final = Form("refused", "", "Not now")


def drawn(
    form: Form,
    *,
    status: int = 200,
    markup: Mapping[str, str] = NOTHING,
    title: str = "",
    action: str = "",
    leads_to: str = "",
    **texts: str,
) -> Response:
    """A form as a page; `texts` are escaped, `markup` is ours as it is, `title` and `action` replace the
    form's own, and `leads_to` is the other origin that sending it may lead to."""
    nonce = token_urlsafe(16)
    inside = {name: escape(value, quote=True) for name, value in texts.items()}
    page = _template("door").substitute(
        title=escape(title or form.title),
        action=escape(action or form.action, quote=True),
        content=_template(form.name).substitute(inside | dict(markup)),
        nonce=nonce,
        script=behaviour().path,
        style=stylesheet().path,
    )
    response = HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
    protect(response.headers, nonce, leads_to)
    return response


def refused(path: str, error: MxcError) -> Response:
    """A page that says why there is none at this path now."""
    title = "Not now" if error.status in LATER else "Not like this"
    response = drawn(REFUSED, status=error.status, title=title, path=local(path), complaint=sentence(error))
    if error.status in LATER:
        response.headers["Retry-After"] = str(error.details.get("retry_after_s", 1))
    return response


@cache
def _template(name: str) -> Template:
    return Template((files(__package__ or "") / f"{name}.html").read_text(encoding="utf-8"))


def local(target: str) -> str:
    """A path of ours; anything that could lead elsewhere becomes the overview."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_path else "/"


def let_in(request: Request, target: str, cookie: str) -> Response:
    """To where they wanted, with their session."""
    response = RedirectResponse(target, status_code=303)
    give_cookie(request, response, cookie)
    return response


def sentence(error: MxcError) -> str:
    """What is wrong and what helps, for people."""
    said = error.message
    if isinstance(error, Invalid) and error.fields:
        said = "; ".join(", ".join(complaints) for complaints in error.fields.values())
    words = f"{said}: {error.hint}" if error.hint else said
    return f"{words[:1].upper()}{words[1:]}."


async def posted(request: Request) -> dict[str, str]:
    """The form's fields; a body too long to be ours counts as empty."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
