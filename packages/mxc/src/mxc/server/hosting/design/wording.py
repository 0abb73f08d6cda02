"""Facts and rules in plain words: a rule speaks through its comment, a fact through its name."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Names: TypeAlias = Mapping[str, str]
_ID: Final = re.compile(r"'?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})'?")


def named(words: str, names: Names) -> str:
    """Ids replaced by what they are called, else shortened."""
    return _ID.sub(lambda match: names.get(match[1], match[1][:8]), words)


def step_words(proof: Mapping[str, Any], names: Names) -> str:
    """What one step of a proof says."""
    predicate = str(proof.get("predicate", "")).replace("_", " ")
    match proof["kind"]:
        case "rule":
            return " ".join(str(proof.get("comment") or predicate).split())
        case "fact":
            return f"{predicate}: {_values(proof, names)}" if proof.get("row") else predicate
        case "negation":
            return f"nothing says: {named(str(proof['statement']).removeprefix('not '), names)}"
        case "aggregate":
            return f"counted over {len(proof.get('inputs', ()))} rows"
        case _:
            return named(str(proof["statement"]), names)


def _values(proof: Mapping[str, Any], names: Names) -> str:
    return ", ".join(named(str(value), names) for value in proof["row"])
