"""Text → tokens and comments. Never fails: what it cannot read becomes a diagnostic and a best guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from datalox.diagnostics import Diagnostic
from datalox.notation import UNESCAPES
from datalox.terms import Span

_PATTERN: Final = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>%[^\n]*)
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
  | (?P<variable>[A-Z_]\w*)
  | (?P<name>[a-z]\w*)
  | (?P<string>"(?:[^"\\\n]|\\[^\n])*")
  | (?P<quoted>'(?:[^'\\\n]|\\[^\n])*')
  | (?P<open>["'][^\n]*)
  | (?P<foreign>=>|=<|==|<>|\\=|/=|\\\+|&&|\|\||[;|&!](?!=)|\#[^\n]*)
  | (?P<mark>:-|!=|<=|>=|//|[=<>+\-*/(),.:{}])
  | (?P<unknown>.)
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
# What people write who come from another language: the mark that is meant ("" = nothing) and how to say so.
_FOREIGN: Final = {
    "=>": (">=", "greater or equal is written >="),
    "=<": ("<=", "less or equal is written <="),
    "==": ("=", "equality is written ="),
    "<>": ("!=", "not equal is written !="),
    "\\=": ("!=", "not equal is written !="),
    "/=": ("!=", "not equal is written !="),
    "\\+": ("not", "negation is written not p(X)"),
    "!": ("not", "negation is written not p(X)"),
    "&&": (",", "a conjunction is written with a comma"),
    "&": (",", "a conjunction is written with a comma"),
    ";": (",", "there is no 'or' inside a body: write one rule per alternative"),
    "||": (",", "there is no 'or' inside a body: write one rule per alternative"),
    "|": (",", "there is no 'or' inside a body: write one rule per alternative"),
}
_ESCAPE: Final = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|(.))", re.DOTALL)
_MAX_DIGITS: Final = 400


@dataclass(frozen=True, slots=True)
class Token:
    """kind: number variable name string quoted unclosed mark end. `value`: number, plain text, mark."""

    kind: str
    value: str | int | float
    span: Span
    start: int
    end: int
    first_on_line: bool

    def touches(self, following: Token) -> bool:
        """Nothing stands between this token and the following one."""
        return self.end == following.start


@dataclass(frozen=True, slots=True)
class Comment:
    """The plain words of one `%` comment; `alone` when nothing stands before it on its line."""

    words: str
    line: int
    start: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Lexed:
    tokens: list[Token]
    comments: list[Comment]
    diagnostics: list[Diagnostic]


def lex(text: str, file: str) -> Lexed:
    """The tokens of `text`, ended by one of kind `end`."""
    lexer = _Lexer(text, file)
    for match in _PATTERN.finditer(text):
        lexer.read(match.lastgroup or "", match.group(), match.start())
    lexer.emit("end", "", "", len(text))
    return Lexed(lexer.tokens, lexer.comments, lexer.diagnostics)


class _Lexer:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.line = 1
        self.line_start = 0
        self.fresh_line = True
        self.tokens: list[Token] = []
        self.comments: list[Comment] = []
        self.diagnostics: list[Diagnostic] = []

    def read(self, kind: str, raw: str, start: int) -> None:
        if kind == "space":
            self._newlines(raw, start)
        elif kind == "comment":
            words = " ".join(raw.lstrip("% \t").split())
            self.comments.append(Comment(words, self.line, start, self.fresh_line))
        elif kind == "number":
            self.emit("number", self._number(raw, start), raw, start)
        elif kind in ("string", "quoted"):
            self.emit(kind, self._unescape(raw, start), raw, start)
        elif kind == "open":
            self.emit("unclosed", raw[0], raw.rstrip(), start)
        elif kind in ("foreign", "unknown"):
            self._misread(kind, raw, start)
        else:
            self.emit(kind, raw, raw, start)

    def emit(self, kind: str, value: str | int | float, raw: str, start: int) -> None:
        token = Token(kind, value, self._span(raw, start), start, start + len(raw), self.fresh_line)
        self.tokens.append(token)
        self.fresh_line = False

    def _span(self, raw: str, start: int) -> Span:
        column = start - self.line_start + 1
        return Span(self.file, self.line, column, self.line, column + len(raw))

    def _newlines(self, raw: str, start: int) -> None:
        count = raw.count("\n")
        if count:
            self.line += count
            self.line_start = start + raw.rindex("\n") + 1
            self.fresh_line = True

    def _complain(self, message: str, hint: str, raw: str, start: int) -> None:
        self.diagnostics.append(Diagnostic("syntax", message, hint, self._span(raw, start)))

    def _misread(self, kind: str, raw: str, start: int) -> None:
        if raw.startswith("#"):
            self._complain("'#' is not part of the language", "a comment starts with %", "#", start)
        elif kind == "foreign":
            mark, hint = _FOREIGN[raw]
            self._complain(f"'{raw}' is not part of the language", hint, raw, start)
            self.emit("name" if mark == "not" else "mark", mark, raw, start)
        else:
            hint = "put text into quotes: 'a symbol' or \"a string\"" if raw.isalpha() else ""
            self._complain(f"the character {raw!r} is not part of the language", hint, raw, start)

    def _number(self, raw: str, start: int) -> int | float:
        if len(raw) > _MAX_DIGITS:
            self._complain("this number is too long", f"at most {_MAX_DIGITS} digits", raw, start)
            return 0
        if raw.isdigit():
            return int(raw)
        number = float(raw)
        if number == float("inf"):
            self._complain("this number is too large", "numbers reach up to 1.7e308", raw, start)
            return 0
        return int(number) if number.is_integer() else number

    def _unescape(self, raw: str, start: int) -> str:
        body = raw[1:-1]
        if "\\" not in body:
            return body
        return _ESCAPE.sub(lambda found: self._escape(found, start + 1), body)

    def _escape(self, found: re.Match[str], start: int) -> str:
        code, letter = found.groups()
        point = int(code, 16) if code else -1
        if 0 <= point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF:
            return chr(point)
        if letter in UNESCAPES:
            return UNESCAPES[letter]
        hint = r"known escapes: \\ \" \' \n \t \r \u{1f600}"
        self._complain(f"unknown escape {found.group()}", hint, found.group(), start + found.start())
        return ""
