"""Reads what a supervisor wrote: the last lines, or on from a place, across rotated files."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mxc.protocol import LogLine, Stream

_READ_BYTES: Final = 256 * 1024
_BLOCK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in the output: file number and byte. As text `number:byte`."""

    number: int
    offset: int

    def __str__(self) -> str:
        return f"{self.number}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Raises ValueError."""
        number, _, offset = text.partition(":")
        return cls(int(number), int(offset))


def tail_place(directory: Path, lines: int) -> Place:
    """The place that has `lines` lines after it (fewer when there are not so many)."""
    files = _files(directory)
    if not files:
        return Place(1, 0)
    if lines == 0:
        number, path = files[-1]
        return Place(number, path.stat().st_size)
    wanted = lines
    for number, path in reversed(files):
        offset, found = _from_end(path, wanted)
        wanted -= found
        if wanted == 0:
            return Place(number, offset)
    return Place(files[0][0], 0)


def read_on(directory: Path, place: Place) -> tuple[list[LogLine], Place]:
    """Lines after `place`, at most 256 KB of them, and the place after those. No lines: nothing more for now.

    When rotation has removed what comes next, it goes on at the oldest that is left.
    """
    files = dict(_files(directory))
    if not files:
        return [], place
    if place.number not in files:
        place = Place(min(files), 0) if place.number < max(files) else place
    while place.number in files:
        data = _read(files[place.number], place.offset)
        if data:
            return _parsed(data), Place(place.number, place.offset + len(data))
        if place.number + 1 not in files:
            break
        place = Place(place.number + 1, 0)
    return [], place


def _files(directory: Path) -> list[tuple[int, Path]]:
    found = [(int(path.name.split(".")[1]), path) for path in directory.glob("output.*.log")]
    return sorted(found)


def _read(path: Path, offset: int) -> bytes:
    """Whole lines from `offset`. A single line may be longer than the usual bound."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(_READ_BYTES)
            end = data.rfind(b"\n") + 1
            return data[:end]
    except FileNotFoundError:
        return b""


def _from_end(path: Path, wanted: int) -> tuple[int, int]:
    """(offset of the last `wanted` lines, how many there are), reading backwards in blocks."""
    try:
        with path.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            found = -1
            while position > 0:
                start = max(0, position - _BLOCK)
                file.seek(start)
                block = file.read(position - start)
                at = len(block)
                while (at := block.rfind(b"\n", 0, at)) >= 0:
                    found += 1
                    if found == wanted:
                        return start + at + 1, wanted
                position = start
            return 0, found + 1
    except FileNotFoundError:
        return 0, 0


def _parsed(data: bytes) -> list[LogLine]:
    return [_line(line) for line in data[:-1].split(b"\n")]


def _line(line: bytes) -> LogLine:
    time, _, rest = line.partition(b" ")
    letter, _, text = rest.partition(b" ")
    stream = Stream.STDERR if letter in b"eE" else Stream.STDOUT
    return LogLine(float(time), stream, text, letter.islower())
