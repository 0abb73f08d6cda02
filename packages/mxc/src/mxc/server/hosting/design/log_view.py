"""The log view: the output of a process, line by line, followed while its end is in view."""

from collections.abc import Sequence

from nicegui import ui


class LogView(ui.element, component="browser/log_view.js"):
    """Shows the last 5 000 lines; what is appended is text whatever it holds."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.props["label"] = label

    def append(self, chunks: Sequence[tuple[str, str]]) -> None:
        """Adds (stream, text) pairs; streams are `stdout`, `stderr` and `note` for words of our own."""
        self.run_method("append", [{"stream": stream, "text": text} for stream, text in chunks])

    def forget(self) -> None:
        """Forgets what was shown."""
        self.run_method("clear")
