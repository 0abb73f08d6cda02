"""`python -m mxc.agent`: what `mxc agent` becomes."""

import asyncio
import logging
import os
import sys

from mxc.agent.environment import read, unknown
from mxc.agent.identity import InUseError
from mxc.agent.main import run

_log = logging.getLogger(__name__)


def main() -> int:
    """Runs until it is told to stop; the exit code is 1 when it could not start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = read(os.environ)
        for doubt in unknown(os.environ):
            _log.warning(doubt)
        # What workloads inherit must not hold what lets an agent in.
        os.environ.pop("MXC_API_TOKEN", None)
        asyncio.run(run(settings))
    except (InUseError, ValueError) as error:
        sys.stderr.write(f"mxc agent: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
