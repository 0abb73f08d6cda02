"""Routes about rules that derivation cannot give."""
