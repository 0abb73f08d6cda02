"""A rule file: a conclusion without its rule, and a case that fails until somebody writes it."""

from tools.scaffold.begun import DOMAINS, words

SOURCE = """% {Words}: say here what follows, and from what.

% {Words}: say here in plain words when it holds, and write the rule below.
.decl {predicate}(row: text)
"""
CASES = """% {Words}.
% 1. Write below what is given and what must follow, such as `given {{ node(n1, "one", available). }}`.
% 2. Write the rule in {path}; docs/how-to/write-rules.md shows how.
% 3. Run this file: pytest packages/mxc/tests/rules
test "{words} follows from what is given".
expect {{ {predicate}(say_here_of_what). }}
"""


def files(name: str, domain: str) -> dict[str, str]:
    """Path → text."""
    return concluding(name, domain, name)


def concluding(name: str, domain: str, predicate: str) -> dict[str, str]:
    """The rule file of that name, and its cases."""
    path = f"{DOMAINS}/{domain}/rules/{name}.dl"
    said = {"predicate": predicate, "words": words(name), "Words": words(name).capitalize(), "path": path}
    return {path: SOURCE.format(**said), f"packages/mxc/tests/rules/{name}.dlt": CASES.format(**said)}
