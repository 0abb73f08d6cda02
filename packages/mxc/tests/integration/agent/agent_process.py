"""An agent as a process of its own, so that a test may kill it. Settings arrive as JSON on standard input."""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from mxc.agent.main import run
from mxc.agent.settings import AgentSettings


def be_odd() -> None:
    """As a shell, nohup, nice or a careless service manager may have left us."""
    for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR2})
    os.umask(0o077)
    os.nice(5)
    os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)
    os.environ |= {"MXC_HOME": "/nowhere", "MXC_API_TOKEN": "secret", "DATABASE_URL": "secret"}


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    given = json.loads(sys.stdin.readline())
    if given.pop("is_odd", False):
        be_odd()
    given["data_dir"] = Path(given["data_dir"])
    asyncio.run(run(AgentSettings(**given)))
