"""The bus to the agents: NATS in operator mode, one account per tenant, one user per agent."""

from mxc.server.kernel.bus.authority import Authority
from mxc.server.kernel.bus.bus import Bus, Heard

__all__ = ["Authority", "Bus", "Heard"]
