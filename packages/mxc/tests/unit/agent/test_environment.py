"""The agent's variables: each has its effect, a bad one is refused with what is allowed."""

from pathlib import Path

import pytest

from mxc.agent.environment import CAPABILITIES, HYPERVISORS, VARIABLES, read, unknown
from mxc.server.settings.local_agent import CAPABILITIES as OF_THE_SERVER
from mxc.server.settings.local_agent import Hypervisor, LocalAgent
from mxc.server.settings.settings import variables

TOKEN = {"MXC_API_TOKEN": "mxc_t"}


def test_every_variable_has_its_effect() -> None:
    settings = read({
        **TOKEN, "MXC_COORDINATOR": "core:4000", "MXC_HOME": "here", "MXC_AGENT_CPU": "1.5",
        "MXC_AGENT_MEMORY": "512", "MXC_HYPERVISOR": "qemu", "MXC_AGENT_STOPS_WORKLOADS": "true",
        "MXC_AGENT_CAPABILITIES": "zone=eu-1,gpu=2,share=0.5,ssd=true",
    })  # fmt: skip
    assert settings.coordinator == "http://core:4000"
    assert settings.data_dir == Path("here/agent")
    assert (settings.token, settings.cpu, settings.memory) == ("mxc_t", 1.5, 512)
    assert (settings.hypervisor, settings.stops_workloads) == ("qemu", True)
    assert settings.capabilities == {"zone": "eu-1", "gpu": 2, "share": 0.5, "ssd": True}


def test_unset_it_serves_this_machine_and_detects() -> None:
    settings = read(TOKEN)
    assert settings.coordinator == "http://127.0.0.1:4000"
    assert (settings.cpu, settings.memory, settings.hypervisor, settings.stops_workloads) == (
        0.0,
        0,
        "",
        False,
    )


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("MXC_AGENT_CPU", "many", "could not convert"),
        ("MXC_AGENT_CPU", "-1", "from 0 to 100000"),
        ("MXC_AGENT_CPU", "nan", "from 0 to 100000"),
        ("MXC_AGENT_MEMORY", "1.5", "invalid literal"),
        ("MXC_AGENT_CAPABILITIES", "zone", "name=value"),
        ("MXC_AGENT_CAPABILITIES", "zone=eu,", "name=value"),
        ("MXC_AGENT_CAPABILITIES", "Zone=eu", "name=value"),
        ("MXC_HYPERVISOR", "xen", "none, qemu, cloud-hypervisor, vfkit"),
        ("MXC_COORDINATOR", "ftp://core", "http(s) URL"),
        ("MXC_AGENT_STOPS_WORKLOADS", "maybe", "true or false"),
    ],
)
def test_a_bad_value_is_refused(variable: str, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=variable) as refusal:
        read({**TOKEN, variable: text})
    assert told in str(refusal.value)


def test_everything_wrong_is_said_at_once_and_no_secret_with_it() -> None:
    with pytest.raises(ValueError, match="MXC_API_TOKEN") as refusal:
        read({"MXC_AGENT_CPU": "x", "MXC_HYPERVISOR": "y"})
    assert len(str(refusal.value).splitlines()) == 3


def test_the_server_checks_the_same_values() -> None:
    assert tuple(Hypervisor) == HYPERVISORS
    assert CAPABILITIES == OF_THE_SERVER
    assert LocalAgent.model_validate({"MXC_AGENT_STOPS_WORKLOADS": "on"}).stops_workloads


def test_a_misspelled_variable_is_pointed_out() -> None:
    assert list(unknown({"MXC_AGENT_CAPABILITY": "zone=eu", "MXC_MODE": "agent", "HOME": "/"})) == [
        "MXC_AGENT_CAPABILITY is no setting of ours; did you mean MXC_AGENT_CAPABILITIES?"
    ]
    assert {name for name in variables(LocalAgent) if name.startswith("MXC_AGENT_")} == set(VARIABLES)
