"""The application: health, `/api` derived from the specs, the domains' own routes, and last the pages."""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from fastapi import APIRouter, Depends, FastAPI

from mxc.plugins import family
from mxc.server.hosting.core import Core
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.request import current_call
from mxc.server.kernel.resource import Resource, Spec, catalogue, spec_of
from mxc.server.surfaces.jsonapi import app as jsonapi
from mxc.server.surfaces.rest import documentation, engine, health, problems
from mxc.server.surfaces.rest.derived import Derived

DOMAINS = "mxc.server.domains"


def create_app(core: Core, *, secret: str, development: bool = False, has_pages: bool = True) -> FastAPI:
    """The ASGI application of one core. `secret` signs what browsers keep; once per process with pages."""
    app = FastAPI(
        title="mxc",
        description="Run workloads, and see why they run where they do.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.core = core
    problems.install(app)
    app.include_router(health.router)
    app.include_router(documentation.router)
    modules = route_modules()
    exposed = exposures(modules)
    app.mount(jsonapi.BASE, jsonapi.create_app(core, exposed))
    for router in _routers(modules, exposed):
        app.include_router(router, prefix="/api")
    if has_pages:
        # Half a second of imports that an API alone does without.
        import_module("mxc.server.surfaces.web").install(
            app, core, secret=secret, development=development, exposures=exposed
        )
    return app


def _routers(modules: list[ModuleType], exposed: list[Exposure]) -> Iterator[APIRouter]:
    """The domains' own routes first, so that a fixed path is not taken for an id.

    All of them need a caller, but for those of a module's `public` router.
    """
    guarded = APIRouter(dependencies=[Depends(current_call)])
    for module in modules:
        if isinstance(getattr(module, "public", None), APIRouter):
            yield module.public
        if isinstance(getattr(module, "router", None), APIRouter):
            guarded.include_router(module.router)
    guarded.include_router(engine.router)
    yield guarded
    for each in exposed:
        yield Derived(spec_of(each.resource), each).router()


def route_modules() -> list[ModuleType]:
    """The modules of every domain's `routes` package; pages stay unloaded where there are none."""
    return family(DOMAINS, "routes")


def exposures(modules: list[ModuleType]) -> list[Exposure]:
    """How every tenant-owned resource is reached; what no domain says a word about is simply derived."""
    stated = {each.exposure.resource: each.exposure for each in modules if hasattr(each, "exposure")}
    return [stated.get(spec.resource) or Exposure(spec.resource) for spec in catalogue() if _is_offered(spec)]


def _is_offered(spec: Spec) -> bool:
    return issubclass(spec.resource, Resource)
