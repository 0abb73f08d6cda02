"""What changed in PostgreSQL, whoever changed it: triggers note it, a bell rings, the core takes notes."""
