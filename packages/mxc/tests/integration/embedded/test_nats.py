"""The nats-server that comes along: what it is given."""

import time
from pathlib import Path

import pytest

from mxc.server.embedded.nats import Nats


def test_it_is_given_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXC_ENCRYPTION_KEYS", "hunter2")
    server = Nats(tmp_path)
    server.start(int(time.time()))
    assert server.process is not None
    given = Path(f"/proc/{server.process.pid}/environ").read_bytes()
    server.stop()
    assert b"PATH=" in given and b"hunter2" not in given
