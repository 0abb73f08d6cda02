"""The stylesheet and script of every page, as one file each, named by what is in them."""

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Final

from mxc.server.hosting.design.status import status_css
from mxc.server.hosting.design.tokens import css_variables

_SHEETS: Final = ("base", "frame", "table", "parts", "derived")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file made once per process; its path changes when its content does, so browsers keep it for ever."""

    name: str
    media_type: str
    content: str

    @property
    def path(self) -> str:
        digest = blake2b(self.content.encode(), digest_size=6).hexdigest()
        return f"/design/{digest}/{self.name}"


@cache
def stylesheet() -> Asset:
    """Tokens, status language, and the rules that use them."""
    folder = files(__package__ or "") / "style"
    sheets = [(folder / f"{name}.css").read_text(encoding="utf-8") for name in _SHEETS]
    return Asset("mxc.css", "text/css", "\n".join([css_variables(), status_css(), *sheets]))


@cache
def behaviour() -> Asset:
    """What pages do in the browser by themselves."""
    source = files(__package__ or "") / "browser" / "behaviour.js"
    return Asset("mxc.js", "text/javascript", source.read_text(encoding="utf-8"))
