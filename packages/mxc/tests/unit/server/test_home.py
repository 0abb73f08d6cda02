"""MXC_HOME: taken by one process, its secrets for the owner only."""

import stat
from pathlib import Path

import pytest

from mxc.server.home import Home
from mxc.server.kernel.errors import Conflict


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_home_is_made_and_its_secrets_are_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.enter()
    home.leave()
    key = home.secret_key()
    home.tell_command_line("http://127.0.0.1:4000", "mxc_token")
    assert len(key) >= 48
    assert home.secret_key() == key
    assert home.command_line_token() == "mxc_token"
    assert mode(home.path) == 0o711
    assert mode(home.path / "secret-key") == mode(home.command_line) == 0o600


def test_a_second_process_is_told_who_is_there(tmp_path: Path) -> None:
    first = Home(tmp_path)
    first.enter()
    with pytest.raises(Conflict, match=r"already runs from .* \(process \d+\)") as refusal:
        Home(tmp_path).enter()
    assert refusal.value.code == "home-in-use"
    first.leave()
    second = Home(tmp_path)
    second.enter()
    second.leave()


def test_a_damaged_token_file_counts_as_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.command_line.write_text("{")
    assert home.command_line_token() == ""
