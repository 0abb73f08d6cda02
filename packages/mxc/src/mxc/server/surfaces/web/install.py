"""Puts the pages into the application. They answer every path nobody else took, so this comes last."""

from collections.abc import Sequence

from fastapi import FastAPI, Request, Response
from nicegui import app as pages_app
from nicegui import ui

from mxc.plugins import family, load
from mxc.server.hosting.core import Core
from mxc.server.hosting.design.stylesheet import Asset, behaviour, stylesheet
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.live import Live
from mxc.server.hosting.page import PAGES, Page
from mxc.server.surfaces.web.content_policy import ContentPolicy
from mxc.server.surfaces.web.derived.export import export_routes
from mxc.server.surfaces.web.derived.pages import declare, subjects_of
from mxc.server.surfaces.web.device import device_routes
from mxc.server.surfaces.web.host import Host, nothing_here
from mxc.server.surfaces.web.links import link_routes
from mxc.server.surfaces.web.login import login_routes
from mxc.server.surfaces.web.providers import provider_routes
from mxc.server.surfaces.web.switch import switch_routes

FOR_EVER = "public, max-age=31536000, immutable"
RECONNECT_S = 30.0
# A page may take long on a busy machine: shown late is better than refused.
PATIENCE_S = 30.0
NOTHING = Page("/{missing:path}", "Nothing here", menu="", icon="", order=0, draw=nothing_here)


def install(
    app: FastAPI,
    core: Core,
    *,
    secret: str,
    development: bool = False,
    exposures: Sequence[Exposure] = (),
) -> None:
    """Adds login, assets, every declared page and the derived ones. Call it once per process, after all
    other routes; `exposures` are how the API has the resources.

    `development` adds every component under /dev/components. `secret` must be set: sessions stand on it.
    """
    if not secret:
        raise ValueError("pages need a secret: without one nobody can sign in")
    declared = family("mxc.server.domains", "pages")
    subjects = subjects_of(declared, exposures)
    declare(subjects, declared)
    if development:
        load("mxc.server.surfaces.web.stories")
    app.include_router(login_routes(core))
    app.include_router(link_routes(core))
    app.include_router(provider_routes(core))
    app.include_router(device_routes(core))
    app.include_router(switch_routes(core))
    for asset in (stylesheet(), behaviour()):
        _serve(app, asset)
    live = Live(core.feed)
    app.include_router(export_routes(core, live, subjects))
    host = Host(core, live)
    for each in sorted(PAGES.values(), key=lambda page: "{" in page.path):
        ui.page(each.path, title=f"{each.title} · mxc", response_timeout=PATIENCE_S)(host.hosted(each))
    ui.page("/{missing:path}", title="Nothing here · mxc")(host.hosted(NOTHING))
    pages_app.on_shutdown(live.close)
    pages_app.add_middleware(ContentPolicy)
    ui.run_with(
        app,
        title="mxc",
        language="en-US",
        favicon="◧",
        tailwind=False,
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_S,
        show_welcome_message=False,
    )


def _serve(app: FastAPI, asset: Asset) -> None:
    async def content(request: Request) -> Response:
        return Response(asset.content, media_type=asset.media_type, headers={"Cache-Control": FOR_EVER})

    app.add_api_route(asset.path, content, include_in_schema=False)
