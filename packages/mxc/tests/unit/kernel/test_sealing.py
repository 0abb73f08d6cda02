"""The key ring: what opens where, what does not, and that nothing is shown."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mxc.server.kernel.errors import Invalid, Unavailable
from mxc.server.kernel.resource.document import plain
from mxc.server.kernel.resource.facts import as_value
from mxc.server.kernel.resource.fields import EncryptedEmail, EncryptedJson
from mxc.server.kernel.sealing.ring import BARE, KeyRing, key_of, new_key, parsed
from mxc.server.kernel.sealing.sealed import Sealed, SealedBytes
from mxc.server.key_file import KeyFile

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
RING = KeyRing.fixed(NEW, OLD)
PLACES = st.text(min_size=1)


@given(st.text(), PLACES)
def test_what_is_sealed_opens_where_it_was_sealed(text: str, place: str) -> None:
    try:
        text.encode()
        place.encode()
    except UnicodeEncodeError:
        return
    assert RING.open(RING.seal(text, place), place) == text


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, change: int) -> None:
    kept = bytearray(RING.seal("thirty characters, more or less", "t|a|b|1"))
    kept[position % len(kept)] ^= change
    with pytest.raises(Unavailable) if kept[0] else pytest.raises(Exception):
        RING.open(bytes(kept), "t|a|b|1")


@pytest.mark.parametrize("place", ["u|a|b|1", "t|x|b|1", "t|a|x|1", "t|a|b|2", ""])
def test_it_opens_nowhere_else(place: str) -> None:
    with pytest.raises(Unavailable) as refused:
        RING.open(RING.seal("secret", "t|a|b|1"), place)
    assert refused.value.code == "unsealing-refused"
    assert "secret" not in str(refused.value)


def test_no_two_seals_are_alike_and_the_key_is_named() -> None:
    text = "a text too long to come out of chance"
    first, second = RING.seal(text, "p"), RING.seal(text, "p")
    assert first != second
    assert key_of(first) == RING.primary.id == KeyRing.fixed(NEW).primary.id
    assert text.encode() not in first


def test_an_older_key_opens_and_a_missing_one_is_named() -> None:
    kept = KeyRing.fixed(OLD).seal("x", "p")
    assert RING.open(kept, "p") == "x"
    with pytest.raises(Unavailable, match=key_of(kept)) as refused:
        KeyRing.fixed(NEW).open(kept, "p")
    assert refused.value.code == "key-missing"
    with pytest.raises(Unavailable, match="no encryption key"):
        KeyRing.fixed().seal("x", "p")


def test_what_was_there_before_is_opened_to_seal_it_and_for_nothing_else() -> None:
    bare = BARE + "ünsealed".encode()
    assert RING.open_any(bare, "p") == "ünsealed"
    with pytest.raises(Unavailable, match="not encrypted yet"):
        RING.open(bare, "p")
    assert key_of(BARE + b"x") == ""


def test_marks_are_alike_for_the_same_text_at_the_same_place_under_one_key() -> None:
    assert RING.mark("a", "p") == RING.mark("a", "p")
    assert len({RING.mark("a", "p"), RING.mark("b", "p"), RING.mark("a", "q"), *RING.marks("a", "p")}) == 4


@pytest.mark.parametrize(
    "text",
    ["%%%%", "AAAA", "QUFB,", new_key() + ",zz"],
    ids=["no base64", "short", "half a list", "a bad second"],
)
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(Invalid, match="encryption key") as refused:
        parsed(text)
    assert text not in str(refused.value)
    assert len(parsed(f"{new_key()}, {new_key()}\n")) == 2


def test_a_sealed_value_shows_itself_to_nobody() -> None:
    fresh = Sealed.fresh("hunter2")
    for shown in (repr(fresh), str(fresh), f"{fresh}", str([fresh]), plain(fresh), repr(RING.primary)):
        assert "hunter2" not in shown
    with pytest.raises(TypeError, match="perform alone"):
        SealedBytes().process_bind_param(fresh, None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        as_value(fresh)


def test_what_is_sealed_is_checked_first() -> None:
    assert TypeAdapter(EncryptedEmail).validate_python(" Ada@B.example ").open(RING, "") == "ada@b.example"
    assert json.loads(TypeAdapter(EncryptedJson).validate_python({"a": [1]}).open(RING, "")) == {"a": [1]}
    for kind, value in ((EncryptedEmail, "nobody"), (EncryptedJson, [1]), (EncryptedEmail, 5)):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(value)
    assert TypeAdapter(EncryptedEmail).json_schema()["writeOnly"]


def test_the_file_is_made_once_for_its_owner_alone_and_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "encryption-keys"
    file = KeyFile(path)
    ring = KeyRing(file)
    with pytest.raises(Unavailable):
        ring.known()
    file.ensure()
    first = ring.primary.id
    file.ensure()
    assert (ring.primary.id, path.stat().st_mode & 0o777) == (first, 0o600)
    KeyFile(path).add()
    assert [key.id for key in ring.known()][1:] == [first]
    KeyFile(path).keep_newest()
    assert first not in {key.id for key in ring.known()}


def test_a_file_that_others_can_read_is_no_place_for_keys(tmp_path: Path) -> None:
    path = tmp_path / "encryption-keys"
    KeyFile(path).ensure()
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(Unavailable, match="other users of this machine can read") as refused:
            KeyFile(path)()
        assert (refused.value.code, refused.value.place) == ("keys-exposed", str(path))
        assert f"chmod 600 {path}" in refused.value.hint
    path.chmod(0o600)
    assert len(KeyFile(path)()) == 1


def test_what_is_no_key_in_the_file_is_said_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "encryption-keys"
    path.touch(mode=0o600)
    path.write_text("not a key at all")
    with pytest.raises(Invalid, match="encryption-keys: an encryption key is not base64") as refused:
        KeyFile(path)()
    assert "not a key" not in refused.value.message.replace("an encryption key", "")
