"""Declare a resource once; the rest is derived from its `Spec`."""

from mxc.server.kernel.resource.action import Action, action, creation, edition, transition
from mxc.server.kernel.resource.arguments import checked
from mxc.server.kernel.resource.catalogue import catalogue
from mxc.server.kernel.resource.computed import computed
from mxc.server.kernel.resource.declaration import (
    Global,
    InPartition,
    Journal,
    Partitioned,
    Platform,
    Resource,
    Restorable,
    Row,
)
from mxc.server.kernel.resource.facets import (
    Fact,
    Identity,
    Lifecycle,
    Listing,
    Paging,
    Policy,
    fact,
    fact_items,
    identity,
    index,
)
from mxc.server.kernel.resource.facts import declarations, facts_of, predicates_of, transition_facts
from mxc.server.kernel.resource.fields.look import Reference, belongs_to, column
from mxc.server.kernel.resource.spec import Field, Spec, spec_of

__all__ = [
    "Action",
    "Fact",
    "Field",
    "Global",
    "Identity",
    "InPartition",
    "Journal",
    "Lifecycle",
    "Listing",
    "Paging",
    "Partitioned",
    "Platform",
    "Policy",
    "Reference",
    "Resource",
    "Restorable",
    "Row",
    "Spec",
    "action",
    "belongs_to",
    "catalogue",
    "checked",
    "column",
    "computed",
    "creation",
    "declarations",
    "edition",
    "fact",
    "fact_items",
    "facts_of",
    "identity",
    "index",
    "predicates_of",
    "spec_of",
    "transition",
    "transition_facts",
]
