"""Text to program and back: lexer, cursor, expressions, bodies, clauses, directives, printer."""
