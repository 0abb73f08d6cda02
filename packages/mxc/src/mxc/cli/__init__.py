"""The command line. It talks to the API only, and imports nothing of the server."""
