"""Why an embedded server did not start: a stable code, what happened, what to do, where to look."""


class StartError(Exception):
    """An embedded server could not start. Nothing of it is left running."""

    def __init__(self, code: str, message: str, hint: str = "", place: str = "") -> None:
        super().__init__("\n".join(part for part in (message, hint) if part))
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place
