"""From checked rules to plans: desugaring, isolation of time, and the order in which a body is joined."""
