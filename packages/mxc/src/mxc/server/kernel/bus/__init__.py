"""The bus to the agents: NATS in operator mode, one account per tenant, one user per agent."""

from mxc.server.kernel.bus.authority import Authority
from mxc.server.kernel.bus.bus import Bus, Heard
from mxc.server.kernel.bus.logs import read_logs
from mxc.server.kernel.bus.outbox import Bell, Publisher

__all__ = ["Authority", "Bell", "Bus", "Heard", "Publisher", "read_logs"]
