"""/sessions: the browsers people are signed in with, for who administers the installation."""

from mxc.server.domains.identity.session import Session
from mxc.server.hosting.display import Display

display = Display(
    Session, title="Sessions", icon="devices", order=20,
    hint="Every browser that somebody signed in with. Ending one signs it out, copies of its cookie too.",
)  # fmt: skip
