"""/partitions: parts of an organisation that people, tokens and rows can be confined to."""

from mxc.server.domains.tenants.partition import Partition
from mxc.server.hosting.display import Display

display = Display(
    Partition, title="Partitions", icon="grid_view", order=50,
    hint="Its rows are seen by the whole organisation and by who is confined to it; rows of none, by all.",
)  # fmt: skip
