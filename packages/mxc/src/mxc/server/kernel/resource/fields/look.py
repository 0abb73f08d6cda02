"""What is said of a column beside its type: how it looks, what the table checks, what people may know."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import MappedColumn, mapped_column

SAID: Final = "mxc"


@dataclass(frozen=True, slots=True)
class Look:
    """What a column is to a human and to a rule; `example` is one that documents show.

    A `secret` is never shown; a `masked` one is shown to whoever may read the row, but never audited.
    """

    kind: str
    unit: str = ""
    secret: bool = False
    masked: bool = False
    example: Any = None


@dataclass(frozen=True, slots=True)
class Check:
    """A condition the table holds for a column; `{}` stands for its name."""

    condition: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one column of one resource says of itself."""

    help: str = ""
    example: Any = None
    visible_to: str = ""


NOTHING_SAID: Final = Said()
_UNSET: Final = object()


def column(
    *,
    default: Any = _UNSET,
    help: str = "",  # noqa: A002 (it is what the declaration reads like)
    example: Any = None,
    visible_to: str = "",
) -> MappedColumn[Any]:
    """A column with what its type does not say: a default, a sentence of help, an example.

    `visible_to` is the role (`admin`) or the permission (`sites.read_costs`) without which it is masked.
    """
    options: dict[str, Any] = {} if default is _UNSET else {"default": default}
    return mapped_column(**options, info={SAID: Said(help, example, visible_to)})
