"""Pages about who belongs here and what they may do, where derivation alone would not do."""
