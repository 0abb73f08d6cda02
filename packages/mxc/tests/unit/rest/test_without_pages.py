"""An API alone does without what pages cost: some 14 MB and half a second."""

import subprocess
import sys

import pytest

ASK = """
import sys
from mxc.server.surfaces.app import create_app
create_app(None, secret="not used without pages", has_pages=False)
print(sorted({name.split(".")[0] for name in sys.modules} & {"nicegui", "socketio"}))
print([name for name in sys.modules if ".pages." in name])
"""


@pytest.mark.parametrize("line", [0, 1])
def test_an_api_alone_loads_neither_pages_nor_their_framework(line: int) -> None:
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[line] == "[]"
