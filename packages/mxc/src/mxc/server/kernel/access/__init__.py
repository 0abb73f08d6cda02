"""Who acts, what they may do, and the database sessions that cannot forget whose data they see."""
