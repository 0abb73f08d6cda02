"""The application: health, `/api` derived from the specs, the domains' own routes, and last the pages."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp

from mxc.plugins import family
from mxc.server.hosting.core import Core
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.request import current_call
from mxc.server.kernel.resource import Resource, Spec, catalogue, spec_of
from mxc.server.surfaces.catalogue import Catalogue, catalogue_of
from mxc.server.surfaces.gate import Gate
from mxc.server.surfaces.headers import SafeHeaders
from mxc.server.surfaces.jsonapi import app as jsonapi
from mxc.server.surfaces.refusing import refusing
from mxc.server.surfaces.rest import documentation, engine, health, problems
from mxc.server.surfaces.rest.derived import Derived
from mxc.server.surfaces.rest.offered import Stamped, offered

DOMAINS = "mxc.server.domains"


def create_app(
    core: Core,
    *,
    secret: str,
    development: bool = False,
    has_pages: bool = True,
    closed: Callable[[], str] = lambda: "",
) -> ASGIApp:
    """The ASGI application of one core, once per process with pages.

    `secret` signs what browsers keep; `closed()` says why nothing can be asked now, or nothing.
    """
    app = _routed(core, secret=secret, development=development, has_pages=has_pages)
    return SafeHeaders(Gate(app, closed, refusing(has_pages=has_pages)))


def _routed(core: Core, *, secret: str, development: bool, has_pages: bool) -> FastAPI:
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
    exposed = exposures(route_modules())
    app.mount(jsonapi.BASE, jsonapi.create_app(core, exposed))
    _include_api(app, exposed)
    if has_pages:
        # Half a second of imports that an API alone does without.
        import_module("mxc.server.surfaces.web").install(
            app, core, secret=secret, development=development, exposures=exposed
        )
    return app


def _include_api(app: FastAPI, exposed: list[Exposure]) -> None:
    public, guarded, found = api(exposed)
    for router in public:
        app.include_router(router, prefix="/api")
    for router in guarded:
        app.include_router(router, prefix="/api", dependencies=[Depends(current_call)])
    app.add_middleware(Stamped, digest=found.digest)


def api(exposed: list[Exposure]) -> tuple[list[APIRouter], list[APIRouter], Catalogue]:
    """The routers that anyone may call, those that need a caller, and the catalogue of what they offer.

    The domains' own routes come first, so that a fixed path is not taken for an id; then what is derived.
    """
    modules = route_modules()
    public, own = _routers(modules, "public"), [*_routers(modules, "router"), engine.router]
    derived = [Derived(spec_of(each.resource), each).router() for each in exposed]
    found = catalogue_of([*public, *own, *derived], exposed, catalogue())
    return public, [*own, offered(found), *derived], found


def _routers(modules: list[ModuleType], name: str) -> list[APIRouter]:
    found = (getattr(module, name, None) for module in modules)
    return [each for each in found if isinstance(each, APIRouter)]


def route_modules() -> list[ModuleType]:
    """The modules of every domain's `routes` package; pages stay unloaded where there are none."""
    return family(DOMAINS, "routes")


def exposures(modules: list[ModuleType]) -> list[Exposure]:
    """How every tenant-owned resource is reached; what no domain says a word about is simply derived."""
    stated = {each.exposure.resource: each.exposure for each in modules if hasattr(each, "exposure")}
    return [stated.get(spec.resource) or Exposure(spec.resource) for spec in catalogue() if _is_offered(spec)]


def _is_offered(spec: Spec) -> bool:
    return issubclass(spec.resource, Resource)
