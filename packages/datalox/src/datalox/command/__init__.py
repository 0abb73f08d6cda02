"""One file per verb of the command line; `line` reads it."""
