"""Declare a resource once; the rest is derived from its `Spec`."""

from mxc.server.kernel.resource.action import Action, action, creation, edition, transition
from mxc.server.kernel.resource.arguments import checked
from mxc.server.kernel.resource.catalogue import catalogue
from mxc.server.kernel.resource.declaration import Global, Journal, Platform, Resource, Row
from mxc.server.kernel.resource.facets import Fact, Lifecycle, Listing, Policy, computed, fact, fact_items
from mxc.server.kernel.resource.facts import declarations, facts_of, predicates_of, transition_facts
from mxc.server.kernel.resource.fields.look import column
from mxc.server.kernel.resource.spec import Field, Spec, spec_of

__all__ = [
    "Action",
    "Fact",
    "Field",
    "Global",
    "Journal",
    "Lifecycle",
    "Listing",
    "Platform",
    "Policy",
    "Resource",
    "Row",
    "Spec",
    "action",
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
    "predicates_of",
    "spec_of",
    "transition",
    "transition_facts",
]
