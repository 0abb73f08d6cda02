"""Times and amounts as people read them. Browsers keep relative words current, the server does not tick."""

from datetime import datetime

from nicegui import ui

from mxc.server.hosting.design.markup import text, with_attributes

LEAST = 0.01
_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))


def iso(moment: datetime | str) -> str:
    """ISO 8601, as documents carry it."""
    return moment if isinstance(moment, str) else moment.isoformat()


def moment(at: datetime | str | None, classes: str = "") -> ui.element:
    """A relative time with the absolute one on hover; a dash for never."""
    if at is None:
        return text("–", f"m-quiet {classes}", tag="span")
    stamp = iso(at)
    return with_attributes(text(stamp, f"m-time {classes}", tag="time"), datetime=stamp)


def duration(seconds: float) -> str:
    """`90 → '1.5 min'`: one unit, at most one digit after the point."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"


def amount(value: float) -> str:
    """A number with at most two digits after the point and no idle zeros; a little is never nothing."""
    if 0 < abs(value) < LEAST:
        return f"{'-' if value < 0 else ''}<{LEAST}"
    return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", "\u202f")


def memory(megabytes: float) -> str:
    """`2048 → '2 GB'`, `300 → '300 MB'`."""
    if abs(megabytes) >= 1024:
        return f"{amount(round(megabytes / 1024, 1))} GB"
    return f"{amount(megabytes)} MB"


def short_id(value: str) -> str:
    """The first eight characters of an id: enough to tell rows apart."""
    return value[:8]
