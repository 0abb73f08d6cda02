"""The agent's settings from environment variables; what is wrong with them is said all at once."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from mxc.agent.settings import AgentSettings

Value = TypeVar("Value")
HYPERVISORS: Final = ("none", "qemu", "cloud-hypervisor", "vfkit")
MOST_CORES: Final = 100_000
MOST_MEGABYTES: Final = 10**9
YES: Final = frozenset({"true", "1", "yes", "on"})
NO: Final = frozenset({"false", "0", "no", "off"})


def read(environment: Mapping[str, str]) -> AgentSettings:
    """Raises ValueError with one line per variable that cannot be used."""
    faults: list[str] = []

    def take(name: str, parse: Callable[[str], Value], default: Value) -> Value:
        text = environment.get(name, "")
        try:
            return parse(text) if text else default
        except ValueError as error:
            faults.append(f"{name}={text}: {error}")
            return default

    port = environment.get("PORT") or "4000"
    settings = AgentSettings(
        coordinator=take("MXC_COORDINATOR", _url, f"http://127.0.0.1:{port}"),
        data_dir=Path(environment.get("MXC_HOME") or ".mxc") / "agent",
        token=environment.get("MXC_API_TOKEN", "").strip(),
        cpu=take("MXC_AGENT_CPU", _cores, 0.0),
        memory=take("MXC_AGENT_MEMORY", _megabytes, 0),
        hypervisor=take("MXC_HYPERVISOR", _hypervisor, ""),
        stops_workloads=take("MXC_AGENT_STOPS_WORKLOADS", _truth, False),
    )
    if not settings.token:
        faults.append("MXC_API_TOKEN: an agent needs one; `mxc tokens create --scope write agent` does it")
    if faults:
        raise ValueError("\n".join(faults))
    return settings


def _url(text: str) -> str:
    found = text if "://" in text else f"http://{text}"
    if not found.startswith(("http://", "https://")):
        raise ValueError("must be an http(s) URL")
    return found


def _cores(text: str) -> float:
    if not 0 <= (found := float(text)) <= MOST_CORES:
        raise ValueError(f"must be cores from 0 to {MOST_CORES}")
    return found


def _megabytes(text: str) -> int:
    if not 0 <= (found := int(text)) <= MOST_MEGABYTES:
        raise ValueError(f"must be megabytes from 0 to {MOST_MEGABYTES}")
    return found


def _hypervisor(text: str) -> str:
    if text not in HYPERVISORS:
        raise ValueError(f"must be one of {', '.join(HYPERVISORS)}")
    return text


def _truth(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise ValueError("must be true or false")
    return text.lower() in YES
