"""What follows, as effects, from derived facts about nodes and workloads: one reaction a file."""
