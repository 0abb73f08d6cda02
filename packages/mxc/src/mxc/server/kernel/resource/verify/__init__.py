"""The mistakes a declaration can hold: one a file, each saying what is wrong and what to write instead."""
