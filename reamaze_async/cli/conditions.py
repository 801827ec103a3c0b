"""The options by which resources are narrowed, made from their records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

import click

from reamaze_async.errors import InvalidParameter
from reamaze_async.models import Origin
from reamaze_async.resources import NAMES, endpoint_of, words_of
from reamaze_async.wire import parameters
from reamaze_async.wire.parameters import Between, OneOf, Parameter, Switch

from .options import ACCOUNT, Command, Decorator, NumberRange, Option, columns, pairs

Asks = Callable[[str], Iterator[Option]]
"""The options that are a resource's own, by its name."""

ALL = "all"
"""Everything that an account holds, in place of a resource."""

THREADS = "threads"
"""Conversations with their messages, in place of a resource."""

RESOURCE = "reamaze_async.resource"
"""Where a command keeps the resource that it is about, while its words are parsed."""

DEFAULTS = {("conversations", "filter"): "all", ("contacts", "sort"): "date"}
"""What is asked for unless said: exports leave nothing out, and read what moves least."""

UNSENT = {("contacts", "sort"): "name"}
"""Words that stand for the server's own way, and are not sent."""

OTHERS = {"brand": "of_brand"}
"""Conditions whose names mean something else on the command line, and their names there."""

HINTS = {"for_": "EMAIL", "sent_by": "EMAIL", "category": "SLUG", "id_type": "TYPE"}
HINTS |= dict.fromkeys(("for_id", "assignee_id"), "ID")


class ResourceCommand(Command):
    """A command about one resource, with that one's own options.

    Args:
        asks: gives those options.
        names: of the resources to choose from.
    """

    def __init__(
        self, *arguments: Any, asks: Asks, names: Sequence[str] = NAMES, **settings: Any
    ) -> None:
        super().__init__(*arguments, **settings)
        self._asks = asks
        self._names = names

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """All parameters; without a resource those that all share."""
        shared = super().get_params(ctx)
        known: list[str] = ctx.meta.get(RESOURCE, [])
        own = [option for name in known for option in self._asks(name)]
        sections = [getattr(parameter, "section", "") for parameter in shared]
        place = sections.index(ACCOUNT)
        return [*shared[:place], *own, *shared[place:]]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what was given, once it is known which resource it is about."""
        ctx.meta[RESOURCE] = self._resources(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            self._explain(ctx, error.option_name)
            raise

    def _resources(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The resource that is named, or none."""
        [argument] = [one for one in self.params if one.name == "resource"]
        words = args[:1]
        if not words or words[0].startswith("-"):
            words = self._positional(ctx, args, argument)
        word = words[0] if words else argument.default
        name = word.replace("-", "_") if isinstance(word, str) else ""
        return [name] if name in self._names else []

    def _positional(
        self, ctx: click.Context, args: list[str], argument: click.Parameter
    ) -> list[str]:
        """The first word that belongs to no option, whichever resource's it may be."""
        ctx.meta[RESOURCE] = self._names
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        try:
            given, _, _ = parser.parse_args(list(args))
        except click.UsageError:
            return []
        word = given.get(argument.name or "")
        return [word] if isinstance(word, str) else []

    def _explain(self, ctx: click.Context, word: str) -> None:
        """Refuse an option that only other resources have, naming them."""
        having = [name for name in self._names if any(word in it.opts for it in self._asks(name))]
        if not having:
            return
        known: list[str] = ctx.meta[RESOURCE]
        what = f"is no option of {words_of(known[0])}" if known else "needs a RESOURCE"
        message = f"{word} {what}: {', '.join(map(words_of, having))} {_have(having)} it."
        raise click.UsageError(message, ctx)


def _have(names: list[str]) -> str:
    return "has" if names in (["staff"], [ALL]) else "have"


