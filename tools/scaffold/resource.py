"""A resource: its class with one column, and a test that says how to go on."""

from tools.scaffold.begun import DOMAINS, class_name, plural, words

SOURCE = '''"""{Words}: say here what one is."""

from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import Listing, Resource, column, identity
from mxc.server.kernel.resource.fields import Name


class {Class}(Resource):
    """Say here what a {words} is, in one sentence."""

    __tablename__ = "{plural}"

    name: Mapped[Name] = column(help="what people call it")

    called = "name"
    identities = identity("by_name", "name")
    listing = Listing(("name",))
'''
TEST = '''"""What a {words} is, and what it refuses."""

from mxc.server.domains.{domain}.{name} import {Class}
from mxc.server.kernel.resource import spec_of

NEXT = """
1. Say in one sentence what a {words} is: the docstring of {Class}.
2. Give it columns, actions, states and facts; docs/how-to/add-a-resource.md shows them all.
3. mxc dev migration "add {plural}" writes the revision, make docs its page.
4. Write here what a {words} must do and must refuse, in place of this test.
"""


def test_a_{name}_is_finished() -> None:
    assert "Say here" not in spec_of({Class}).help, NEXT
'''


def files(name: str, domain: str) -> dict[str, str]:
    """Path → text."""
    said = {
        "name": name, "domain": domain, "Class": class_name(name), "plural": plural(name),
        "words": words(name), "Words": words(name).capitalize(),
    }  # fmt: skip
    return {
        f"{DOMAINS}/{domain}/{name}.py": SOURCE.format(**said),
        f"packages/mxc/tests/unit/{domain}/test_{name}.py": TEST.format(**said),
    }
