"""/mails: what is to be told to people, and whether a server took it."""

from mxc.server.domains.identity.mail import Mail
from mxc.server.hosting.display import Display

display = Display(
    Mail, title="Mail", icon="mail", order=30,
    hint="What waits to be sent, and what was. What a mail says is kept encrypted and shown to nobody.",
)  # fmt: skip
