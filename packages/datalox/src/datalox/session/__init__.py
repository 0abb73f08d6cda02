"""Sessions: transactions over live facts, questions about them, and the rules that can be swapped
underneath."""
