"""Who may do what, where a test has no engine: the product's own rules, over what is declared."""

from functools import cache
from typing import Any
from uuid import UUID

from datalox import Program
from mxc.server.kernel.access.judge import Judge
from mxc.server.kernel.access.law import DECLARATIONS, access_facts
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.judging import Bench
from mxc.server.kernel.facts.rulebook import rule_files
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.resource import Row, Spec, catalogue, declarations, spec_of

ACCESS = "identity/access.dl"


def law() -> Judge:
    """A judge of everything declared until now, a test's own resources included."""
    catalogue()
    known = {each.local_table: each.class_ for each in Row.registry.mappers}
    return _law(frozenset(known.values()))


@cache
def _law(resources: frozenset[type[Any]]) -> Judge:
    facts = lone_session([spec_of(each) for each in resources])
    return Bench(lambda _: facts)


def lone_session(specs: list[Spec]) -> TenantFacts:
    """A session of the rules of access alone, that holds no tenant's rows."""
    rules = next(file for name, file in rule_files() if name == ACCESS)
    told = Program.parse(
        declarations(catalogue()) + DECLARATIONS + ".decl core_started(at: number)\n", "facts"
    )
    return TenantFacts(
        UUID(int=0), [told, Program.parse(rules.read_text("utf-8"), ACCESS)], Clock(), access_facts(specs)
    )