def resource(names: Sequence[str] = NAMES, **settings: Any) -> Decorator[Any]:
    """The argument that names a resource.

    Args:
        names: of the resources to choose from.
        **settings: of the argument.
    """
    words = [name.replace("_", "-") for name in names]

    def check(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
        name = value.replace("-", "_")
        if name not in names:
            message = f"{value!r} is none of the resources: {', '.join(words)}."
            raise click.BadParameter(message)
        return name

    return click.argument(
        "resource",
        metavar="RESOURCE",
        callback=check,
        shell_complete=lambda _ctx, _parameter, begun: [
            word for word in words if word.startswith(begun)
        ],
        **settings,
    )


# --- options of records -----------------------------------------------------------------------


def of_its_list(name: str) -> Iterator[Option]:
    """The conditions of a resource's list."""
    endpoint = endpoint_of(name)
    section = f"Which {words_of(name)}"
    for operation in endpoint.lists[1:]:
        for key in operation.keys:
            yield Option(
                [f"--{key}"], section=section, metavar="SLUG", help=f"Of this {key} alone."
            )
    for parameter in endpoint.lists[0].parameters:
        yield _option(section, endpoint.name, parameter)


def of_its_list_by_change(name: str) -> Iterator[Option]:
    """The conditions of a resource's list that a sync takes: it has its own order."""
    return (option for option in of_its_list(name) if option.name != "sort")


def of_an_export(name: str) -> Iterator[Option]:
    """The conditions of a resource's list; of everything, which resources are meant."""
    if name == THREADS:
        yield from _of_threads()
    if name != ALL:
        yield from of_its_list(listed_for(name))
        return
    section = "Which resources"
    listed = {"metavar": "A,B", "callback": columns}
    yield Option(["--only"], section=section, help="These alone.", **listed)
    yield Option(["--leave-out"], section=section, help="All but these.", **listed)
    files = "Fetch the files of messages too, into DIR/attachments/ or FILE-attachments/."
    yield Option(["--attachments"], section=section, is_flag=True, help=files)
    most = {"type": NumberRange(min=0, min_open=True), "default": 100, "show_default": True}
    told = "Refuse larger attachments."
    yield Option(["--max-attachment"], section=section, metavar="MIB", help=told, **most)


def _of_threads() -> Iterator[Option]:
    """What can be said of threads beside the conditions of their conversations."""
    from reamaze_async.threads.way import Way  # noqa: PLC0415 - only when it is asked for

    section = "How threads are read"
    told = (
        "'each': by one request per conversation or more; 'together': all messages of the brand "
        "once; 'auto': by fewer requests."
    )
    ways = {"type": click.Choice(get_args(Way)), "default": "auto", "show_default": True}
    yield Option(["--way"], section=section, help=told, **ways)
    html = "With the HTML of messages, where there is any."
    yield Option(["--include-original-body"], section=section, is_flag=True, help=html)


def listed_for(name: str) -> str:
    """The resource whose list is read."""
    return "conversations" if name == THREADS else name


def of_its_getter(name: str) -> Iterator[Option]:
    """What says how the key of one item is meant."""
    endpoint = endpoint_of(name)
    for parameter in endpoint.getter.parameters if endpoint.getter else ():
        yield _option("What KEY is", endpoint.name, parameter)


def _option(section: str, resource: str, parameter: Parameter) -> Option:
    name = OTHERS.get(parameter.name, parameter.name)
    word = f"--{name.rstrip('_').replace('_', '-')}"
    settings = _settings(parameter) | {"help": parameter.means}
    key = (resource, parameter.name)
    if key in DEFAULTS:
        settings |= {"default": DEFAULTS[key], "show_default": True}
    if key in UNSENT:
        settings["type"] = click.Choice([*settings["type"].choices, UNSENT[key]])
    return Option([word, name], section=section, **settings)


def _settings(parameter: Parameter) -> dict[str, Any]:
    match parameter.encode:
        case OneOf(words=words):
            return {"type": click.Choice(words)}
        case Between(least=least, greatest=greatest):
            return {"type": click.IntRange(least, greatest), "metavar": "N"}
        case Switch():
            return {"is_flag": True}
        case parameters.tags:
            return {"multiple": True, "metavar": "TAG", "callback": _tags}
        case parameters.custom_fields:
            return {"multiple": True, "metavar": "KEY=VALUE", "callback": pairs}
        case parameters.origin:
            return {"metavar": "ORIGIN", "shell_complete": _complete_origin}
        case parameters.instant:
            return {"metavar": "DATE"}
    return {"metavar": HINTS.get(parameter.name, "TEXT")}


ORIGINS = [word.lower().replace("_", "-") for word in Origin.__members__]


def _complete_origin(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return [word for word in ORIGINS if word.startswith(begun.lower())]


def _tags(
    _ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...] | None:
    for tag in value:
        if "," in tag:
            message = f"{tag!r} holds a comma: for several tags, repeat --tag."
            raise click.BadParameter(message)
    return value or None


def conditions_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions of a resource's `list` among a command's options.

    Raises:
        InvalidParameter: one of them can't be used.
    """
    endpoint = endpoint_of(listed_for(given["resource"]))
    whole, *parts = endpoint.lists
    found: dict[str, Any] = {}
    for parameter in whole.parameters:
        value = given.get(OTHERS.get(parameter.name, parameter.name))
        is_left_out = value is None or value == UNSENT.get((endpoint.name, parameter.name))
        if not is_left_out:
            found[parameter.name] = value
    try:
        whole.query_of(found)
        for part in parts:
            keys = {key: given[key] for key in part.keys if given.get(key) is not None}
            if keys:
                part.path_of(*keys.values())
                found |= keys
    except InvalidParameter as error:
        if error.name in OTHERS:
            raise InvalidParameter(error.about, name=OTHERS[error.name]) from None
        raise
    return found
