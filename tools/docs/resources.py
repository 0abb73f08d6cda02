"""docs/reference/resources/<plural>.md: what is said about one kind of thing, and what follows from it."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from mxc.server.kernel.resource import Action, Field, Spec, catalogue
from mxc.server.kernel.resource.facts import declarations
from mxc.server.kernel.resource.relations import relations_of
from mxc.server.kernel.resource.schema import type_schema
from mxc.server.surfaces.app import api, exposures, route_modules
from tools.docs.writing import GENERATED, row, sentence, table

FOLDER = "docs/reference/resources/"
FAR = 2**53 - 1
METHODS = {"list": "GET", "show": "GET", "create": "POST", "update": "PATCH", "delete": "DELETE"}
HEAD = f"""# Resources

One page for each kind of thing: its fields, states, actions, facts, endpoints and verbs.

{GENERATED}
"""


def pages() -> dict[str, str]:
    """Path → text."""
    specs = catalogue()
    lines = [row(f"[{each.plural}]({each.plural}.md)", sentence(each.help)) for each in specs]
    made = {f"{FOLDER}README.md": "\n".join([HEAD, *table("resource", "what it is"), *lines, ""])}
    return made | {f"{FOLDER}{each.plural}.md": _page(each) for each in specs}


@cache
def offers() -> dict[str, Any]:
    """Table → what the API's catalogue says of it."""
    document = json.loads(api(exposures(route_modules()))[2].content)
    return {each["table"]: each for each in document["resources"] if "table" in each}


def _page(spec: Spec) -> str:
    parts = [
        [f"# {spec.plural}", "", spec.help, "", GENERATED, ""],
        _fields(spec), _computed(spec), _relations(spec), _states(spec), _actions(spec), _facts(spec),
        _reached(spec),
    ]  # fmt: skip
    return "\n".join(line for part in parts for line in part)


def _fields(spec: Spec) -> Iterator[str]:
    yield "## Fields\n"
    yield from table("field", "type", "given", "meaning")
    for each in spec.fields:
        if each.name != "tenant_id" and not each.blind_of:
            yield row(f"`{each.name}`", _type(each), _given(each), _meaning(each))
    yield ""


def _type(field: Field) -> str:
    if field.is_sealed:
        return "text, encrypted" if field.kind == "encrypted" else field.kind
    if field.choices:
        many = "list of " if field.kind == "choices" else ""
        return many + ", ".join(f"`{each}`" for each in field.choices)
    kind = field.kind + (f", {field.unit}" if field.unit else "")
    return kind + _bounds(type_schema(field.annotation))


def _bounds(schema: dict[str, Any]) -> str:
    shape = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}
    return "".join(
        f", {sign} {shape[name]:g}" for name, sign in signs.items() if abs(shape.get(name, FAR)) < FAR
    )


def _given(field: Field) -> str:
    if not field.on_create and not field.on_update:
        return "by mxc"
    if field.on_create and not (field.has_default or field.is_nullable):
        return "always" if field.on_update else "always, once"
    default = field.default
    shown = default.value if hasattr(default, "value") else default
    said = f", else `{json.dumps(shown)}`" if shown is not None else ""
    return ("at will" if field.on_update else "once") + said


def _meaning(field: Field) -> str:
    said = [field.help]
    if field.reference:
        said.append(f"the id of one of the [{field.reference.target}]({field.reference.target}.md)")
    if field.is_secret and not field.is_sealed:
        said.append("never shown")
    elif field.visible_to:
        said.append(f"shown to {field.visible_to}")
    if field.is_nullable:
        said.append("may be empty")
    return "; ".join(filter(None, said))


def _computed(spec: Spec) -> Iterator[str]:
    if spec.computed:
        yield "## Computed\n"
        yield from table("field", "lists filter and sort by it", "meaning")
        for name in spec.computed:
            is_sql = "yes" if name in spec.expressions else "filter only"
            yield row(f"`{name}`", is_sql, sentence(getattr(spec.resource, name).__doc__ or ""))
        yield ""


def _relations(spec: Spec) -> Iterator[str]:
    belongs = [each for each in relations_of(catalogue()) if each.target is spec]
    known = [
        f"- `{each.name}`: no two alike in {', '.join(f'`{c}`' for c in each.columns)}"
        for each in spec.identities
    ]
    if known:
        yield from ["## Identities\n", *known, ""]
    if belongs:
        yield "## What belongs to it\n"
        yield from table("here", "rows of", "by", "when it goes")
        fates = {
            "restrict": "it is kept while they are there",
            "cascade": "they go, too",
            "clear": "theirs is emptied",
        }
        for each in belongs:
            other = each.holder.plural
            yield row(
                f"`{each.inverse}`",
                f"[{other}]({other}.md)",
                f"`{each.column}`",
                fates[each.reference.on_delete],
            )
        yield ""


def _states(spec: Spec) -> Iterator[str]:
    if spec.lifecycle is None:
        return
    yield f"## States of `{spec.lifecycle.column}`\n\n```mermaid\nstateDiagram-v2"
    yield f"    [*] --> {_state(spec.lifecycle.initial.value)}"
    moves: dict[tuple[str, str], list[str]] = {}
    for action in spec.actions.values():
        for source, target in action.moves.items():
            moves.setdefault((source.value, target.value), []).append(action.name)
    for (start, end), names in moves.items():
        yield f"    {_state(start)} --> {_state(end)}: {', '.join(names)}"
    yield "```\n"


def _state(value: str) -> str:
    return value.replace("-", "_")


def _actions(spec: Spec) -> Iterator[str]:
    yield "## Actions\n"
    yield from table("action", "arguments", "permission", "least role", "what it does")
    for each in spec.actions.values():
        role = "the system" if each.internal else spec.policy.role_for(each.name)
        yield row(f"`{each.name}`", _arguments(spec, each), f"`{each.permission}`", role, sentence(each.help))
    yield f"\nReading needs `{spec.plural}.read`: {spec.policy.read}.\n"


def _arguments(spec: Spec, action: Action[Any, ...]) -> str:
    if action.name in spec.argument_models:
        fields = spec.argument_models[action.name].model_fields
        return ", ".join(f"`{name}`" + ("" if each.is_required() else "?") for name, each in fields.items())
    return "the fields that are given" if action.kind != "act" else ""


def _facts(spec: Spec) -> Iterator[str]:
    if spec.facts:
        yield "## Facts\n\n```"
        yield from (
            line
            for line in declarations([spec]).splitlines()
            if not line.startswith(".decl valid_transition")
        )
        yield "```\n"


def _reached(spec: Spec) -> Iterator[str]:
    offer = offers().get(spec.plural)
    if offer is None:
        return
    yield "## Endpoints and verbs\n"
    yield from table("endpoint", "verb", "what it does")
    for verb in offer["verbs"]:
        name, path = verb["name"], f"/api/{offer['path']}"
        at = path if verb["kind"] in {"list", "create"} else f"{path}/{{id}}"
        at = f"{at}/{name}" if verb["kind"] in {"act", "read"} else at
        method = "GET" if verb["kind"] == "read" else METHODS.get(verb["kind"], "POST")
        yield row(
            f"`{method} {at}`", f"`mxc {offer['path']} {name.replace('_', '-')}`", sentence(verb["help"])
        )
    yield ""
