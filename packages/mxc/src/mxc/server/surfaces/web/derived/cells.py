"""Documents as rows of a table, and values as they stand on a page: by the kind of their field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from mxc.server.hosting.design.data_table import Column
from mxc.server.hosting.design.inputs import NUMBERS, label_of
from mxc.server.hosting.design.markup import box, link, text
from mxc.server.hosting.design.panel import identifier
from mxc.server.hosting.design.status import badge, status_of
from mxc.server.hosting.design.times import amount, memory, moment, short_id
from mxc.server.kernel.resource import Field
from mxc.server.kernel.resource.keyset import sortable
from mxc.server.kernel.sealing.sealed import MASK
from mxc.server.surfaces.web.derived.subject import BOOKKEEPING, Subject, Subjects, is_hidden

Document = Mapping[str, Any]
Draw = Callable[[], object]
CODES: Final = frozenset({"key", "uuid", "ip", "cidr", "mac", "cron"})
STATES: Final = frozenset({"role", "mode", "liveness", "intent"})
HIDDEN_WORD: Final = "hidden"


def columns_of(subject: Subject) -> list[Column]:
    """The columns of its list; all but the first two make room on narrow screens."""
    return [_column(subject, name, index) for index, name in enumerate(subject.columns)]


def sortable_of(subject: Subject) -> list[str]:
    """The columns of its list that PostgreSQL can sort by."""
    return [name for name in subject.columns if name in sortable(subject.spec)]


def _column(subject: Subject, name: str, index: int) -> Column:
    kind = "" if name in subject.spec.computed else subject.spec.field(name).kind
    is_wide = index > 1 and name != subject.status
    label = label_of(name)
    if name == subject.status:
        return Column(name, label, kind="status", width="136px")
    if kind == "instant":
        return Column(name, label, kind="time", width="112px", right=True, wide=is_wide)
    if kind in NUMBERS:
        return Column(name, label, width="104px", right=True, wide=is_wide)
    if kind == "flag":
        return Column(name, label, width="96px", wide=is_wide)
    return Column(name, label, kind="code" if kind in CODES else "text", wide=is_wide)


def row_of(subject: Subject, document: Document, names: Mapping[str, str]) -> dict[str, Any]:
    """One row of its list."""
    row: dict[str, Any] = {"id": str(document["id"])}
    if subject.has_pages:
        row["href"] = subject.href(document["id"])
    for name in subject.columns:
        row[name] = _cell(subject, name, document[name], names)
    row["label"] = subject.name_of(document)
    row["under"] = " · ".join(_under(subject, document, names))
    return row


def _under(subject: Subject, document: Document, names: Mapping[str, str]) -> Iterator[str]:
    """What a narrow screen shows below the name."""
    for name in subject.columns[2:]:
        if name != subject.status and _kind(subject, name) != "instant":
            words = plainly(subject, name, document[name], names)
            if words:
                yield words


def _cell(subject: Subject, name: str, value: Any, names: Mapping[str, str]) -> Any:
    if name == subject.status and value is not None:
        return status_of(str(value)).cell()
    if _kind(subject, name) == "instant":
        return value
    return plainly(subject, name, value, names)


def _kind(subject: Subject, name: str) -> str:
    return "" if name in subject.spec.computed else subject.spec.field(name).kind


def plainly(subject: Subject, name: str, value: Any, names: Mapping[str, str]) -> str:
    """A value in words."""
    if value is None or value == "":
        return ""
    field = None if name in subject.spec.computed else subject.spec.field(name)
    if field is not None and field.reference is not None:
        return names.get(str(value), short_id(str(value)))
    return in_words(value, field.kind if field else "")


def in_words(value: Any, kind: str = "") -> str:
    """A JSON value in words."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return memory(value) if kind == "megabytes" else amount(value)
        case Mapping():
            return ", ".join(f"{key}={in_words(each)}" for key, each in value.items()) or "–"
        case [*_]:
            return ", ".join(map(in_words, value)) or "–"
        case str() if value == MASK:
            return HIDDEN_WORD
    return str(value)


def references_of(subject: Subject, documents: Sequence[Document]) -> dict[str, set[UUID]]:
    """The rows that these name: ids by plural."""
    found: dict[str, set[UUID]] = {}
    for field in subject.spec.fields:
        if field.reference is not None:
            ids = {UUID(str(each[field.name])) for each in documents if each.get(field.name)}
            found.setdefault(field.reference.target, set()).update(ids)
    return found


def facts_drawn(
    subject: Subject, subjects: Subjects, document: Document, names: Mapping[str, str]
) -> dict[str, object | Draw]:
    """Every value of a row for its fact list, by label."""
    shown = [each for each in subject.spec.fields if not is_hidden(each) and each.name not in BOOKKEEPING]
    drawn: dict[str, object | Draw] = {}
    for field in shown:
        if field.name != subject.status:
            drawn[label_of(field.name)] = _drawn(subjects, field, document.get(field.name), names)
    for name in (*subject.spec.computed, *subject.exposure.also):
        if name != subject.status:
            drawn[label_of(name)] = in_words(document.get(name))
    for name in ("created_at", "updated_at"):
        if name in document:
            drawn[label_of(name)] = _time(document[name])
    return drawn


def _drawn(subjects: Subjects, field: Field, value: Any, names: Mapping[str, str]) -> object | Draw:
    if value is None or value in ("", [], {}):
        return "–"
    if value == MASK:
        return lambda: text(f"hidden; shown to {field.visible_to or 'nobody'}", "m-quiet", tag="span")
    if field.reference is not None:
        return _referred(subjects, field.reference.target, str(value), names)
    if field.kind == "instant":
        return _time(value)
    if field.kind in ("key", "uuid"):
        return lambda: identifier(str(value))
    if field.choices and field.name in STATES:
        return str(value)
    if field.kind in ("labels", "json") and isinstance(value, Mapping):
        return lambda: _labels(value)
    words = in_words(value, field.kind)
    return f"{words} {field.unit}" if field.unit and field.kind != "megabytes" else words


def _time(value: Any) -> Draw:
    return lambda: moment(value)


def _labels(value: Mapping[str, Any]) -> None:
    with box("m-row"):
        for key, each in value.items():
            text(f"{key}={in_words(each)}", "m-tag", tag="span")


def _referred(subjects: Subjects, plural: str, row_id: str, names: Mapping[str, str]) -> Draw:
    target = subjects.get(plural)
    name = names.get(row_id)
    if target is None or name is None or not target.has_pages:
        return lambda: identifier(row_id)
    return lambda: link(name, target.href(row_id))


def status_badge(subject: Subject, document: Document) -> Draw | None:
    """Its state as a badge."""
    if not subject.status or document.get(subject.status) is None:
        return None
    return lambda: badge(status_of(str(document[subject.status])))
