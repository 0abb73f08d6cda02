"""/links: the links that mails carried."""

from mxc.server.domains.identity.link import Link
from mxc.server.hosting.display import Display

display = Display(
    Link, title="Links", icon="link", order=40,
    hint="Links sent by mail. Each opens its door once, and not for long.",
)  # fmt: skip
