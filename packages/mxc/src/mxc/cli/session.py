"""What every command is given: the API of the context chosen on the command line."""

import os
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

import typer
from typer._click import Context as ClickContext

from mxc.cli.api import Api
from mxc.cli.catalogue import Offered, Shelf
from mxc.cli.contexts import Context, find
from mxc.cli.failures import NOT_FOUND, Failure


@dataclass(frozen=True, slots=True)
class Chosen:
    """The root options."""

    context: str = ""
    url: str = ""
    tenant: str = ""
    partition: str = ""


def api_of(ctx: typer.Context) -> Api:
    """The API to talk to."""
    return api_for(ctx.obj if isinstance(ctx.obj, Chosen) else Chosen())


def offered_to(ctx: ClickContext) -> Offered:
    """What the API of a command line that is still being read offers."""
    given = ctx.find_root().params
    names = ("context", "url", "tenant", "partition")
    chosen = Chosen(*(str(given.get(name) or "") for name in names))
    context = _context(chosen)
    return Offered(_api(context), Shelf(context.url), partial(api_for, chosen))


def api_for(chosen: Chosen) -> Api:
    """The API that the root options name, in the partition that is to be stayed in."""
    context = _context(chosen)
    partition = chosen.partition or os.environ.get("MXC_PARTITION", "")
    if partition:
        context = replace(context, partition=_partition_id(Api(context), partition))
    return _api(context)


def _context(chosen: Chosen) -> Context:
    return find(os.environ, chosen.context, chosen.url, chosen.tenant)


def _api(context: Context) -> Api:
    return Api(context, noticed=Shelf(context.url).notice)


def _partition_id(api: Api, partition: str) -> str:
    """The id of a partition by its id or slug. Raises Failure for one that is not there."""
    try:
        return str(UUID(partition))
    except ValueError:
        found = api.get("/partitions", slug=partition).data
    if not found:
        hint = "`--partition` and MXC_PARTITION take the id or the slug of one you may see"
        raise Failure(f"there is no partition called {partition!r}", hint, NOT_FOUND)
    return str(found[0]["id"])
