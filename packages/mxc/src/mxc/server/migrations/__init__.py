"""The schema's history: one frozen revision a file, applied by `migrate`."""
