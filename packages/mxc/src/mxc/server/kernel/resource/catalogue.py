"""All resources of a package, read and verified once."""

from functools import cache
from inspect import isclass
from typing import Any

from mxc.plugins import load
from mxc.server.kernel.resource.declaration import Global, Journal, Platform, Resource
from mxc.server.kernel.resource.spec import Spec, spec_of
from mxc.server.kernel.resource.verify.family import verify


@cache
def catalogue(package: str = "mxc.server.domains") -> tuple[Spec, ...]:
    """The specs of every resource below `package`, by plural; raises `Misdeclared` listing every mistake."""
    found: dict[str, type[Any]] = {}
    for module in load(package, depth=2):
        for value in vars(module).values():
            if (
                isclass(value)
                and issubclass(value, Resource | Journal | Global | Platform)
                and value.__module__ == module.__name__
            ):
                found[value.__tablename__] = value
    specs = tuple(spec_of(found[plural]) for plural in sorted(found))
    verify(specs)
    return specs
