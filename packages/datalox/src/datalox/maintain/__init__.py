"""One file per way to keep a predicate current: counting, aggregate, temporal, recursive; and how
changes travel."""
