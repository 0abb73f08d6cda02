"""The hands: one process per node that runs workloads and says what became of them."""
