"""Rulebooks: the rules operators add to ours. Words: scheduling rule, mode (draft, shadow, enforce)."""
