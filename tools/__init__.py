"""What keeps the project in shape; none of it is shipped."""
