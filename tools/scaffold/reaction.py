"""A reaction: an effect of something derived, and a test that says how to go on."""

from tools.house.source import ROOT
from tools.scaffold.begun import DOMAINS, words
from tools.scaffold.rule import concluding

SOURCE = '''"""Say here what is derived, and what is to be done about it."""

from mxc.server.kernel.reactor import Situation, when


@when("{name}_wanted")
async def {name}(situation: Situation, row_id: str) -> None:
    """Say here what is done, and why it does not matter when it is done twice."""
'''
PACKAGE = '"""Effects of what is derived, one a file."""\n'
TEST = '''"""What {words} does."""

from inspect import getdoc

from mxc.server.domains.{domain}.reactions.{name} import {name}

NEXT = """
1. Write the rule that derives {name}_wanted(Row): rules/{name}.dl, beside it.
2. Perform in the reaction what follows from it: situation.perform(Resource.action, await situation.load(…)).
3. Write here what it does to a real row, in place of this test: tests/integration/reactor shows how.
"""


def test_{name}_is_finished() -> None:
    assert "Say here" not in (getdoc({name}.effect) or ""), NEXT
'''


def files(name: str, domain: str) -> dict[str, str]:
    """Path → text."""
    said = {"name": name, "domain": domain, "words": words(name)}
    package = f"{DOMAINS}/{domain}/reactions/__init__.py"
    made = {} if (ROOT / package).exists() else {package: PACKAGE}
    return (
        made
        | concluding(name, domain, f"{name}_wanted")
        | {
            f"{DOMAINS}/{domain}/reactions/{name}.py": SOURCE.format(**said),
            f"packages/mxc/tests/unit/{domain}/test_{name}.py": TEST.format(**said),
        }
    )
