"""The command line against a running API."""

from mxc.testing.served import core, served

__all__ = ["core", "served"]
