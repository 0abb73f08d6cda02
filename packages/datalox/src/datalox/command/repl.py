"""`datalox repl [FILE…]`: facts, rules and questions, one after the other, over one session."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from datalox.command.dialogue import HELP, VERBS, Dialogue
from datalox.command.programs import open_session
from datalox.diagnostics import DatalogError
from datalox.parse.lexer import lex

WORDS: Final = "type facts, rules and questions, and see what follows"
HISTORY_LINES: Final = 2000


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--now", type=float, metavar="T", help="what the clock says")


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """1 if something was refused and nobody was there to see it (input from a file or a pipe)."""
    dialogue = Dialogue(open_session(options.files, options.now), write)
    watched = sys.stdin.isatty()
    if watched:
        write(f"{dialogue.session!r}\n{HELP.splitlines()[0]}; help tells more.\n")
    with _history(dialogue) if watched else contextlib.nullcontext():
        refused = sum(not _take(dialogue, entry, write) for entry in _entries(watched))
    return 1 if refused and not watched else 0


def _take(dialogue: Dialogue, entry: str, write: Callable[[str], object]) -> bool:
    """Whether the entry was accepted."""
    try:
        dialogue.take(entry)
    except DatalogError as refused:
        write(f"{refused}\n")
    except OSError as failed:
        write(f"{failed.filename}: {failed.strerror}\n")
    else:
        return True
    return False


def _entries(watched: bool) -> Iterator[str]:
    """What is typed, several lines joined until they end with a full stop; until quit or the end."""
    lines: list[str] = []
    while True:
        try:
            line = input(("... " if lines else "> ") if watched else "")
        except EOFError:
            if lines:
                yield "\n".join(lines)
            return
        except KeyboardInterrupt:  # forget what was begun
            lines.clear()
            sys.stdout.write("\n")
            continue
        blank = not line.strip()
        lines.append(line)
        entry = "\n".join(lines).strip()
        if entry in ("quit", "exit"):
            return
        if blank or is_complete(entry):
            lines.clear()
            if entry:
                yield entry


def is_complete(entry: str) -> bool:
    """A full stop ends an entry (so does a blank line); questions, declarations and words of the dialogue end
    with their line, unless a comma or an open parenthesis says that more follows."""
    tokens = [str(token.value) for token in lex(entry, "").tokens if token.kind != "end"]
    if not tokens:
        return False
    begun = tokens.count("(") > tokens.count(")") or tokens.count("{") > tokens.count("}")
    if entry.startswith((".", "?")) or entry.split(None, 1)[0] in VERBS:
        return not begun and tokens[-1] != ","
    return not begun and tokens[-1] == "."


@contextlib.contextmanager
def _history(dialogue: Dialogue) -> Iterator[None]:
    """Line editing, completion and the entries of earlier days, where the platform has readline."""
    try:
        import readline  # noqa: PLC0415 - not on every platform, and not without a terminal
    except ImportError:
        yield
        return
    path = _history_file()
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(HISTORY_LINES)
    readline.set_completer_delims(" \t\n(),")
    readline.set_completer(lambda text, state: _nth(dialogue.completions(text), state))
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(path)


def _nth(found: list[str], state: int) -> str | None:
    return found[state] if state < len(found) else None


def _history_file() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "datalox" / "history"
