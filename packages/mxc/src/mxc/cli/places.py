"""`mxc whoami`, `mxc context …`, `mxc tenants switch`: who you are, where, and how to be elsewhere."""

import getpass
import os
import socket
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from mxc.cli.api import Answer, Api
from mxc.cli.contexts import Context, find, forget, keep, known, use
from mxc.cli.failures import NOT_FOUND, USAGE, Failure
from mxc.cli.output import Format, Output, compact, facts, show
from mxc.cli.session import Chosen, api_of
from mxc.cli.tables import Rows

app = typer.Typer(help="The installations and tenants this machine knows.", no_args_is_help=True)
tenants = typer.Typer(help="The organisations of an installation.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="a context's name")]
COLUMNS: Final = ("is_current", "name", "tenant", "url")


def whoami(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Who you are here, what you may do, and which tenants you belong to."""
    api = api_of(ctx)
    show(api.get("/session"), output, lambda data: _who(data, api.context))


def _who(data: Any, context: Context) -> str:
    here: Mapping[str, Any] = next((each for each in data["tenants"] if each["id"] == data["tenant_id"]), {})
    others = [f"{each['name']} ({each['role']})" for each in data["tenants"] if each != here]
    told = {
        "name": data["name"], "kind": data["kind"], "role": data["role"], "scope": data["scope"],
        "tenant": here.get("name") or data["tenant_id"], "other tenants": others,
        "administers the installation": data["is_super_admin"] or None,
        "url": context.url, "signed in by": context.name or context.found_in,
    }  # fmt: skip
    return facts(told)


@app.callback()
def contexts() -> None:
    """The installations and tenants this machine knows, each with a token of its own."""


@app.command("list")
def list_contexts(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Every context, and which is used here: what the environment or a server's file gives goes first."""
    chosen = ctx.obj if isinstance(ctx.obj, Chosen) else Chosen()
    used = find(os.environ, chosen.context, chosen.url, chosen.tenant)
    kept = known(os.environ)
    rows = [_row(each, is_current=each.name == used.name) for each in kept]
    if not used.name and used.token:
        rows.insert(0, _row(used, is_current=True) | {"name": f"({used.found_in})"})
    empty = "no contexts yet: `mxc login` makes one"
    show(Answer(compact({"data": rows}), {}), output, Rows(COLUMNS, empty=empty), "name")


def _row(context: Context, *, is_current: bool) -> dict[str, Any]:
    return {"name": context.name, "url": context.url, "tenant": context.tenant, "is_current": is_current}


@app.command("use")
def use_context(name: Name) -> None:
    """Use this one from now on, wherever neither the environment nor a server's file says otherwise."""
    use(os.environ, name)
    typer.echo(f"{name} is the current context")
    found = find(os.environ)
    if found.name != name:
        typer.echo(f"here {found.found_in} goes first: `mxc --context {name} …`", err=True)


@app.command("add")
def add_context(
    name: Name,
    url: Annotated[str, typer.Argument(help="where the API is")],
    token_from: Annotated[
        str, typer.Option("--token-from", help="a file with the token; - is standard input")
    ] = "-",
) -> None:
    """Keep a token that you were given; it is tried, then becomes the current context."""
    token = _token(token_from)
    where = (url if "://" in url else f"http://{url}").rstrip("/")
    tenant = _tenant_of(Api(Context(where, token)))
    typer.echo(f"{name} is the current context; it is in {keep(os.environ, name, where, token, tenant)}")


def _token(source: str) -> str:
    if source == "-" and sys.stdin.isatty():
        return getpass.getpass("Token: ").strip()
    try:
        with open(0 if source == "-" else source, encoding="utf-8", closefd=source != "-") as file:
            token = file.readline().strip()
    except OSError as error:
        raise Failure(f"cannot read {source}: {error}", exit_code=USAGE) from None
    if not token:
        raise Failure("there is no token in it", "`mxc tokens create` prints one", USAGE)
    return token


@app.command("remove")
def remove_context(name: Name) -> None:
    """Forget it and its token on this machine; the token itself is ended by `mxc tokens revoke`."""
    forget(os.environ, name)
    typer.echo(f"{name} is forgotten")


@tenants.callback()
def organisations() -> None:
    """The organisations of an installation: those you belong to, or all when you administer it."""


@tenants.command("switch")
def switch(
    ctx: typer.Context,
    tenant: Annotated[str, typer.Argument(help="its short name or id")],
    email: Annotated[str, typer.Option(help="who signs in, when no token for it is kept")] = "",
    scope: Annotated[str, typer.Option(help="read, write or admin")] = "admin",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="read the password there")] = False,
) -> None:
    """Work in another tenant from now on; the first time you sign in there, for a token of its own."""
    here = api_of(ctx).context
    for each in known(os.environ):
        if each.url == here.url and tenant in {each.tenant, each.name}:
            use(os.environ, each.name)
            typer.echo(f"{each.name} is the current context")
            return
    name, token, slug = _sign_in(Api(Context(here.url)), tenant, email, scope, password_stdin)
    path = keep(os.environ, slug, here.url, token, slug)
    typer.echo(f"you are in {name}; the token is in {path}")


def _sign_in(api: Api, tenant: str, email: str, scope: str, password_stdin: bool) -> tuple[str, str, str]:
    """(the tenant's name, a token for it, its short name)."""
    email = email or typer.prompt("Email")
    password = sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass("Password: ")
    answer = api.call("POST", "/session", {"email": email, "password": password})
    cookie = answer.headers.get("set-cookie", "").split(";")[0]
    signed_in = {"Cookie": cookie, "Origin": api.context.url}
    try:
        places = api.call("GET", "/session", headers=signed_in).data["tenants"]
        place = _place(places, tenant)
        api.call("POST", f"/tenants/switch/{place['id']}", headers=signed_in)
        wanted = {"name": f"cli on {socket.gethostname()}"[:120], "scope": scope}
        token = api.call("POST", "/tokens", wanted, headers=signed_in).data["token"]
    finally:
        api.call("DELETE", "/session", headers=signed_in)
    return str(place["name"]), str(token), str(place["slug"])


def _place(places: list[Mapping[str, Any]], tenant: str) -> Mapping[str, Any]:
    for each in places:
        if tenant in {each["slug"], each["id"], each["name"]}:
            return each
    known_here = ", ".join(str(each["slug"]) for each in places) or "none"
    raise Failure(f"you do not belong to {tenant!r}", f"you belong to: {known_here}", NOT_FOUND)


def _tenant_of(api: Api) -> str:
    """The short name of the tenant a token is for. Raises Refusal when the token opens nothing."""
    data = api.get("/session").data
    return next((str(each["slug"]) for each in data["tenants"] if each["id"] == data["tenant_id"]), "")
