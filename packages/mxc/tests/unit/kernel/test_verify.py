"""Every mistake a declaration can hold is found, names the place and says what to write."""

from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import pytest
from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import (
    Journal,
    Lifecycle,
    Listing,
    Resource,
    action,
    catalogue,
    computed,
    fact,
    fact_items,
    spec_of,
    transition,
)
from mxc.server.kernel.resource.fields import Count, Instant, Labels, Name, Secret, Text
from mxc.server.kernel.resource.verify.family import mistakes
from mxc.server.kernel.resource.verify.mistake import Misdeclared


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Signal(StrEnum):
    AMBER = "amber"


class LampEvent(Journal):
    """What happened to a lamp; nothing fills `colour_of_the_sky`."""

    __tablename__ = "test_lamp_events"

    to_status: Mapped[Text]
    at: Mapped[Instant]
    colour_of_the_sky: Mapped[Text]


class Lamp(Resource):
    """Wrong in as many ways as there are verifiers."""

    __tablename__ = "test_lanterns"

    name: Mapped[Name]
    light: Mapped[Light]
    code: Mapped[Secret]
    labels: Mapped[Labels]
    strength: Mapped[Count]

    lifecycle = Lifecycle(column="light", initial=Light.RED)
    journal = LampEvent
    writable = ("name", "light", "nmae")
    aliases = MappingProxyType({"brightness": "strenght", "strength": "strength"})
    listing = Listing(("name", "code", "colour"))
    facts = (
        fact("lamp", "id", "nmae"),
        fact("lamp_code", "id", "code"),
        fact_items("lamp_name", "id", "name"),
        fact("node", "id", "name"),
    )

    unique = (("name",),)
    lissting = Listing(("name",))

    @transition({Light.RED: Light.GREEN, Signal.AMBER: Light.GREEN})
    def go(self) -> None:
        """Let them drive."""

    @action
    def blink(self, times) -> None:  # type: ignore[no-untyped-def]
        pass


class Plain(Resource):
    __tablename__ = "test_plains"

    name: Mapped[Name]

    lifecycle = Lifecycle(column="name", initial=Light.RED, generation="attempts")


FOUND = [f"{each.resource.__name__}: {each.message}" for each in mistakes((spec_of(Lamp), spec_of(Plain)))]


@pytest.mark.parametrize(
    "expected",
    [
        "Lamp: fact 'lamp' names 'nmae'",
        "Lamp: fact 'lamp_code' shows the secret 'code'",
        "Lamp: fact 'lamp_name' goes through 'name', which is not a map",
        "Lamp: nothing reads 'unique'",
        "Lamp: nothing reads 'lissting'",
        "Lamp: 'go' names the state 'amber'",
        "Lamp: nothing leads to the state 'blue'",
        "Lamp: the listing names 'code'",
        "Lamp: the listing names 'colour'",
        "Lamp: writable names 'light'",
        "Lamp: writable names 'nmae'",
        "Lamp: aliases names 'strenght'",
        "Lamp: the alias 'strength' is also a column",
        "Lamp: action 'blink' has no docstring",
        "Lamp: blink(times) has no type",
        "LampEvent: it has no column 'lamp_id'",
        "LampEvent: nothing fills 'colour_of_the_sky'",
        "Plain: it has no docstring",
        "Plain: lifecycle names 'name'",
        "Plain: generation 'attempts'",
    ],
)
def test_the_mistake_is_found(expected: str) -> None:
    assert expected in FOUND


def test_one_predicate_has_one_arity() -> None:
    specs = (*catalogue(), spec_of(Lamp))
    messages = [each.message for each in mistakes(specs)]
    assert "fact 'node' has 2 columns here and 3 elsewhere" in messages


def test_a_mistake_says_where_and_what_to_write() -> None:
    (found,) = [each for each in mistakes((spec_of(Lamp),)) if each.message == "fact 'lamp' names 'nmae'"]
    assert "did you mean 'name'?" in str(found)
    assert "test_verify.py:" in str(found)


def test_a_column_named_like_an_action_is_refused_at_once() -> None:
    with pytest.raises(Misdeclared, match="'restart' is both a column and an action"):

        class Engine(Resource):
            """An engine."""

            __tablename__ = "test_engines"

            restart: Mapped[Text]

            @action  # type: ignore[no-redef]
            def restart(self) -> None:
                """Start it again."""


def test_a_property_may_be_a_fact_without_being_shown() -> None:
    class Tree(Resource):
        """A tree."""

        __tablename__ = "test_trees"

        owner_id: Mapped[UUID]
        facts = (fact("tree", "id", "is_old"), fact("tree_height", "id", "height"))

        @property
        def is_old(self) -> bool:
            """Only rules ask."""
            return True

        @computed
        def height(self) -> float:
            """Metres."""
            return 3.0

    spec = spec_of(Tree)
    assert mistakes((spec,)) == []
    assert spec.computed == ("height",)


def test_what_we_ship_holds_no_mistake() -> None:
    assert mistakes(catalogue()) == []
