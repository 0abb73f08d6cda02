"""What is said of a column beside its type: how it looks, what the table checks, what people may know."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy.orm import MappedColumn, mapped_column

SAID: Final = "mxc"


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a column is to a human and to a rule; `example` is one that documents show.

    A `secret` is never shown; a `masked` one is shown to whoever may read the row, but never audited. One
    that is `selectable` is looked through by what is in it: labels by selector, tags by membership.
    """

    kind: str
    unit: str = ""
    secret: bool = False
    masked: bool = False
    is_selectable: bool = False
    example: Any = None


OnDelete = Literal["restrict", "cascade", "clear"]


@dataclass(frozen=True, slots=True)
class Check:
    """A condition the table holds for a column; `{}` stands for its name."""

    condition: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What `belongs_to` says of a column that holds the id of a row of another table."""

    target: str
    on_delete: OnDelete = "restrict"
    inverse: str = ""
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What one column of one resource says of itself."""

    help: str = ""
    example: Any = None
    visible_to: str = ""
    reference: Reference | None = None
    blind_of: str = ""


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


def belongs_to(
    target: str,
    *,
    on_delete: OnDelete = "restrict",
    inverse: str = "",
    is_global: bool = False,
    help: str = "",  # noqa: A002 (it is what the declaration reads like)
) -> MappedColumn[Any]:
    """The id of a row of the table `target`: `node_id: Mapped[UUID | None] = belongs_to("nodes")`.

    When that row goes: `restrict` refuses it, `cascade` takes this row along, `clear` empties the column.
    Both rows are of one tenant, which PostgreSQL sees to; `is_global` says that the other is in no tenant.
    `inverse` is what the other side calls these rows, their plural when nothing is said.
    """
    reference = Reference(target, on_delete, inverse, is_global)
    return mapped_column(info={SAID: Said(help, reference=reference)})
