"""A refusal before any route is asked, in the words of the surface that was: JSON, JSON:API, or a page."""

from collections.abc import Callable
from importlib import import_module
from typing import Final, TypeAlias

from starlette.responses import Response

from mxc.server.kernel.errors import MxcError
from mxc.server.surfaces.jsonapi import mistakes
from mxc.server.surfaces.jsonapi.kinds import BASE
from mxc.server.surfaces.rest import problems

Refuse: TypeAlias = Callable[[str, MxcError], Response]
"""An error as the answer at a path."""
PROGRAMS: Final = ("/api", "/health")


def refusing(*, has_pages: bool) -> Refuse:
    """How an application refuses."""

    def refuse(path: str, error: MxcError) -> Response:
        if path.startswith(BASE):
            return mistakes.refusal(error)
        if not has_pages or path.startswith(PROGRAMS):
            return problems.problem(error)
        answer: Response = import_module("mxc.server.surfaces.web.door").refused(path, error)
        return answer

    return refuse
