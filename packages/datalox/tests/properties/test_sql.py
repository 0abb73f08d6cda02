"""Programs without recursion say what the same rules say as SQL views, evaluated by SQLite."""

from __future__ import annotations

from hypothesis import given, settings
from oracle.sql import Views
from properties.followed import Followed, difference
from properties.programs import BASES
from properties.streams import Scenario, scenarios
from properties.test_engine import SETTINGS


@settings(SETTINGS, max_examples=100)
@given(scenarios(plain=True, steps=4))
def test_views_of_sqlite_have_the_same_rows(scenario: Scenario) -> None:
    followed = Followed(scenario)
    views = Views(followed.program, {**BASES, **followed.arities})
    for step in scenario.steps:
        if step.how == "commit":
            with followed.db.transaction() as tx:
                followed.run(tx, step.operations)
            views.fill(followed.facts, followed.now)
            found = {name: views.rows(name) for name in followed.arities}
            wrong = difference(found, followed.state())
            assert not wrong, wrong
