"""Why an embedded server did not start."""

from mxc.server.kernel.errors import Unavailable


class StartError(Unavailable):
    """An embedded server could not start: `place` is its log. Nothing of it is left running."""

    def __init__(self, code: str, message: str, hint: str = "", place: str = "") -> None:
        super().__init__(message, code=code, hint=hint, place=place)
