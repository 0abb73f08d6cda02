"""How a workload runs: one module per kind of workload, and what they share."""
