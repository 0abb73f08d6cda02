"""Names on the bus: `mxc.<tenant>.<direction>.<agent>.<kind>`; a tenant is its slug, an agent its node id."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

COMMANDS: Final = "commands"
"""The stream, one in each tenant's account, that keeps commands until their agent acknowledges them."""

_TOKEN = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62})")


@dataclass(frozen=True, slots=True)
class Address:
    """Who a subject speaks of: proven by the bus, for an agent may publish on its own subjects only."""

    tenant: str
    agent: UUID
    kind: str


def up(tenant: str, agent: UUID | str, kind: str) -> str:
    """Agent to core: hello, heartbeat, report. `agent` may be `*`."""
    return f"mxc.{token(tenant)}.up.{agent}.{kind}"


def down(tenant: str, agent: UUID | str, kind: str) -> str:
    """Core to agent, answered at once: logs, exec. `kind` may be `*`."""
    return f"mxc.{token(tenant)}.down.{agent}.{kind}"


def command(tenant: str, agent: UUID | str, workload: UUID | str) -> str:
    """Core to agent, kept until acknowledged; the newest command for a workload replaces the one before."""
    return f"mxc.{token(tenant)}.cmd.{agent}.{workload}"


def inbox(agent: UUID) -> str:
    """The prefix of the only inboxes this agent may listen on."""
    return f"_INBOX_{agent}"


def parse(subject: str) -> Address:
    """The address in an up or down subject. Raises ValueError when it is none."""
    parts = subject.split(".")
    if len(parts) != 5 or parts[0] != "mxc" or parts[2] not in {"up", "down"}:
        raise ValueError(f"{subject!r} is not mxc.<tenant>.up|down.<agent>.<kind>")
    return Address(token(parts[1]), UUID(parts[3]), parts[4])


def token(slug: str) -> str:
    """The slug itself, if it can be one token of a subject. Raises ValueError when it cannot."""
    if _TOKEN.fullmatch(slug) is None:
        raise ValueError(f"{slug!r} cannot be part of a subject: use a-z, 0-9, - and _, at most 63 of them")
    return slug
