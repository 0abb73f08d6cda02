"""Reads settings and starts everything.

Our own servers start in a thread of their own while the rest of the program, which takes longer, is imported.
"""

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from logging.handlers import RotatingFileHandler
from typing import Any

from mxc.server.embedded.servers import Servers
from mxc.server.home import Home
from mxc.server.kernel.errors import MxcError
from mxc.server.kernel.facts.clock import Clock
from mxc.server.settings.process import Mode
from mxc.server.settings.settings import Settings, read, unknown

_LOG_BYTES = 10_000_000


def main(is_told: Callable[[], bool]) -> int:
    """Runs until it is told to end, which `is_told` says of the time before it listens for that itself.

    The exit code is 1 when it could not start.
    """
    try:
        settings = read(os.environ)
        home = Home(settings.process.home)
        home.enter()
    except MxcError as error:
        return _refuse(error)
    _log_to(home)
    for doubt in unknown(os.environ):
        tell(doubt)
    clock = Clock()
    servers = _servers(settings, home, clock)
    try:
        program = _load_program()
        if not is_told():
            program.run(settings, home, servers, clock, tell, is_told)
    except MxcError as error:
        return _refuse(error)
    finally:
        _ignore_signals()
        servers.stop()
        home.leave()
    return 0


def _load_program() -> Any:
    """What is imported stays: looking for garbage in it meanwhile, and ever after, is time lost."""
    gc.disable()
    program = import_module("mxc.server.main")
    gc.freeze()
    gc.enable()
    return program


def tell(line: str) -> None:
    """Say it to who started us."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _servers(settings: Settings, home: Home, clock: Clock) -> Servers:
    servers = Servers(home, tell, clock.unix)
    if not settings.database.dsn:
        servers.start_database()
    if not settings.bus.url:
        servers.start_bus(settings.bus.port)
    if settings.process.mode is Mode.STANDALONE:
        tell(f"mxc starts from {home.path}")
    return servers


def _refuse(error: MxcError) -> int:
    lines: Sequence[str] = [f"mxc: {error.message}", error.hint, f"see {error.place}" if error.place else ""]
    sys.stderr.write("\n".join(filter(None, lines)) + "\n")
    return 1


def _ignore_signals() -> None:
    """We are ending already; cut short, we would leave the servers to the kernel."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _log_to(home: Home) -> None:
    """Everything to a file that is kept small; warnings also to the terminal."""
    file = RotatingFileHandler(home.logs / "coordinator.log", maxBytes=_LOG_BYTES, backupCount=2, delay=True)
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.WARNING)
    terminal.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[file, terminal])
