"""What concerns the agent that runs beside us, and what it is told."""

from enum import StrEnum

from mxc.server.settings.section import Section, env, secret

CAPABILITIES = r"[a-z][a-z0-9_]*=[^,=\s]+(,[a-z][a-z0-9_]*=[^,=\s]+)*"


class Hypervisor(StrEnum):
    NONE = "none"
    QEMU = "qemu"
    CLOUD_HYPERVISOR = "cloud-hypervisor"
    VFKIT = "vfkit"


class LocalAgent(Section):
    """The agent: what it offers and whom it serves. Also read by `mxc agent` on its own machine."""

    cpu: float = env("MXC_AGENT_CPU", 0.0, "Cores to offer; 0 offers what is detected.", ge=0, le=100_000)
    memory: int = env("MXC_AGENT_MEMORY", 0, "Megabytes to offer; 0 offers what is detected.", ge=0, le=10**9)
    capabilities: str = env(
        "MXC_AGENT_CAPABILITIES",
        "",
        "What constraints can ask of this node, besides what is detected: `zone=eu,gpu=2`.",
        pattern=f"^({CAPABILITIES})?$",
    )
    hypervisor: Hypervisor | None = env(
        "MXC_HYPERVISOR",
        None,
        "What runs microVMs here; detected when unset.",
    )
    stops_workloads: bool = env(
        "MXC_AGENT_STOPS_WORKLOADS",
        False,
        "End the workloads when the agent is told to end; else they go on and the next agent adopts them. "
        "Beside a coordinator (`standalone`) it is true unless set.",
    )
    coordinator: str = env("MXC_COORDINATOR", "", "Where an agent and the command line find the API.")
    token: str = secret("MXC_API_TOKEN", "The token an agent enrols with and the command line signs in with.")
