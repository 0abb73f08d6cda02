"""Read every section from an environment, or say all that is wrong with it at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from mxc.server.kernel.errors import Invalid
from mxc.server.settings.bus import BusLink
from mxc.server.settings.database import Database
from mxc.server.settings.encryption import Encryption
from mxc.server.settings.local_agent import LocalAgent
from mxc.server.settings.mail import Outgoing
from mxc.server.settings.people import People
from mxc.server.settings.process import Process
from mxc.server.settings.providers import SignIn
from mxc.server.settings.scheduling import Scheduling
from mxc.server.settings.section import Section
from mxc.server.settings.web import Web


@dataclass(frozen=True, slots=True)
class Settings:
    """Every section, read and checked."""

    process: Process
    web: Web
    database: Database
    encryption: Encryption
    bus: BusLink
    scheduling: Scheduling
    agent: LocalAgent
    people: People
    sign_in: SignIn
    mail: Outgoing


SECTIONS: Mapping[str, type[Section]] = {
    "process": Process,
    "web": Web,
    "database": Database,
    "encryption": Encryption,
    "bus": BusLink,
    "scheduling": Scheduling,
    "agent": LocalAgent,
    "people": People,
    "sign_in": SignIn,
    "mail": Outgoing,
}


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from an environment; an empty variable counts as unset. Raises Invalid naming each bad one."""
    values: dict[str, Any] = {}
    faults: dict[str, list[str]] = {}
    for name, section in SECTIONS.items():
        try:
            values[name] = section.model_validate(_given(section, environment))
        except ValidationError as error:
            for variable, fault in _faults(error):
                faults.setdefault(variable, []).append(fault)
    if faults:
        lines = "; ".join(f"{variable}: {', '.join(texts)}" for variable, texts in faults.items())
        raise Invalid(
            f"The environment cannot be used: {lines}.",
            fields=faults,
            code="settings",
            hint="docs/reference/settings.md lists every setting and what it may be.",
        )
    return Settings(**values)


def unknown(environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each MXC_ variable that no part of us reads: a misspelled setting has no effect."""
    known = {variable for section in SECTIONS.values() for variable in variables(section)}
    for variable in sorted(environment):
        if variable.startswith("MXC_") and variable not in known:
            near = get_close_matches(variable, known, n=1)
            yield f"{variable} is no setting of ours" + (f"; did you mean {near[0]}?" if near else ".")


def variables(section: type[Section]) -> list[str]:
    """The environment variables of a section, in order."""
    return [field.alias for field in section.model_fields.values() if field.alias]


def secret_variables() -> frozenset[str]:
    """The variables that hold secrets: no child of ours gets those it does not need."""
    return frozenset(
        field.alias
        for section in SECTIONS.values()
        for field in section.model_fields.values()
        if field.alias and isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("secret")
    )


def _given(section: type[Section], environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in variables(section) if environment.get(name)}


def _faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    for fault in error.errors(include_url=False, include_input=False):
        variable = str(fault["loc"][0]) if fault["loc"] else "together"
        yield variable, fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
