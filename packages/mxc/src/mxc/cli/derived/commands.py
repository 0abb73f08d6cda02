"""A verb of the catalogue as a command: its parameters, its help, and what completes them."""

from contextlib import suppress
from typing import Any, Final

from typer._click import Command, Context, Parameter
from typer.core import TyperArgument, TyperCommand, TyperOption

from mxc.cli.api import Api
from mxc.cli.catalogue import PATIENCE_S, Offer, Offered, Verb
from mxc.cli.derived.options import argument, filter_options, option, options_of
from mxc.cli.derived.running import Running
from mxc.cli.failures import Failure
from mxc.cli.output import FORMATS, Format

EVERY: Final = 50


def command_of(offered: Offered, offer: Offer, name: str, verb: Verb) -> Command:
    """A verb as a command."""

    def run(**given: Any) -> None:
        Running(offered.reach(), offered.current, offer, verb).run(given)

    return TyperCommand(
        name,
        callback=run,
        params=[*_parameters(offered.api, offer, verb)],
        help=_help(offer, verb),
        no_args_is_help=False,
    )


def _help(offer: Offer, verb: Verb) -> str:
    plural, noun = offer.plural, offer.noun
    plain = {"list": f"The {plural}.", "show": f"One of the {plural} in full.", "create": f"Make a {noun}."}
    return verb.help or plain.get(verb.kind, f"{verb.name} a {noun}".capitalize() + ".")


def _parameters(api: Api, offer: Offer, verb: Verb) -> list[Parameter]:
    made: list[Parameter] = []
    if verb.kind == "list":
        made += _list_options(offer, verb)
    elif verb.kind in {"show", "read"}:
        made.append(_row(api, offer, many=False))
    elif verb.kind != "create":
        made.append(_row(api, offer, many=True))
        made += _picking(offer)
    made += options_of(verb.inputs, verb.kind == "update")
    if verb.kind in {"list", "show", "read"}:
        made.append(
            option("watch", "--watch", "-w", kind=bool, help="print again at every change, until interrupted")
        )
    made.append(
        option(
            "output",
            "--output",
            "-o",
            kind=Format,
            default=Format.TABLE,
            help=FORMATS,
        )
    )
    return made


def _list_options(offer: Offer, verb: Verb) -> list[TyperOption]:
    made: list[TyperOption] = []
    if verb.filters:
        made += [*filter_options(verb.filters), *_choosing(verb)]
    if verb.is_sortable:
        made.append(option("sort", "--sort", metavar="NAME,-NAME", help="in this order; - is descending"))
    if verb.most:
        made.append(option("limit", "--limit", kind=int, min=1, metavar="<number>", help="at most so many"))
    if offer.fields:
        made.append(_columns(offer))
    return made


def _columns(offer: Offer) -> TyperOption:
    def complete(ctx: Context, args: list[str], incomplete: str) -> list[str]:
        before, comma, begun = incomplete.rpartition(",")
        return [f"{before}{comma}{each}" for each in ("id", *offer.fields) if each.startswith(begun)]

    help_text = "only these, in this order; `-o wide` has all"
    return option("columns", "--columns", metavar="NAME,NAME", help=help_text, autocompletion=complete)


def _picking(offer: Offer) -> list[TyperOption]:
    listed = offer.verbs.get("list")
    if listed is None or not listed.filters:
        return []
    return [
        *_choosing(listed),
        option("yes", "--yes", "-y", kind=bool, help="do not ask whether all that were picked"),
    ]


def _choosing(listed: Verb) -> list[TyperOption]:
    by_label = option(
        "selector", "--selector", "-l", metavar="LABELS", help="only those with these: env=prod,tier!=web"
    )
    return [_filter(listed), *([by_label] if listed.selector else [])]


def _filter(listed: Verb) -> TyperOption:
    help_text = "only those; repeatable, several values are separated by commas"

    def complete(ctx: Context, args: list[str], incomplete: str) -> list[str]:
        name, equals, value = incomplete.partition("=")
        if not equals:
            return [f"{each['name']}=" for each in listed.filters if str(each["name"]).startswith(name)]
        choices = next((each.get("choices", ()) for each in listed.filters if each["name"] == name), ())
        return [f"{name}={each}" for each in choices if str(each).startswith(value)]

    return option(
        "filter", "--filter", many=True, metavar="NAME=VALUE", help=help_text, autocompletion=complete
    )


def _row(api: Api, offer: Offer, *, many: bool) -> TyperArgument:
    names = f"its {offer.called}, its id" if offer.called else "its id"
    help_text = f"{'which ones' if many else 'which one'}: {names}, or six characters of that or more"

    def complete(ctx: Context, args: list[str], incomplete: str) -> list[str]:
        with suppress(Failure, KeyError, TypeError):
            rows = Api(api.context, PATIENCE_S).get(f"/{offer.path}", limit=EVERY).data
            found = [str(each.get(offer.called) or each["id"]) for each in rows]
            return [each for each in found if each.startswith(incomplete)]
        return []

    name = "rows" if many else "row"
    return argument(
        name,
        many=many,
        required=not many,
        metavar=offer.name.upper(),
        help=help_text,
        autocompletion=complete,
    )
