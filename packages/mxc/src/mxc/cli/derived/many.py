"""One verb on many rows: each by itself, all to the end, and what became of every one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from mxc.cli.api import Answer
from mxc.cli.failures import UNREACHABLE, Failure, Refusal
from mxc.cli.output import Format, compact, text_of, warn


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: the API's answer, or why it was refused."""

    row: str
    answer: Answer | None = None
    refused: Refusal | None = None

    @property
    def said(self) -> str:
        """The refusal in one line."""
        return " · ".join(line.strip() for line in self.refused.lines()) if self.refused else ""

    def document(self) -> dict[str, Any]:
        """As a program reads it."""
        if self.refused is not None:
            return {"id": self.row, "outcome": "refused", **self.refused.document}
        return {"id": self.row, "outcome": "done", "data": self.answer.data if self.answer else None}


def act_on_each(
    rows: Sequence[str], act: Callable[[str], Answer], told: Callable[[Outcome], str], output: Format
) -> None:
    """Acts on every row and says what came of each; exits as the first refusal would when there was one.

    Raises Failure when the API is gone: the rest was not tried, which is said.
    """
    outcomes: list[Outcome] = []
    for row in rows:
        try:
            outcome = Outcome(row, act(row))
        except Refusal as refusal:
            outcome = Outcome(row, refused=refusal)
        except Failure as failure:
            left = len(rows) - len(outcomes)
            hint = f"{len(outcomes)} of {len(rows)} were answered, {left} were not tried or are uncertain"
            raise Failure(failure.message, hint, UNREACHABLE) from None
        outcomes.append(outcome)
        if output is Format.TABLE:
            warn(told(outcome)) if outcome.refused else typer.echo(told(outcome))
    if output is not Format.TABLE:
        document = compact({"data": [each.document() for each in outcomes]})
        typer.echo(text_of(Answer(document, {}), output, str))
    refused = [each.refused for each in outcomes if each.refused is not None]
    if refused:
        warn(f"{len(refused)} of {len(outcomes)} were refused")
        raise typer.Exit(refused[0].exit_code)
