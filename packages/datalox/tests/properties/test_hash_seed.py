"""What a session says does not depend on the seed of Python's hashes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from properties.streams import Scenario, scenarios
from properties.test_engine import SETTINGS

HERE = Path(__file__).parent


class Batch(list[Scenario]):
    """Many scenarios; too long to print, so a failure is told by what it takes to repeat it."""

    def __repr__(self) -> str:
        return f"a batch of {len(self)} scenarios"


def said(scenarios_: bytes, seed: int) -> str:
    run = subprocess.run(
        [sys.executable, str(HERE / "transcript.py")],
        input=scenarios_,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(HERE.parent)},
        check=True,
    )
    return run.stdout.decode()


@settings(SETTINGS, max_examples=3, phases=[Phase.reuse, Phase.generate])
@given(st.lists(scenarios(steps=3), min_size=12, max_size=20).map(Batch))
def test_answers_changes_and_explanations_do_not_depend_on_it(batch: Batch) -> None:
    told = [said(pickle.dumps(list(batch)), seed) for seed in (0, 1, 4_000_000_000)]
    for other in told[1:]:
        for one, another in zip(told[0].splitlines(), other.splitlines(), strict=True):
            assert one == another
