"""Fixtures every suite may use: a real PostgreSQL and a real NATS."""

pytest_plugins = ["mxc.testing.postgres", "mxc.testing.nats"]
