"""Routes about nodes and workloads that derivation cannot give."""
