"""The options of a verb, from its inputs, and from what was given for them the body of the request."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

from typer._coercion import resolve_type_descriptor
from typer.core import TyperArgument, TyperOption
from typer.models import ArgumentInfo, OptionInfo

from mxc.cli.api import Api, segment
from mxc.cli.catalogue import Catalogue, Document
from mxc.cli.derived.values import Secrets, value_of
from mxc.cli.failures import USAGE, Failure

TAKEN: Final = frozenset(
    {"output", "watch", "filter", "limit", "sort", "selector", "clear", "yes", "help", "columns"}
)
REPEATED: Final = frozenset({"texts", "choices", "map", "scalars"})
METAVARS: Final = {"map": "NAME=VALUE", "scalars": "NAME=VALUE", "json": "JSON|@FILE"}


def option(
    name: str,
    *flags: str,
    kind: Any = str,
    many: bool = False,
    help: str = "",  # noqa: A002 (what Typer calls it)
    **said: Any,
) -> TyperOption:
    """An option as Typer makes it; `kind` is bool for a flag, a Literal for a choice."""
    annotation = list[kind] if many else kind
    descriptor = resolve_type_descriptor(annotation, OptionInfo(min=said.get("min"), max=said.get("max")))
    return TyperOption(
        param_decls=[name, *flags],
        type_descriptor=descriptor,
        multiple=many,
        is_flag=kind is bool,
        help=help,
        **said,
    )


def argument(name: str, *, many: bool = False, **said: Any) -> TyperArgument:
    """A positional argument, or as many as are given."""
    descriptor = resolve_type_descriptor(list[str] if many else str, ArgumentInfo())
    return TyperArgument(param_decls=[name], type_descriptor=descriptor, nargs=-1 if many else 1, **said)


def flag_of(asked: Document) -> str:
    """`cpu_required` is written `--cpu-required`, `node_id` `--node`, and a secret by the file it is in."""
    name = str(asked["name"])
    bare = name.removesuffix("_id") if asked.get("reference") else name
    bare = bare.removeprefix("is_").removeprefix("has_") if asked.get("kind") == "flag" else bare
    flag = bare.replace("_", "-")
    if asked.get("secret"):
        return f"--{flag}-from"
    return f"--set-{flag}" if flag in TAKEN else f"--{flag}"


def options_of(inputs: Iterable[Document], is_update: bool) -> list[TyperOption]:
    """One option for each input; an update may also clear what may be empty."""
    made = [_option(each, is_update) for each in inputs]
    nullable = tuple(str(each["name"]) for each in inputs if each.get("nullable"))
    if is_update and nullable:
        made.append(
            option("clear", "--clear", kind=Literal[nullable], many=True, help="leave this one empty")
        )
    return made


def filter_options(filters: Iterable[Document]) -> list[TyperOption]:
    """What a list is most often narrowed down by has options of its own: states, and whose they are."""
    made = []
    for each in filters:
        choices = tuple(each.get("choices", ()))
        name, flag = _place(each), flag_of(each)
        if choices:
            kind: Any = Literal[choices]
            said = f"<{'|'.join(choices)}>"
            made.append(option(name, flag, kind=kind, many=True, metavar=said, help="only those; repeatable"))
        elif each.get("reference"):
            noun = flag.removeprefix("--").replace("-", " ")
            made.append(option(name, flag, help=f"only those with this {noun}: its id or name"))
    return made


def _option(asked: Document, is_update: bool) -> TyperOption:
    name, flag, kind = _place(asked), flag_of(asked), asked["kind"]
    is_required = bool(asked.get("required")) and not is_update
    if asked.get("secret"):
        text = f"{_help(asked)}; read from a file, - is standard input".lstrip("; ")
        return option(name, flag, metavar="FILE", help=text)
    if kind == "flag":
        flag = f"{flag}/--no-{flag.removeprefix('--')}"
        return option(name, flag, kind=bool, help=_help(asked), required=is_required)
    aliases = [f"--{alias.replace('_', '-')}" for alias in asked.get("aliases", ())]
    choices = tuple(asked.get("choices", ()))
    has_unit = asked.get("unit") in {"s", "MB"}
    types: dict[str, Any] = {"integer": str if has_unit else int, "number": str if has_unit else float}
    return option(
        name, flag, *aliases,
        kind=Literal[choices] if choices else types.get(kind, str),
        many=kind in REPEATED,
        metavar=METAVARS.get(kind),
        help=_help(asked),
        required=is_required,
    )  # fmt: skip


def given_to(asked: Document, given: Mapping[str, Any]) -> Any:
    """What was given for this input; None for nothing."""
    return given.get(_place(asked)) or None


def _place(asked: Document) -> str:
    """Where its option leaves what was given: apart from the options of every verb, whatever it is called."""
    return f"value_of_{asked['name']}"


def _help(asked: Document) -> str:
    unit = f"in {asked['unit']}" if asked.get("unit") else ""
    example = asked.get("example")
    shown = (
        f"for example {example}"
        if isinstance(example, str | int | float) and not asked.get("choices")
        else ""
    )
    default = f"{asked['default']} when nothing is said" if "default" in asked else ""
    whose = f"its id or name, of the {asked['reference']}" if asked.get("reference") else ""
    return "; ".join(filter(None, (str(asked.get("help", "")), unit, whose, default or shown)))


class Body:
    """Makes the body of a request from what was given on the command line."""

    def __init__(self, api: Api, catalogue: Callable[[], Catalogue | None]) -> None:
        self.api, self.catalogue, self.secrets = api, catalogue, Secrets()

    def of(self, inputs: Iterable[Document], given: Mapping[str, Any], is_update: bool) -> dict[str, Any]:
        """Only what was given. Raises Failure for what cannot be meant, before anything is done."""
        body: dict[str, Any] = dict.fromkeys(given.get("clear") or ())
        for asked in inputs:
            name, option_name = str(asked["name"]), flag_of(asked)
            value = given.get(_place(asked))
            if asked.get("secret"):
                if value is not None:
                    body[name] = self.secrets.read(asked, value, option_name)
                elif asked.get("required") and not is_update:
                    body[name] = self.secrets.ask(asked, option_name)
            elif value not in (None, [], ()):
                is_id = bool(asked.get("reference"))
                body[name] = self.meant(asked, str(value)) if is_id else value_of(asked, value, option_name)
        return body

    def meant(self, asked: Document, text: str) -> str:
        """The id of the row that is referred to: by one, by the beginning of one, or by a name.

        Raises Failure for what is not there.
        """
        try:
            return str(UUID(text))
        except ValueError:
            pass
        catalogue = self.catalogue()
        offer = catalogue.offer_of(str(asked["reference"])) if catalogue else None
        if offer is None or "show" not in offer.verbs:
            raise Failure(f"{flag_of(asked)} {text!r} is no id", "give the whole id", USAGE)
        return str(self.api.get(f"/{offer.path}/{segment(text)}").data["id"])
