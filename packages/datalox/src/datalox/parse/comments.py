"""Which comments belong to a clause: those directly above it, those within it, the one behind it."""

from __future__ import annotations

from bisect import bisect_left

from datalox.parse.lexer import Comment


def comment_of(comments: list[Comment], text: str, start: int, end: int) -> str:
    """The plain words of the comments of the clause `text[start:end]`, joined by spaces.

    `comments` are in the order of the text.
    """
    first = bisect_left(comments, start, key=lambda comment: comment.start)
    found = _above(comments[:first], text, start) + _within(comments[first:], text, end)
    return " ".join(words for words in found if any(map(str.isalnum, words)))


def _above(comments: list[Comment], text: str, start: int) -> list[str]:
    line_start = text.rfind("\n", 0, start) + 1
    if text[line_start:start].strip():
        return []
    line = text.count("\n", 0, start) + 1
    found: list[str] = []
    for comment in reversed(comments):
        if not comment.alone or comment.line != line - len(found) - 1:
            break
        found.append(comment.words)
    return found[::-1]


def _within(comments: list[Comment], text: str, end: int) -> list[str]:
    found: list[str] = []
    for comment in comments:
        if comment.start >= end:
            if not text[end : comment.start].strip(" \t"):
                found.append(comment.words)
            break
        found.append(comment.words)
    return found
