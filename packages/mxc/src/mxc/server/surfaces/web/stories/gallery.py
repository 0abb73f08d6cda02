"""/dev/components: the stories one below the other."""

from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box
from mxc.server.hosting.page import Visit, page
from mxc.server.surfaces.web.stories.lists import lists
from mxc.server.surfaces.web.stories.parts import parts
from mxc.server.surfaces.web.stories.proofs import proofs


@page("/dev/components", "Components", menu="Components", icon="widgets", order=900)
async def components(visit: Visit) -> None:
    """Draws every component."""
    with page_head("Components"):
        pass
    with box("m-stack"):
        lists()
        parts()
        proofs()
