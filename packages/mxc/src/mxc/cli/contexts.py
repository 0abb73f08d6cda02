"""Where the API is and which token opens it. Tokens come from files or the environment, never from argv."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mxc.cli.failures import USAGE, Failure

DEFAULT_PORT: Final = "4000"


@dataclass(frozen=True, slots=True)
class Context:
    """One API, the token for it, and the id of the partition to stay in; empty where there is none."""

    url: str
    token: str = ""
    found_in: str = "nowhere"
    partition: str = ""


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


def find(environment: Mapping[str, str], name: str = "", url: str = "") -> Context:
    """The context to use: a named one, else `MXC_API_TOKEN`, else the server's file, else the last login."""
    found = _named(environment, name) if name else _first(environment)
    return Context(url.rstrip("/"), found.token, found.found_in) if url else found


def _first(environment: Mapping[str, str]) -> Context:
    local = _read(server_file(environment))
    if token := environment.get("MXC_API_TOKEN", "").strip():
        stated = environment.get("MXC_COORDINATOR") or environment.get("PORT")
        url = default_url(environment) if stated else str(local.get("url") or default_url(environment))
        return Context(url.rstrip("/"), token, "MXC_API_TOKEN")
    if local.get("token"):
        url = str(local.get("url") or default_url(environment))
        return Context(url.rstrip("/"), str(local["token"]), str(server_file(environment)))
    kept = _read(contexts_file(environment))
    if kept.get("current"):
        return _named(environment, str(kept["current"]))
    return Context(default_url(environment).rstrip("/"))


def _named(environment: Mapping[str, str], name: str) -> Context:
    path = contexts_file(environment)
    contexts = _read(path).get("contexts", {})
    if name not in contexts:
        known = ", ".join(sorted(contexts)) or "none"
        raise Failure(f"no context is named {name!r}", f"known: {known}; `mxc login` makes one", USAGE)
    return Context(str(contexts[name]["url"]).rstrip("/"), str(contexts[name]["token"]), str(path))


def keep(environment: Mapping[str, str], name: str, url: str, token: str) -> Path:
    """Store a token under a name and make that context the current one; the file is for its owner only."""
    path = contexts_file(environment)
    kept = _read(path)
    kept["current"] = name
    kept.setdefault("contexts", {})[name] = {"url": url, "token": token}
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
