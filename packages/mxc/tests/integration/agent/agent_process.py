"""An agent as a process of its own, so that a test may kill it. Settings arrive as JSON on standard input."""

import asyncio
import json
import logging
import sys
from pathlib import Path

from mxc.agent.main import run
from mxc.agent.settings import AgentSettings

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    given = json.loads(sys.stdin.readline())
    given["data_dir"] = Path(given["data_dir"])
    asyncio.run(run(AgentSettings(**given)))
