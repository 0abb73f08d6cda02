"""Mistakes about references, pages, identities, labels and encryption: found, at the line that makes them."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import (
    Listing,
    Paging,
    Policy,
    Resource,
    action,
    belongs_to,
    column,
    fact,
    identity,
    index,
    spec_of,
)
from mxc.server.kernel.resource.fields import (
    BlindIndex,
    Count,
    EncryptedText,
    Flag,
    Name,
    Tags,
    TextLabels,
    blind_index,
)
from mxc.server.kernel.resource.verify.family import mistakes
from mxc.server.kernel.resource.verify.mistake import Misdeclared


class Harbour(Resource):
    """Right in every way."""

    __tablename__ = "test_harbours"

    name: Mapped[Name]
    secret: Mapped[EncryptedText | None]
    secret_index: Mapped[BlindIndex | None] = blind_index("secret")
    labels: Mapped[TextLabels] = column(default=dict)

    called = "name"
    identities = (identity("by_name", "name", case_insensitive=True), identity("by_secret", "secret_index"))
    paging = Paging(default=10, most=20, order=("-name",))
    policy = Policy(actions={"close": "admin"})

    @action
    def close(self) -> None:
        """Let nobody in."""


class Boat(Resource):
    """Wrong in as many ways as there are verifiers."""

    __tablename__ = "test_boats"

    is_afloat: Mapped[Flag]
    size: Mapped[Count]
    home_id: Mapped[UUID] = belongs_to("test_harbours", on_delete="clear", inverse="boats")
    here_id: Mapped[UUID | None] = belongs_to("test_harbours", inverse="boats")
    port_id: Mapped[UUID | None] = belongs_to("test_harbors")
    secret: Mapped[EncryptedText] = column(visible_to="admin")
    mark: Mapped[BlindIndex | None] = blind_index("size")
    labels: Mapped[TextLabels]
    tags: Mapped[Tags | None]

    called = "size"
    listing = Listing(("size", "secret"))
    facts = (fact("boat", "id", "secret"),)
    identities = (
        identity("by_size", "size", case_insensitive=True),
        identity("by_size", "is_afloat"),
        identity("by_secret", "secret"),
    )
    indexes = index("secret")
    paging = Paging(default=500, most=100, order=("-sail", "secret"))
    policy = Policy(actions={"snik": "admin"})

    @action
    def sink(self) -> None:
        """Let it go."""


FOUND = [each for each in mistakes((spec_of(Boat), spec_of(Harbour))) if each.resource is Boat]
# It refers to a table that is none: whoever reads all declared tables would fail over it.
Resource.metadata.remove(Resource.metadata.tables["test_boats"])
EXPECTED = [
    ("'home_id' is cleared when the other row goes, and may not be empty", "another on_delete", "home_id"),
    ("'here_id' is called 'boats' by test_harbours, like 'home_id'", "inverse of its own", "here_id"),
    ("'port_id' belongs to 'test_harbors', which is no table", "'test_harbours'?", "port_id"),
    ("listing names 'secret', which is kept encrypted", "open them all", "listing"),
    ("facts names 'secret', which is kept encrypted", "proofs would show it", "facts"),
    ("identities names 'secret', which is kept encrypted", "blind_index", "identities"),
    ("indexes names 'secret', which is kept encrypted", "blind_index", "indexes"),
    ("'mark' indexes 'size', which is not encrypted", "name one of: secret", "mark"),
    ("two identities are called 'by_size'", "rename one", "identities"),
    ("identity 'by_size' has letters count alike, and 'size' holds none", "case_insensitive", "identities"),
    ("'labels' has no default", "default=dict", "labels"),
    ("'tags' may be empty in two ways, and selectors do not see one of them", "default=list", "tags"),
    ("called names 'size'", "a column of text", "called"),
    ("paging orders by '-sail'", "name a column", "paging"),
    ("paging orders by 'secret'", "name a column", "paging"),
    ("a page has 500 rows, at most 100", "default <= most", "paging"),
    ("policy names the action 'snik'", "did you mean 'sink'?", "policy"),
]


@pytest.mark.parametrize(("message", "hint", "place"), EXPECTED, ids=[each[0] for each in EXPECTED])
def test_the_mistake_is_found_with_its_line_and_its_cure(message: str, hint: str, place: str) -> None:
    (found,) = [each for each in FOUND if each.message == message]
    assert hint in found.hint
    file, line = re.match(r"(.+):(\d+): Boat: ", str(found)).groups()  # type: ignore[union-attr]
    said = Path(file).read_text().splitlines()[int(line) - 1]
    assert said.strip().startswith(place)


def test_there_are_no_others() -> None:
    assert {each.message for each in FOUND} == {message for message, _, _ in EXPECTED}


def test_what_is_right_is_let_pass() -> None:
    assert mistakes((spec_of(Harbour),)) == []


def test_an_index_of_no_column_is_refused_at_once() -> None:
    with pytest.raises(Misdeclared, match=r"identities names 'nmae' \(did you mean 'name'\?\)"):

        class Quay(Resource):
            """A quay."""

            __tablename__ = "test_quays"

            name: Mapped[Name]
            identities = identity("by_name", "nmae")
