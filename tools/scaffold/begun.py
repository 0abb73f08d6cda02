"""What a beginning needs: a name that fits, a domain that is there, and places that are free."""

import keyword
import re
from importlib import import_module
from pathlib import Path

KINDS = ("resource", "rule", "reaction")
DOMAINS = Path("packages/mxc/src/mxc/server/domains")
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Refused(Exception):  # noqa: N818 (it reads as what it is)
    """Nothing was written; the message says what to give instead."""


def begin(root: Path, kind: str, name: str, domain: str) -> list[Path]:
    """Writes the files of a new thing below `root`; their paths. Raises Refused, and then writes none."""
    if kind not in KINDS:
        raise Refused(f"{kind!r} is none of {', '.join(KINDS)}")
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise Refused(f"{name!r} is no name: lower case, words joined by _, such as north_gate")
    known = sorted(each.name for each in (root / DOMAINS).iterdir() if (each / "__init__.py").exists())
    if domain not in known:
        raise Refused(f"there is no domain {domain!r}: name one by --domain ({', '.join(known)})")
    files: dict[str, str] = import_module(f"tools.scaffold.{kind}").files(name, domain)
    for path in files:
        if (root / path).exists():
            raise Refused(f"{path} is there already")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return [Path(path) for path in files]


def words(name: str) -> str:
    """`north_gate` → `north gate`."""
    return name.replace("_", " ")


def class_name(name: str) -> str:
    """`north_gate` → `NorthGate`."""
    return "".join(part.capitalize() for part in name.split("_"))


def plural(name: str) -> str:
    """`north_gate` → `north_gates`, `policy` → `policies`."""
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if re.search(r"(s|x|z|ch|sh)$", name) else f"{name}s"
