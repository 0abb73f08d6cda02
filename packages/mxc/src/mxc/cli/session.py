"""What every command is given: the API of the context chosen on the command line."""

import os
from dataclasses import dataclass, replace
from uuid import UUID

import typer

from mxc.cli.api import Api
from mxc.cli.contexts import find
from mxc.cli.failures import NOT_FOUND, Failure


@dataclass(frozen=True, slots=True)
class Chosen:
    """The root options."""

    context: str = ""
    url: str = ""
    partition: str = ""


def api_of(ctx: typer.Context) -> Api:
    """The API to talk to."""
    chosen = ctx.obj if isinstance(ctx.obj, Chosen) else Chosen()
    context = find(os.environ, chosen.context, chosen.url)
    partition = chosen.partition or os.environ.get("MXC_PARTITION", "")
    if partition:
        context = replace(context, partition=_partition_id(Api(context), partition))
    return Api(context)


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
