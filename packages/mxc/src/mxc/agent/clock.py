"""The agent's clocks: wall time to stamp what people read, monotonic time to measure."""

import time
from typing import Final

wall: Final = time.time
"""Unix seconds; may jump."""

monotonic: Final = time.monotonic
"""Seconds since some moment; never jumps."""

pause: Final = time.sleep
"""Blocks the thread: for a few milliseconds before the event loop has anything else to do."""
