"""Messages survive the wire, and what is not one is refused with its place."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.protocol import (
    Command,
    Heartbeat,
    Hello,
    LogBatch,
    LogLine,
    MalformedError,
    Start,
    Stop,
    Stream,
    Welcome,
    command,
    decode,
    encode,
    parse,
    up,
)

text = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    workload=st.uuids(),
    generation=st.integers(0, 2**40),
    arguments=st.lists(text),
    env=st.dictionaries(text, text),
    cpu=st.floats(0.01, 1e5),
)
def test_a_command_comes_back_as_it_went(
    workload: UUID, generation: int, arguments: list[str], env: dict[str, str], cpu: float
) -> None:
    start = Start(
        workload=workload, generation=generation, epoch=1, command="x", args=arguments, env=env, cpu=cpu
    )
    assert decode(Command, encode(start)) == start
    stop = Stop(workload=workload, generation=generation, epoch=1)
    assert decode(Command, encode(stop)) == stop


@given(st.binary(max_size=200))
def test_any_bytes_of_output_survive(data: bytes) -> None:
    line = LogLine(1.5, Stream.STDERR, data, True)
    batch = decode(LogBatch, encode(LogBatch(lines=[line], cursor="1:2", generation=3)))
    assert batch.lines == [line]
    assert isinstance(batch.lines[0].text, str)


@given(st.binary(max_size=60))
def test_garbage_is_refused_not_raised_through(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(Hello, payload)


@pytest.mark.parametrize(
    ("payload", "names"),
    [
        (b'{"kind":"start"}', "workload"),
        (b'{"kind":"start","workload":"nope","generation":1,"epoch":1,"command":"x"}', "workload"),
        (b'{"kind":"dance"}', "dance"),
        (b"\xff\xfe", "not a valid message"),
    ],
)
def test_the_error_names_what_is_wrong(payload: bytes, names: str) -> None:
    with pytest.raises(MalformedError, match=names):
        decode(Command, payload)


def test_one_kind_is_not_taken_for_another() -> None:
    with pytest.raises(MalformedError):
        decode(Welcome, encode(Heartbeat(cpu_used=0.0, memory_used=0, workloads=0)))


def test_fields_of_a_newer_peer_are_ignored() -> None:
    payload = b'{"kind":"heartbeat","cpu_used":1,"memory_used":2,"workloads":3,"mood":"good"}'
    assert decode(Heartbeat, payload).workloads == 3


def test_a_subject_is_read_back_as_its_address() -> None:
    agent = uuid4()
    address = parse(up("acme", agent, "hello"))
    assert (address.tenant, address.agent, address.kind) == ("acme", agent, "hello")


@pytest.mark.parametrize("slug", ["", "a.b", "*", ">", "A", "a b", "ä", "-a", "a" * 64])
def test_a_slug_that_could_reach_other_subjects_is_refused(slug: str) -> None:
    with pytest.raises(ValueError, match="cannot be part"):
        command(slug, uuid4(), uuid4())


@pytest.mark.parametrize(
    "subject", ["mxc.t.up.x", "mxc.t.up.not-an-id.hello", "t.mxc.up.a.b", "mxc.t.cmd.a.b", "a" * 400]
)
def test_other_subjects_have_no_address(subject: str) -> None:
    with pytest.raises(ValueError, match=r"is not mxc|badly formed"):
        parse(subject)
