"""How little a command imports: what it takes to begin is felt at every one, and at every press of tab."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mxc.cli.catalogue import Shelf
from mxc.server.surfaces.app import api, exposures, route_modules

AWAY = "http://127.0.0.1:1"
SERVER = {"sqlalchemy", "fastapi", "starlette", "uvicorn", "nicegui", "asyncpg", "psycopg", "nats", "msgspec"}
HEAVY = SERVER | {"datalox", "pydantic", "rich", "yaml", "asyncio", "mxc.server", "mxc.agent"}
OFFLINE = HEAVY | {"http.client", "ssl"}
TAB = {"_MXC_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "mxc memberships "}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine that once asked an API that is away now."""
    folder = tmp_path_factory.mktemp("home")
    document = json.loads(api(exposures(route_modules()))[2].content)
    Shelf(AWAY, {"XDG_CACHE_HOME": str(folder)})._keep(json.dumps({"data": document}), "name")
    return folder


@pytest.mark.parametrize(
    ("words", "code", "heavy"),
    [
        ("--help", 0, OFFLINE),
        ("version", 0, HEAVY),
        ("completion zsh", 0, OFFLINE),
        ("workloads create --help", 0, OFFLINE),
        ("memberships --help", 0, OFFLINE),
        ("memberships list --help", 0, HEAVY),
        ("context list", 0, OFFLINE),
        ("nodes list -o json", 8, HEAVY),
    ],
)
def test_nothing_heavy_is_imported(home: Path, words: str, code: int, heavy: set[str]) -> None:
    ended, out, imported = ran(home, words, {})
    assert (ended, imported & heavy) == (code, set()), out


def test_a_press_of_tab_neither(home: Path) -> None:
    ended, out, imported = ran(home, "", TAB)
    assert (ended, imported & HEAVY) == (0, set()) and "set-role" in out


def ran(home: Path, words: str, environment: dict[str, str]) -> tuple[int, str, set[str]]:
    """(exit code, what was printed, every module that was imported)."""
    code = (
        "import sys\nfrom mxc.cli.main import main\n"
        "try:\n    main()\nfinally:\n    print('', *sys.modules, sep='\\0', file=sys.stderr)\n"
    )
    known = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "MXC_COORDINATOR": AWAY,
    }
    known |= {"MXC_HOME": str(home), "MXC_API_TOKEN": "mxc_0_none", **environment}
    command = [sys.executable, "-c", code, *words.split()]
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    said, *imported = done.stderr.split("\0")
    return done.returncode, done.stdout + said, {name.strip() for name in imported}
