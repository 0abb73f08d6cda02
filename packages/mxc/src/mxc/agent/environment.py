"""The agent's settings from environment variables; what is wrong with them is said all at once."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

from mxc.agent.settings import AgentSettings
from mxc.protocol import Scalar

Value = TypeVar("Value")
HYPERVISORS: Final = ("none", "qemu", "cloud-hypervisor", "vfkit")
VARIABLES: Final = (
    "MXC_AGENT_CAPABILITIES", "MXC_AGENT_CPU", "MXC_AGENT_MEMORY", "MXC_AGENT_STOPS_WORKLOADS",
)  # fmt: skip
CAPABILITIES: Final = r"[a-z][a-z0-9_]*=[^,=\s]+(,[a-z][a-z0-9_]*=[^,=\s]+)*"
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
        capabilities=take("MXC_AGENT_CAPABILITIES", _capabilities, {}),
        stops_workloads=take("MXC_AGENT_STOPS_WORKLOADS", _truth, False),
    )
    if not settings.token:
        faults.append("MXC_API_TOKEN: an agent needs one; `mxc tokens create --name N --scope write` does it")
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


def _capabilities(text: str) -> dict[str, Scalar]:
    if not re.fullmatch(CAPABILITIES, text):
        raise ValueError("must be name=value, separated by commas: zone=eu,gpu=2")
    return {name: _scalar(value) for name, value in (each.split("=") for each in text.split(","))}


def _scalar(text: str) -> Scalar:
    """A number where it is one, so that `>=` compares it; true and false are themselves."""
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        with suppress(ValueError):
            if math.isfinite(found := number(text)):
                return found
    return text


def unknown(environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each MXC_AGENT_ variable that nobody reads: a misspelled setting has no effect."""
    for name in sorted(environment):
        if name.startswith("MXC_AGENT_") and name not in VARIABLES:
            near = get_close_matches(name, VARIABLES, n=1)
            yield f"{name} is no setting of ours" + (f"; did you mean {near[0]}?" if near else ".")


def _truth(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise ValueError("must be true or false")
    return text.lower() in YES
