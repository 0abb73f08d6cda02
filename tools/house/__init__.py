"""Our own lints: one rule per file, each a function `check(sources)`; presence registers it.

`python -m tools.house` prints what they find. tests/house runs and tests them.
"""
