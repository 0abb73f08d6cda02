"""Which comments belong to a clause: those directly above it, those within it, the one behind it."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice

from datalox.parse.lexer import Comment


def comment_of(comments: list[Comment], text: str, line: int, start: int, end: int) -> str:
    """The plain words of the comments of the clause `text[start:end]`, joined by spaces.

    `line` is the one it starts on, `comments` are in the order of the text.
    """
    first = bisect_left(comments, start, key=lambda comment: comment.start)
    alone = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    found = [*(_above(comments, first, line) if alone else ()), *_within(comments, first, text, end)]
    return " ".join(words for words in found if any(map(str.isalnum, words)))


def _above(comments: list[Comment], first: int, line: int) -> list[str]:
    found: list[str] = []
    while first > len(found):
        comment = comments[first - len(found) - 1]
        if not comment.alone or comment.line != line - len(found) - 1:
            break
        found.append(comment.words)
    return found[::-1]


def _within(comments: list[Comment], first: int, text: str, end: int) -> list[str]:
    found: list[str] = []
    for comment in islice(comments, first, None):
        if comment.start >= end:
            if not text[end : comment.start].strip(" \t"):
                found.append(comment.words)
            break
        found.append(comment.words)
    return found
