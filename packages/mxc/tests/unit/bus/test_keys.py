"""Keys are spelled as NATS spells them, kept as secrets, and refused when damaged."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.protocol.nkeys import Kind, public_bytes, public_text, seed_bytes, seed_text
from mxc.server.kernel.bus.keys import kept_key, new_key

raw_keys = st.binary(min_size=32, max_size=32)


@given(raw_keys, st.sampled_from(Kind))
def test_text_and_bytes_are_inverse(raw: bytes, kind: Kind) -> None:
    assert seed_bytes(seed_text(kind, raw)) == (kind, raw)
    assert public_bytes(kind, public_text(kind, raw)) == raw
    assert public_text(kind, raw)[0] == {Kind.OPERATOR: "O", Kind.ACCOUNT: "A", Kind.USER: "U"}[kind]
    assert seed_text(kind, raw)[0] == "S"


@given(raw_keys, st.integers(0, 57), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_mistyped_key_is_noticed(raw: bytes, at: int, letter: str) -> None:
    text = seed_text(Kind.USER, raw)
    wrong = text[:at] + letter + text[at + 1 :]
    if wrong != text:
        with pytest.raises(ValueError, match="key") as caught:
            seed_bytes(wrong)
        assert wrong not in str(caught.value)


def test_a_key_is_kept_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "core.seed"
    made = kept_key(path, Kind.ACCOUNT)
    assert kept_key(path, Kind.ACCOUNT).public == made.public
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["core.seed"]
    with pytest.raises(ValueError, match=r"core\.seed.*account, not operator"):
        kept_key(path, Kind.OPERATOR)


def test_a_key_never_shows_its_seed() -> None:
    key = new_key(Kind.USER)
    assert key.seed not in repr(key)
    assert key.seed not in str(key)
