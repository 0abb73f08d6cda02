"""Frozen steps from one schema to the next; a released revision never changes."""
