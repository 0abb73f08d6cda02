"""Signing in by somebody else's word. Words: provider, identity, state, nonce."""
