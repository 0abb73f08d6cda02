"""The garbage collector while much is built: it would look at every new row again and again, for nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

BULK = 1_000
"""Rows from which on a change counts as bulk."""
LASTING = 100_000
"""Rows from which on what was built is taken for lasting, and never looked at again."""


@contextmanager
def paused(rows: int) -> Iterator[None]:
    """No collection while the block runs; after many rows, what lives then is set aside from later ones."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if rows >= LASTING:
            gc.freeze()
        if running:
            gc.enable()
