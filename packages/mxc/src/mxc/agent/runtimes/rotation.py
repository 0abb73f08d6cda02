"""Writes output to numbered files of bounded size, keeping the newest few."""

import os
from typing import Final

_NAME: Final = "output.{:06d}.log"


class Rotation:
    """`output.000001.log` and on; numbers only grow, so a reader's place stays meaningful."""

    def __init__(self, directory: str, file_bytes: int, files: int) -> None:
        self._directory = directory
        self._file_bytes = file_bytes
        self._files = files
        self._number = 0
        self._size = 0
        self._file = -1
        self._open_next()

    def write(self, stream: bytes, data: bytes, at: float) -> None:
        """Append what was read from `stream` (`o` or `e`); a full disk loses output, never the workload."""
        text = stamped(stream, data, at)
        try:
            self._size += os.write(self._file, text)
            if self._size >= self._file_bytes:
                self._open_next()
        except OSError:
            return

    def _open_next(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._number += 1
        self._size = 0
        path = os.path.join(self._directory, _NAME.format(self._number))
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if self._number > self._files:
            os.unlink(os.path.join(self._directory, _NAME.format(self._number - self._files)))


def stamped(stream: bytes, data: bytes, at: float) -> bytes:
    """Each line with its time and stream; a piece without a newline at its end gets a capital letter."""
    time = b"%.3f " % at
    prefix = time + stream + b" "
    whole, newline, rest = data.rpartition(b"\n")
    text = prefix + whole.replace(b"\n", b"\n" + prefix) + b"\n" if newline else b""
    return text + time + stream.upper() + b" " + rest + b"\n" if rest else text
