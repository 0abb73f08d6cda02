"""`mxc rules …`: the Datalog that operators add to ours."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mxc.cli.api import Api, segment
from mxc.cli.failures import INVALID, USAGE, Failure, Refusal
from mxc.cli.output import Format, Output, show, warn
from mxc.cli.session import api_of
from mxc.cli.tables import Nothing, printable, table


class Mode(StrEnum):
    DRAFT = "draft"
    SHADOW = "shadow"
    ENFORCE = "enforce"


app = typer.Typer(help="The rules that operators add to ours.", no_args_is_help=True)
Rule = Annotated[str, typer.Argument(help="a rule's name or id")]
Subject = Annotated[str, typer.Argument(help="a file of rules, - for standard input, or a rule's name")]
Why = Annotated[bool, typer.Option("--why", help="with the rules and facts behind it")]
File = Annotated[Path, typer.Argument(help="a file of rules; - reads standard input")]
COLUMNS: Final = ("name", "mode", "is_enabled", "priority", "version", "description", "id")


@app.command("list")
def list_rules(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Every operator rule."""
    show(api_of(ctx).get("/rules", limit=1000), output, _listed)


def _listed(rules: Any) -> str:
    """The table, and below it what is wrong with which rule."""
    if not rules:
        return Nothing("no rules of yours yet: `mxc rules add FILE.dl` adds one")
    faults = [f"{rule['name']} is not in force: {rule['fault']}" for rule in rules if rule.get("fault")]
    met = [f"{rule['name']}: {each}" for rule in rules for each in rule.get("warnings", ())]
    return "\n".join([table(rules, COLUMNS), *faults, *met])


@app.command("show")
def show_rule(ctx: typer.Context, rule: Rule, output: Output = Format.TABLE) -> None:
    """One rule's text."""
    api = api_of(ctx)
    show(api.get(f"/rules/{segment(rule)}"), output, lambda data: str(data["rule_text"]))


@app.command()
def check(ctx: typer.Context, file: File, output: Output = Format.TABLE) -> None:
    """Parse, type-check and try a file of rules against the live facts, without adding it."""
    text = _read(file)
    answer = api_of(ctx).call("POST", "/rules/check", {"name": _name_of(file), "rule_text": text})
    problems = answer.data["diagnostics"]
    if not output.is_for_people:
        show(answer, output, str)
    _explain(file, text, problems)
    if any(problem.get("severity", "error") == "error" for problem in problems):
        raise typer.Exit(INVALID)
    if output.is_for_people:
        typer.echo(f"{file}: fine")


@app.command()
def preview(ctx: typer.Context, rule: Subject, why: Why = False, output: Output = Format.TABLE) -> None:
    """What would follow if a rule were in force, and which workloads would fare otherwise."""
    rehearse(ctx, rule, why, output)


def rehearse(ctx: typer.Context, rule: str, why: bool, output: Format) -> None:
    """Ask for the consequences of a file of rules, or of a rule that is there, and print them."""
    api, file = api_of(ctx), Path(rule)
    if rule == "-" or file.exists():
        name, text = _name_of(file), _read(file)
    else:
        found = api.get(f"/rules/{segment(rule)}").data
        name, text = str(found["name"]), str(found["rule_text"])
    answer = api.call("POST", "/rules/preview", {"name": name, "rule_text": text})
    _explain(file, text, answer.data["diagnostics"])
    if answer.data["is_valid"] or not output.is_for_people:
        show(answer, output, _with_reasons if why else lambda data: str(data["text"]))
    if not answer.data["is_valid"]:
        raise typer.Exit(INVALID)


def _with_reasons(data: Any) -> str:
    parts = [str(data["text"])]
    for each in data["outcomes"]:
        if each["because"]:
            parts.append(
                f"workload {each['workload_id'][:8]} {each['kind']} because\n{_indented(each['because'])}"
            )
    parts += [_indented(proof) for each in data["conclusions"] for proof in each["proofs"]]
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


@app.command()
def add(
    ctx: typer.Context,
    file: File,
    name: Annotated[str, typer.Option(help="its name; the file's by default")] = "",
    description: Annotated[str, typer.Option(help="what it is for")] = "",
    priority: Annotated[int, typer.Option(min=0)] = 0,
    mode: Annotated[
        Mode, typer.Option(help="draft: only checked; shadow: what it would do is written down; enforce")
    ] = Mode.ENFORCE,
    disabled: Annotated[bool, typer.Option("--disabled", help="add it without loading it")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="replace the rule of that name")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Add a file of rules; it takes effect at once, unless its mode is another than enforce."""
    api, text = api_of(ctx), _read(file)
    body = {
        "name": name or _name_of(file),
        "description": description,
        "rule_text": text,
        "priority": priority,
        "mode": mode.value,
        "is_enabled": not disabled,
    }
    old = _find(api, str(body["name"])) if replace else None
    try:
        answer = api.call("PUT", f"/rules/{old}", body) if old else api.call("POST", "/rules", body)
    except Refusal as refusal:
        _explain(file, text, (refusal.document.get("details") or {}).get("diagnostics") or [])
        raise
    show(answer, output, _done)


@app.command()
def shadow(ctx: typer.Context, rule: Rule, output: Output = Format.TABLE) -> None:
    """What a rule in mode shadow would have done: written down while nothing was done."""
    api = api_of(ctx)
    show(api.get(f"/rules/{segment(rule)}/shadow"), output, lambda data: str(data["text"]))


def _find(api: Api, name: str) -> str | None:
    found = api.get("/rules", name=name).data
    return str(found[0]["id"]) if found else None


def _done(rule: Any) -> str:
    return f"rule {rule['name']} ({rule['id']}) is {'enabled' if rule['is_enabled'] else 'disabled'}"


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"cannot read {file}: {error}", exit_code=USAGE) from None


def _name_of(file: Path) -> str:
    return "stdin" if str(file) == "-" else file.stem


def _explain(file: Path, text: str, problems: list[Mapping[str, Any]]) -> None:
    """Each diagnostic as a compiler prints it: place, message, the line, a caret, the hint."""
    lines = text.splitlines()
    for problem in problems:
        line, column = int(problem.get("line") or 0), int(problem.get("column") or 0)
        kind = problem.get("severity", "error")
        warn(f"{file}:{line}:{column}: {kind}: {printable(str(problem['message']))}")
        if 0 < line <= len(lines):
            warn(f"    {printable(lines[line - 1])}")
            warn(f"    {' ' * max(column - 1, 0)}^")
        if problem.get("hint"):
            warn(f"  hint: {printable(str(problem['hint']))}")
