"""Identity: the people and programs that act. Words: user, role, API token."""
