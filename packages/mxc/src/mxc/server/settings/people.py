"""How people come in."""

from enum import StrEnum

from mxc.server.settings.section import Section, env


class Registration(StrEnum):
    CLOSED = "closed"
    OPEN = "open"


class People(Section):
    """Who may sign up."""

    registration: Registration = env(
        "MXC_REGISTRATION",
        Registration.CLOSED,
        "Whether anybody may make an organisation of their own (`open`) or only who runs the installation.",
    )
