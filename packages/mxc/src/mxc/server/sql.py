"""`python -m mxc.server.sql`: what `mxc dev sql` asks, as JSON on standard input, answered as JSON.

It is for who runs mxc on this machine: nobody else can read from the home how to reach the database.
"""

import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from mxc.server.embedded.running import running_dsn
from mxc.server.home import Home
from mxc.server.kernel.access.one_statement import Request, run
from mxc.server.kernel.errors import MxcError
from mxc.server.settings.settings import read


def main() -> int:
    """Answers one request; the exit code is 1 when the answer is an error."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    answer: dict[str, Any]
    try:
        settings = read(os.environ)
        dsn = settings.database.dsn or running_dsn(Path(Home(settings.process.home).postgres))
        answer, code = run(dsn, request), 0
    except MxcError as error:
        answer, code = {"error": error.message, "code": error.code, "hint": error.hint}, 1
    sys.stdout.buffer.write(msgspec.json.encode(answer, enc_hook=_plain))
    return code


def _plain(value: Any) -> Any:
    return f"\\x{bytes(value).hex()}" if isinstance(value, bytes | memoryview) else str(value)


if __name__ == "__main__":
    sys.exit(main())
