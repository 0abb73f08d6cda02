"""Where rows live: relations with derivation counts, their indexes, and the timer of validity intervals."""
