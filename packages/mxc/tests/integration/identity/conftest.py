"""Who may come in, over HTTP."""

from mxc.testing.served import core, served

__all__ = ["core", "served"]
