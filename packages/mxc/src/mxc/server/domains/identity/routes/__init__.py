"""Routes about sessions and tokens that derivation cannot give."""
