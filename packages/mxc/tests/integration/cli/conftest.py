"""The command line against a running API."""

from mxc.testing.served import core, served
from mxc.testing.terminal import shell

__all__ = ["core", "served", "shell"]
