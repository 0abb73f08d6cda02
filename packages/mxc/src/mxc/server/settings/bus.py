"""Which NATS carries the messages."""

from pathlib import Path

from mxc.server.settings.section import Section, env


class BusLink(Section):
    """NATS: yours when NATS_URL names one, else our own as a child process."""

    url: str = env(
        "NATS_URL",
        "",
        "A nats-server that you run with the configuration `mxc nats config` writes: `nats://host:port`.",
        pattern=r"^$|^(nats|tls)://\S+$",
    )
    port: int = env("NATS_PORT", 0, "The port of our own; 0 takes a free one and keeps it.", ge=0, le=65535)
    keys: Path | None = env(
        "MXC_NATS_KEYS",
        None,
        "With NATS_URL: the directory of the operator's and accounts' keys; `nats/keys` below MXC_HOME "
        "unless set. Coordinators that share a NATS share it.",
    )
