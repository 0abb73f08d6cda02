"""`mxc login` and `mxc tokens …`: how this machine's tokens come to be."""

import getpass
import os
import socket
import sys
import time
from typing import Annotated, Any, Final

import typer

from mxc.cli.api import Api, segment
from mxc.cli.contexts import Context, default_url, keep
from mxc.cli.failures import USAGE, Failure, Refusal
from mxc.cli.output import Format, Output, show, warn
from mxc.cli.session import Chosen, api_of
from mxc.cli.tables import Rows

tokens = typer.Typer(help="Tokens for programs.", no_args_is_help=True)
COLUMNS: Final = ("id", "name", "token_prefix", "scope", "status", "expires_at", "last_used_at", "use_count")


def login(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="where the API is; this machine by default")] = "",
    email: Annotated[str, typer.Option(help="sign in with a password instead, as this person")] = "",
    name: Annotated[str, typer.Option(help="the context's name")] = "default",
    scope: Annotated[str, typer.Option(help="read, write or admin")] = "admin",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="read the password there")] = False,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="keep the token that comes there")
    ] = False,
) -> None:
    """Get a token of your own for this machine: approved in your browser, or with e-mail and password."""
    chosen = ctx.obj if isinstance(ctx.obj, Chosen) else Chosen()
    where = (url or chosen.url or default_url(os.environ)).rstrip("/")
    if token_stdin:
        token = sys.stdin.readline().strip()
    elif email or password_stdin:
        token = _by_password(where, email or typer.prompt("E-mail"), scope, password_stdin)
    else:
        token = _by_browser(where, scope)
    who = Api(Context(where, token)).get("/session").data["name"]
    typer.echo(f"signed in to {where} as {who}; the token is in {keep(os.environ, name, where, token)}")


def _by_password(where: str, email: str, scope: str, is_password_piped: bool) -> str:
    api = Api(Context(where))
    password = sys.stdin.readline().rstrip("\n") if is_password_piped else getpass.getpass("Password: ")
    answer = api.call("POST", "/session", {"email": email, "password": password})
    cookie = answer.headers.get("set-cookie", "").split(";")[0]
    if not cookie:
        raise Failure("the API set no session cookie", "is it mxc that listens there?")
    signed_in = {"Cookie": cookie, "Origin": where}
    wanted = {"name": _machine(), "scope": scope}
    token = api.call("POST", "/tokens", wanted, headers=signed_in).data["token"]
    api.call("DELETE", "/session", headers=signed_in)
    return str(token)


def _by_browser(where: str, scope: str) -> str:
    """The device flow (RFC 8628): a person approves a code at any browser, we ask until they have."""
    api = Api(Context(where))
    asked = api.call("POST", "/device/authorize", {"name": _machine(), "scope": scope}).data
    warn(f"open {asked['verification_uri_complete']}")
    warn(f"and let this machine in if it shows the code {asked['user_code']} (`--email` takes a password)")
    pause, until = float(asked["interval"]), time.monotonic() + float(asked["expires_in"])
    while time.monotonic() < until:
        time.sleep(pause)
        try:
            return str(
                api.call("POST", "/device/token", {"device_code": asked["device_code"]}).data["access_token"]
            )
        except Refusal as refusal:
            code = refusal.document.get("code")
            if code not in ("authorization_pending", "slow_down"):
                raise
            pause += 5.0 if code == "slow_down" else 0.0
    raise Failure("nobody approved it in time", "begin anew with `mxc login`")


def _machine() -> str:
    return f"cli on {socket.gethostname()}"[:120]


MAY: Final = {"read": "read", "write": "read and write", "admin": "do all that you may"}


@tokens.command("create")
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(help="what it is for")],
    scope: Annotated[str, typer.Option(help="read, write or admin")] = "read",
    expires_in_days: Annotated[int | None, typer.Option(min=1, max=3650)] = None,
    output: Output = Format.TABLE,
) -> None:
    """Make a token; it is shown this once."""
    body: dict[str, Any] = {"name": name, "scope": scope}
    if expires_in_days is not None:
        body["expires_in_days"] = expires_in_days
    answer = api_of(ctx).call("POST", "/tokens", body)
    show(answer, output, lambda data: str(data["token"]))
    warn(f"it may {MAY.get(scope, scope)}, and is shown this once: send it as `Authorization: Bearer …`")


@tokens.command("list")
def list_tokens(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Your tokens, without their secrets."""
    show(
        api_of(ctx).get("/tokens"),
        output,
        Rows(COLUMNS, empty="no tokens yet: `mxc tokens create` makes one"),
        "name",
    )


@tokens.command("revoke")
def revoke(ctx: typer.Context, token: Annotated[str, typer.Argument(help="a token's id")]) -> None:
    """End a token at once."""
    if not token:
        raise Failure("which token?", "`mxc tokens list` names them", USAGE)
    api_of(ctx).call("DELETE", f"/tokens/{segment(token)}")
    typer.echo(f"token {token} is revoked")
