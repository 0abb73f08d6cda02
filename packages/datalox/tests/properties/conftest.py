"""Makes the oracle and the generators importable for the properties."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
