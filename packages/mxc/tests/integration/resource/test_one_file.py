"""A process of its own for the stories of `one_file.py`: what a class declares is declared until the process
ends, and every other test would find the table missing."""

import subprocess
import sys
from pathlib import Path

from tools.house.source import ROOT

STORIES = Path(__file__).with_name("one_file.py")


def test_a_resource_is_one_file() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", str(STORIES)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert told.returncode == 0, told.stdout[-8000:] + told.stderr[-2000:]
    assert "8 passed" in told.stdout
