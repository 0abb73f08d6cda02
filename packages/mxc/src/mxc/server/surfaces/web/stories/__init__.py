"""The story page: every component once, with data that shows its edges. In development only."""
