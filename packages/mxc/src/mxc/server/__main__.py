"""`python -m mxc.server`: what `mxc up` becomes. Before anything else, being told to end is noted.

An exception in the middle of an import would leave its lock to nobody, so who reads the note ends us.
"""

import signal
import sys
import threading
from importlib import import_module


def main() -> int:
    """As `mxc.server.start.main`."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    code: int = import_module("mxc.server.start").main(told.is_set)
    return code


if __name__ == "__main__":
    sys.exit(main())
