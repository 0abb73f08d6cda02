"""Runs every verifier over every spec."""

from collections.abc import Sequence

from mxc.plugins import load
from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Misdeclared, Mistake


def verify(specs: Sequence[Spec]) -> None:
    """Raises Misdeclared with all mistakes at once."""
    if found := mistakes(specs):
        raise Misdeclared(found)


def mistakes(specs: Sequence[Spec]) -> list[Mistake]:
    """Every mistake in these declarations; a verifier has `check(spec)` or `check_all(specs)`."""
    found: list[Mistake] = []
    for module in load("mxc.server.kernel.resource.verify"):
        if check := vars(module).get("check"):
            found += [mistake for spec in specs for mistake in check(spec)]
        if check_all := vars(module).get("check_all"):
            found += check_all(specs)
    return found
