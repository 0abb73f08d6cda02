"""/notices: what a human should know about the fleet."""

from mxc.server.domains.workloads.notice import Notice
from mxc.server.hosting.display import Display, MenuGroup

menu_group = MenuGroup("Fleet", "dns", 600)
display = Display(
    Notice, title="Notices", icon="campaign", order=10,
    hint="Something about the whole fleet that a human should know. Rules raise them, and clear them.",
)  # fmt: skip
