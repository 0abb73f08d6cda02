"""What this process is, and where it keeps its files."""

from enum import StrEnum
from pathlib import Path

from mxc.server.settings.section import Section, env


class Mode(StrEnum):
    STANDALONE = "standalone"
    COORDINATOR = "coordinator"
    AGENT = "agent"


class ClusterStrategy(StrEnum):
    POSTGRES = "postgres"


class Process(Section):
    """What runs, and where its files are."""

    mode: Mode = env(
        "MXC_MODE",
        Mode.STANDALONE,
        "What `mxc up` runs: `standalone` is a coordinator with an agent beside it, `coordinator` decides "
        "only, `agent` acts only.",
    )
    home: Path = env(
        "MXC_HOME", Path(".mxc"), "The directory of everything that is kept: database, bus, keys, logs."
    )
    cluster_strategy: ClusterStrategy = env(
        "MXC_CLUSTER_STRATEGY",
        ClusterStrategy.POSTGRES,
        "How coordinators find one another: `postgres` is a lease in the database they share.",
    )
