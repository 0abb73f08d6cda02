"""Values that are kept encrypted: the keys, the value, and the change of keys."""
