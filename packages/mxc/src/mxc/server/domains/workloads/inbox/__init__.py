"""What agents tell us about nodes and workloads: one message kind a file."""
