"""Workloads and the nodes that run them. Words: node, workload, placement, generation, reservation."""
