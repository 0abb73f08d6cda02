"""/rules/{id} and /rules/new: a rule, edited with its check running, its mode, and what its shadow did."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from nicegui import ui

from mxc.server.domains.rulebooks.foresight import RECORDED
from mxc.server.domains.rulebooks.pages.arming import beginning, ending, ends_for_good
from mxc.server.domains.rulebooks.pages.mode_switch import mode_switch
from mxc.server.domains.rulebooks.pages.rule_editing import RuleEditing
from mxc.server.domains.rulebooks.pages.rule_list import faults_of, rule_status
from mxc.server.domains.rulebooks.pages.shadow_results import ShadowResults
from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.hosting.acting import doing
from mxc.server.hosting.design.confirm import asks_first
from mxc.server.hosting.design.entity import entity_header
from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box, button
from mxc.server.hosting.design.panel import panel
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.status import Status
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page, row_id
from mxc.server.kernel.errors import NotFound
from mxc.server.kernel.resource import spec_of

Shown = tuple[dict[str, Any], Status]
Consequences = Callable[[], Awaitable[list[str]]]
WATCHED: Final = ("scheduling_rules", RECORDED)


@page("/rules/new", "New rule")
async def new_rule(visit: Visit) -> None:
    """Draws an empty editor with an example in it."""
    with page_head("New rule"):
        pass
    RuleEditing(visit, None)


@page("/rules/{id}", "Rule")
async def rule_detail(visit: Visit, **path: str) -> None:
    """Draws one rule."""
    key = row_id(path["id"])
    rule = await visit.core.get(visit.actor, SchedulingRule, key)
    head: Region[Shown] = Region(partial(_head, visit))
    with box("m-columns"):
        with box("m-stack"):
            RuleEditing(visit, rule)
        with box("m-stack"):
            with panel("Mode"):
                modes = Region(partial(mode_switch, visit))
            results = ShadowResults(visit, key)

    async def refresh(_: Batch | None = None) -> None:
        try:
            fresh = await visit.core.get(visit.actor, SchedulingRule, key)
        except NotFound:
            ui.navigate.to("/rules")
            return
        document = spec_of(SchedulingRule).document(fresh, now=visit.core.clock.now())
        head.show((document, rule_status(document, faults_of(visit))))
        modes.show(document)
        await results.refresh(fresh)

    await refresh()
    visit.watch(WATCHED, refresh)


def _head(visit: Visit, shown: Shown) -> None:
    document, status = shown
    with entity_header(
        document["name"], status, identity=document["id"], facts={"version": str(document["version"])},
        trail=[("Rules", "/rules")],
    ):  # fmt: skip
        if visit.may(SchedulingRule.update):
            _actions(visit, document)


def _actions(visit: Visit, document: dict[str, Any]) -> None:
    key, name = UUID(document["id"]), document["name"]
    if document["is_enabled"]:
        told: Consequences = partial(ending, visit, document)
        then = doing(visit, SchedulingRule.disable, key, "disabled")
        button("Disable", asks_first(f"Disable {name}?", told, "Disable", then), sign="pause")
    else:
        told = partial(beginning, visit, document)
        then = doing(visit, SchedulingRule.enable, key, "enabled")
        button("Enable", asks_first(f"Enable {name}?", told, "Enable", then), sign="play_arrow")
    told = partial(ends_for_good, visit, document)
    then = doing(visit, SchedulingRule.delete, key, "deleted")
    button("Delete", asks_first(f"Delete {name}?", told, "Delete", then), "m-danger", sign="delete")
