"""The embedded PostgreSQL: starts from nothing, keeps what it acknowledged, and never needs a hand."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from mxc.server.embedded.failure import StartError
from mxc.server.embedded.postgres import Postgres


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory the server's user may walk into, as MXC_HOME is; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="mxc-test-") as home:
        Path(home).chmod(0o711)
        yield Path(home)


@pytest.fixture
def server(home: Path) -> Iterator[Postgres]:
    server = Postgres(home / "postgres")
    server.start()
    yield server
    server.stop()


def one(dsn: str, statement: str) -> object:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None


def eventually(is_true: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_a_new_server_is_utf8_durable_and_on_loopback_only(server: Postgres) -> None:
    assert one(server.dsn, "select current_setting('server_encoding')") == "UTF8"
    assert one(server.dsn, "select current_setting('listen_addresses')") == "127.0.0.1"
    assert one(server.dsn, "select current_setting('fsync')") == "on"
    assert one(server.dsn, "select current_setting('data_checksums')") == "on"
    assert one(server.dsn, "select current_user") == "mxc"


def test_no_one_enters_without_the_password(server: Postgres) -> None:
    intruder = server.dsn.replace(server.dsn.split(":")[2].split("@")[0], "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(intruder)


def test_the_password_is_readable_by_nobody_else_and_on_no_command_line(server: Postgres) -> None:
    password = server.dsn.split(":")[2].split("@")[0]
    assert (server.log.parent / "password").stat().st_mode & 0o077 == 0
    assert server.process is not None
    assert password not in Path(f"/proc/{server.process.pid}/cmdline").read_text()


def test_the_data_survives_a_stop_and_a_kill(server: Postgres) -> None:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (1)")
    server.stop()
    server.start()
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("insert into kept values (2)")
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    server.stop()
    assert one(server.start(), "select sum(n) from kept") == 3


def test_the_port_stays_when_the_same_object_starts_again(server: Postgres) -> None:
    port = server.port
    server.stop()
    server.start()
    assert server.port == port


def test_a_pid_file_of_a_process_that_is_somebody_elses_now_does_no_harm(server: Postgres) -> None:
    server.stop()
    (server.log.parent / "cluster" / "postmaster.pid").write_text(
        f"{os.getpid()}\n/elsewhere\n1\n1\n\n\n\nready\n"
    )
    assert one(server.start(), "select 1") == 1


def test_a_second_start_over_the_same_data_is_refused(server: Postgres, home: Path) -> None:
    with pytest.raises(StartError, match="Another process runs the database") as refusal:
        Postgres(home / "postgres").start()
    assert refusal.value.code == "database-in-use"
    assert one(server.dsn, "select 1") == 1


def test_a_damaged_cluster_fails_with_the_logs_last_words(server: Postgres, home: Path) -> None:
    server.stop()
    (server.log.parent / "cluster" / "PG_VERSION").write_text("7\n")
    with pytest.raises(StartError, match="PostgreSQL did not start") as refusal:
        Postgres(home / "postgres").start()
    assert "version" in refusal.value.hint


def test_it_ends_when_its_parent_is_killed_and_the_next_start_waits_for_it(home: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from mxc.server.embedded.postgres import Postgres\n"
        "server = Postgres(Path(sys.argv[1])); server.start(); print(server.process.pid, flush=True)\n"
        "time.sleep(600)"
    )
    argv = [sys.executable, "-c", script, str(home / "postgres")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        postmaster = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    server = Postgres(home / "postgres")
    assert one(server.start(), "select 1") == 1
    eventually(lambda: not Path(f"/proc/{postmaster}").exists())
    server.stop()
