"""Where the API is and which token opens it. Tokens come from files or the environment, never from argv.

A context is one tenant of one installation: whoever belongs to two tenants has two, with a token each.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from mxc.cli.failures import NOT_FOUND, USAGE, Failure

DEFAULT_PORT: Final = "4000"
FROM_ENVIRONMENT: Final = "MXC_API_TOKEN"


@dataclass(frozen=True, slots=True)
class Context:
    """One API, the token for it, and the id of the partition to stay in; empty where there is none.

    `name` and `tenant` are those it is kept under.
    """

    url: str
    token: str = ""
    found_in: str = "nowhere"
    partition: str = ""
    name: str = ""
    tenant: str = ""


def contexts_file(environment: Mapping[str, str]) -> Path:
    """The file `mxc login` keeps: `$XDG_CONFIG_HOME/mxc/contexts.json`, by default below `~/.config`."""
    root = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(root) / "mxc" / "contexts.json"


def server_file(environment: Mapping[str, str]) -> Path:
    """The file a server on this machine wrote for its own command line: `$MXC_HOME/cli.json`."""
    return Path(environment.get("MXC_HOME") or ".mxc") / "cli.json"


def default_url(environment: Mapping[str, str]) -> str:
    """`MXC_COORDINATOR`, else this machine at `PORT`."""
    named = environment.get("MXC_COORDINATOR", "")
    if named:
        return named if "://" in named else f"http://{named}"
    return f"http://127.0.0.1:{environment.get('PORT') or DEFAULT_PORT}"


def find(environment: Mapping[str, str], name: str = "", url: str = "", tenant: str = "") -> Context:
    """The context to use: a named one, else `MXC_API_TOKEN`, else the server's file, else the current one.

    With `tenant` it is the one of that tenant at the same address. Raises Failure when there is none.
    """
    found = _named(environment, name) if name else _first(environment)
    if tenant and tenant not in {found.tenant, found.name}:
        found = _beside(environment, found, tenant)
    return replace(found, url=url.rstrip("/")) if url else found


def _first(environment: Mapping[str, str]) -> Context:
    local = _read(server_file(environment))
    if token := environment.get(FROM_ENVIRONMENT, "").strip():
        stated = environment.get("MXC_COORDINATOR") or environment.get("PORT")
        url = default_url(environment) if stated else str(local.get("url") or default_url(environment))
        return Context(url.rstrip("/"), token, FROM_ENVIRONMENT)
    if local.get("token"):
        url = str(local.get("url") or default_url(environment))
        return Context(url.rstrip("/"), str(local["token"]), str(server_file(environment)))
    kept = _read(contexts_file(environment))
    if kept.get("current"):
        return _named(environment, str(kept["current"]))
    return Context(default_url(environment).rstrip("/"))


def known(environment: Mapping[str, str]) -> list[Context]:
    """Every context that is kept, by name."""
    path, kept = contexts_file(environment), _read(contexts_file(environment)).get("contexts", {})
    return [
        Context(
            str(each["url"]).rstrip("/"),
            str(each["token"]),
            str(path),
            name=name,
            tenant=str(each.get("tenant", "")),
        )
        for name, each in sorted(kept.items())
    ]


def _named(environment: Mapping[str, str], name: str) -> Context:
    found = next((each for each in known(environment) if each.name == name), None)
    if found is None:
        raise _no_context(environment, name)
    return found


def _no_context(environment: Mapping[str, str], name: str) -> Failure:
    names = ", ".join(each.name for each in known(environment)) or "none"
    return Failure(f"no context is named {name!r}", f"known: {names}; `mxc login` makes one", USAGE)


def _beside(environment: Mapping[str, str], context: Context, tenant: str) -> Context:
    for each in known(environment):
        if each.url == context.url and each.tenant == tenant:
            return each
    raise Failure(
        f"no token for the tenant {tenant!r} of {context.url} is kept here",
        f"`mxc tenants switch {tenant}` signs in there",
        NOT_FOUND,
    )


def keep(environment: Mapping[str, str], name: str, url: str, token: str, tenant: str = "") -> Path:
    """Store a token under a name and make that context the current one; the file is for its owner only."""
    kept = _read(contexts_file(environment))
    kept["current"] = name
    said = {"url": url, "token": token, "tenant": tenant}
    kept.setdefault("contexts", {})[name] = {key: value for key, value in said.items() if value}
    return _write(environment, kept)


def use(environment: Mapping[str, str], name: str) -> Path:
    """Make a kept context the current one. Raises Failure when there is none of that name."""
    kept = _read(contexts_file(environment))
    if name not in kept.get("contexts", {}):
        raise _no_context(environment, name)
    return _write(environment, {**kept, "current": name})


def forget(environment: Mapping[str, str], name: str) -> Path:
    """Forget a context and its token. Raises Failure when there is none of that name."""
    kept = _read(contexts_file(environment))
    if name not in kept.get("contexts", {}):
        raise _no_context(environment, name)
    del kept["contexts"][name]
    if kept.get("current") == name:
        del kept["current"]
    return _write(environment, kept)


def _write(environment: Mapping[str, str], kept: Mapping[str, Any]) -> Path:
    path = contexts_file(environment)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(kept, file, indent=2)
    draft.replace(path)
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Failure(f"cannot read {path}: {error}", "repair or delete the file", USAGE) from None
    if not isinstance(document, dict):
        raise Failure(f"{path} holds no JSON object", "repair or delete the file", USAGE)
    return document
