"""The types of columns. SQLAlchemy reads one half of each, pydantic the other, pages and rules its `Look`.

Bounds are declared once: pydantic refuses what breaks them at the door, a CHECK in the table does the rest.
"""

from typing import Annotated
from uuid import UUID

from mxc.server.kernel.resource.fields.bags import (
    MAX_LABELS,
    Choices,
    Environment,
    Json,
    Labels,
    Plain,
    Scalar,
    Strings,
    Tags,
    TextLabels,
)
from mxc.server.kernel.resource.fields.look import Look, column
from mxc.server.kernel.resource.fields.network import Cidr, Cidrs, IpAddress, IpAddresses, Mac
from mxc.server.kernel.resource.fields.numbers import (
    MAX_INTEGER,
    Cores,
    Count,
    Flag,
    Megabytes,
    NonNegative,
    Number,
    Percentage,
    Port,
    Whole,
)
from mxc.server.kernel.resource.fields.secrets import (
    BlindIndex,
    EncryptedEmail,
    EncryptedJson,
    EncryptedText,
    blind_index,
)
from mxc.server.kernel.resource.fields.texts import MAX_TEXT, Email, Hostname, Name, Secret, Slug, Text, Url
from mxc.server.kernel.resource.fields.times import Cron, Duration, Instant, Seconds, TimeZone

Key = Annotated[UUID, Look("key", example="0b7a4c1e-6f0e-4f0b-9d54-0d6f6a1c2b3d")]

__all__ = [
    "MAX_INTEGER",
    "MAX_LABELS",
    "MAX_TEXT",
    "BlindIndex",
    "Choices",
    "Cidr",
    "Cidrs",
    "Cores",
    "Count",
    "Cron",
    "Duration",
    "Email",
    "EncryptedEmail",
    "EncryptedJson",
    "EncryptedText",
    "Environment",
    "Flag",
    "Hostname",
    "Instant",
    "IpAddress",
    "IpAddresses",
    "Json",
    "Key",
    "Labels",
    "Look",
    "Mac",
    "Megabytes",
    "Name",
    "NonNegative",
    "Number",
    "Percentage",
    "Plain",
    "Port",
    "Scalar",
    "Seconds",
    "Secret",
    "Slug",
    "Strings",
    "Tags",
    "Text",
    "TextLabels",
    "TimeZone",
    "Url",
    "Whole",
    "blind_index",
    "column",
]
