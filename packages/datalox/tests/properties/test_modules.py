"""Modules that come, go and change over live facts give what they give when they are loaded first."""

from __future__ import annotations

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from properties.followed import Followed, difference, net
from properties.streams import Operation, Scenario, Step, scenarios
from properties.trace import picture, unchanged

from datalox import DatalogError, Program, Session


class Modular(Followed):
    """A session whose last predicate, and what is recursive with it, is a module of its own."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        lines = scenario.program.text.splitlines()
        own = {line: line.removeprefix(".demand ").split("(")[0].split("/")[0] for line in lines}
        last = max(name.removesuffix("m") for name in own.values() if name.startswith("d"))
        self.late = [line for line in lines if own[line].removesuffix("m") == last]
        self.early = [line for line in lines if line not in self.late]
        self.names = {name for name in own.values() if name.removesuffix("m") == last}
        self.db = Session(Program.parse("\n".join(self.early), name="early.dl"))
        self.put([])

    def put(self, late: list[str]) -> None:
        """What the oracle is to go by from now on."""
        note("late:\n" + "\n".join(late))
        self.program = Program.parse("\n".join([*self.early, *late]), name="both.dl")

    def possible(self, step: Step) -> Step:
        """Where predicates are declared, those no module speaks of any more cannot be stated."""
        if not self.written.declared:
            return step
        known = {predicate.name for predicate in self.db.predicates()}
        kept = [operation for operation in step.operations if operation.name not in self.names - known]
        return Step(step.how, tuple(kept) or (Operation("read"),))


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    max_examples=100,
    report_multiple_bugs=False,
)
@given(scenarios(), st.data())
def test_modules_come_and_go_over_live_facts(scenario: Scenario, data: st.DataObject) -> None:
    followed = Modular(scenario)
    loaded = False
    for step in scenario.steps:
        followed.known = followed.expected()
        followed.take(followed.possible(step))
        how = data.draw(st.sampled_from(("none", "exchange", "exchange", "change", "refuse")))
        if how == "refuse":
            refuse(followed)
        elif how == "exchange":
            loaded ^= exchange(followed, [] if loaded else followed.late, loaded)
        elif how == "change" and loaded:
            some = data.draw(st.lists(st.sampled_from(followed.late), unique=True))
            declared = [line for line in followed.late if line.startswith(".")]
            exchange(followed, [*declared, *(line for line in some if line not in declared)], loaded)


def exchange(followed: Modular, late: list[str], loaded: bool) -> bool:
    """Load, replace or remove the late module; its consequences are the changes. Whether it was done."""
    before, picture_before = followed.expected(), picture(followed.db)
    try:
        if not loaded:
            changes = followed.db.load(Program.parse("\n".join(late), name="late.dl"))
        elif late:
            changes = followed.db.replace("late.dl", Program.parse("\n".join(late), name="late.dl"))
        else:
            changes = followed.db.remove("late.dl")
    except DatalogError:  # what is left of it does not fit what is there: then nothing has happened
        left = unchanged(picture_before, picture(followed.db))
        assert not left, left
        return False
    followed.put(late)
    after = followed.expected()
    wrong = difference(after, followed.state())
    assert not wrong, wrong
    assert net(changes) == difference(before, after)
    return True


def refuse(followed: Modular) -> None:
    """A module that is refused leaves nothing behind."""
    before = picture(followed.db)
    try:
        followed.db.load(Program.parse("e(X, Y) :- f(X, Y), not e(Y, X).", name="wrong.dl"))
    except DatalogError:
        left = unchanged(before, picture(followed.db))
        assert not left, left
    else:
        raise AssertionError("a cycle through negation was accepted")
