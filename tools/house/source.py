"""What a lint reads and what it says: a file of the project, a finding."""

import ast
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
SERVER = "packages/mxc/src/mxc/server/"


class Source:
    """One text file of the project, by its path from the root."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @property
    def name(self) -> PurePosixPath:
        return PurePosixPath(self.path)

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def is_test(self) -> bool:
        return "/tests/" in self.path or self.path.startswith("tests/") or "/benchmarks/" in self.path

    @property
    def is_shipped(self) -> bool:
        """Python that users run: not a test, not a tool."""
        return (
            self.is_python
            and "/src/" in self.path
            and not self.path.startswith("packages/mxc/src/mxc/testing/")
        )

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def below(self, *prefixes: str) -> bool:
        return self.path.startswith(prefixes)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what to do instead."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


Check = Callable[[Sequence[Source]], Iterable[Finding]]


def project_files(root: Path = ROOT) -> list[Source]:
    """Every text file that is, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = sorted(set(filter(None, listed.split("\0"))))
    return [Source(path, text) for path in paths if (text := _text(root / path)) is not None]


def python_files(sources: Sequence[Source]) -> Iterator[Source]:
    return (source for source in sources if source.is_python)


def calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the dotted name of what it calls ("" when that has no plain name)."""
    return ((dotted(node.func), node) for node in source.nodes if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}" if dotted(node.value) else node.attr
    return ""


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """(line, module) for every module named by an import."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
        return None
