"""What a supervisor writes is what a reader gets, whatever the bytes and however it was cut into files."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from mxc.agent.runtimes.output import Place, read_on, tail_place
from mxc.agent.runtimes.rotation import Rotation
from mxc.protocol import LogLine, Stream

pieces = st.lists(st.tuples(st.sampled_from([b"o", b"e"]), st.binary(min_size=1, max_size=40)), max_size=30)


def written(directory: str, given_pieces: list[tuple[bytes, bytes]], file_bytes: int, files: int) -> None:
    rotation = Rotation(directory, file_bytes, files)
    for number, (stream, data) in enumerate(given_pieces):
        rotation.write(stream, data, 1000.0 + number)


def everything(directory: Path, place: Place) -> list[LogLine]:
    found: list[LogLine] = []
    while True:
        lines, place = read_on(directory, place)
        if not lines:
            return found
        found += lines


@given(pieces, st.integers(1, 400))
def test_every_byte_comes_back_in_order(given_pieces: list[tuple[bytes, bytes]], file_bytes: int) -> None:
    with TemporaryDirectory() as directory:
        written(directory, given_pieces, file_bytes, files=1000)
        lines = everything(Path(directory), Place(1, 0))
    for stream, letter in ((Stream.STDOUT, b"o"), (Stream.STDERR, b"e")):
        came = b"".join(line.data + b"\n" * line.is_whole for line in lines if line.stream is stream)
        assert came == b"".join(data for name, data in given_pieces if name == letter)


@given(pieces, st.integers(1, 400), st.integers(0, 80))
def test_a_tail_is_the_end_of_the_whole(
    given_pieces: list[tuple[bytes, bytes]], file_bytes: int, wanted: int
) -> None:
    with TemporaryDirectory() as directory:
        written(directory, given_pieces, file_bytes, files=1000)
        whole = everything(Path(directory), Place(1, 0))
        tail = everything(Path(directory), tail_place(Path(directory), wanted))
    assert tail == (whole[-wanted:] if wanted else [])


@given(pieces, st.integers(1, 200), st.integers(1, 5))
def test_only_the_newest_files_are_kept_and_an_old_place_still_reads(
    given_pieces: list[tuple[bytes, bytes]], file_bytes: int, files: int
) -> None:
    with TemporaryDirectory() as directory:
        written(directory, given_pieces, file_bytes, files)
        assert len(list(Path(directory).iterdir())) <= files
        kept = everything(Path(directory), Place(1, 0))
        assert kept == everything(Path(directory), tail_place(Path(directory), 10_000))
