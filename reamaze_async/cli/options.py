"""The options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from reamaze_async.models import Origin
from reamaze_async.wire.environment import ENVIRONMENT
from reamaze_async.wire.parameters import CONVERSATIONS, Filter, Sort, query

if TYPE_CHECKING:
    from reamaze_async.resources.conversations import ConversationQuery

RESOURCES = ("conversations",)
"""The resources that can be exported, synced and counted."""

Function = TypeVar("Function", bound=Callable[..., Any])
Record = TypeVar("Record")
Decorator = Callable[[Function], Function]


class Option(click.Option):
    """An option with a section of its own in the help."""

    def __init__(self, *names: Any, section: str = "Options", **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.section = section


class Command(click.Command):
    """A command whose help groups options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, in the order in which they first occur."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and isinstance(parameter, click.Option):
                sections.setdefault(getattr(parameter, "section", "Other"), []).append(record)
        for name, records in sections.items():
            with formatter.section(name):
                formatter.write_dl(records)


def option(section: str, *names: str, **settings: Any) -> Decorator[Any]:
    """An option in a section of the help."""
    return click.option(*names, cls=Option, section=section, **settings)


def number_option(
    section: str, name: str, kind: click.ParamType[Any], *, told: str, **settings: Any
) -> Decorator[Any]:
    """An option that is a number; its default is shown unless the help tells of it."""
    shown = {"metavar": "N", "show_default": "[default:" not in told}
    return option(section, name, type=kind, help=told, **shown | settings)


def record_of(kind: type[Record], given: Mapping[str, Any], **more: Any) -> Record:
    """A dataclass made of those options that are its fields.

    Args:
        kind: the dataclass.
        given: all options of a command, by name.
        **more: its other fields.
    """
    assert is_dataclass(kind)
    names = [field.name for field in fields(kind) if field.name in given]
    return kind(**{name: given[name] for name in names}, **more)


def together(*decorators: Decorator[Any]) -> Decorator[Any]:
    """Several decorators as one, in the order in which they are written."""

    def decorate(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


# --- what is asked for ------------------------------------------------------------------------


def _resource(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value not in RESOURCES:
        message = f"There are no {value!r} to be had yet; there are: {', '.join(RESOURCES)}."
        raise click.BadParameter(message)
    return value


def resource(**settings: Any) -> Decorator[Any]:
    """The argument that names a resource."""
    return click.argument(
        "resource",
        metavar="RESOURCE",
        callback=_resource,
        shell_complete=lambda _ctx, _parameter, begun: [
            name for name in RESOURCES if name.startswith(begun)
        ],
        **settings,
    )


ORIGINS = [word.lower().replace("_", "-") for word in Origin.__members__]


def _origin(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> Any:
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return int(value)
    name = value.upper().replace("-", "_")
    if name not in Origin.__members__:
        message = f"{value!r} is unknown: use a number, or one of {', '.join(ORIGINS)}."
        raise click.BadParameter(message)
    return Origin[name]


def pairs(
    _ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]
) -> dict[str, str] | None:
    """Keys and values; none of the keys twice."""
    found: dict[str, str] = {}
    for text in value:
        key, equals, item = text.partition("=")
        if not equals or not key.strip():
            message = f"{text!r} must look like KEY=VALUE."
            raise click.BadParameter(message)
        if found.setdefault(key, item) != item:
            message = f"{key!r} is given two values; only one can be meant."
            raise click.BadParameter(message)
    return found or None


def columns(
    _ctx: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    """The names between commas."""
    if value is None:
        return None
    return tuple(name.strip() for name in value.split(",") if name.strip())


def number(_ctx: click.Context, _parameter: click.Parameter, value: float) -> float:
    """Refuse `nan`, which no range refuses."""
    if math.isnan(value):
        message = "nan is no number."
        raise click.BadParameter(message)
    return value


def _tags(
    _ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...] | None:
    for tag in value:
        if "," in tag:
            message = f"{tag!r} holds a comma: for several tags, repeat --tag."
            raise click.BadParameter(message)
    return value or None


_WHICH = "Which conversations"

conditions: Decorator[Any] = together(
    option(
        _WHICH,
        "--filter",
        type=click.Choice(get_args(Filter)),
        default="all",
        show_default=True,
        help="By state; 'all' has the archived ones too.",
    ),
    option(_WHICH, "--for", "for_", metavar="EMAIL", help="Those that concern this user."),
    option(_WHICH, "--for-id", metavar="ID", help="Likewise, by single sign-on id."),
    option(
        _WHICH,
        "--tag",
        multiple=True,
        metavar="TAG",
        callback=_tags,
        help="With this tag; repeat it for several, which must all be there (a guess).",
    ),
    option(_WHICH, "--category", metavar="SLUG", help="Of this channel."),
    option(
        _WHICH,
        "--origin",
        metavar="ORIGIN",
        shell_complete=lambda _ctx, _parameter, begun: [
            word for word in ORIGINS if word.startswith(begun.lower())
        ],
        callback=_origin,
        help="How they came in: email, chat, sms, ... or a number.",
    ),
    option(
        _WHICH,
        "--data",
        multiple=True,
        metavar="KEY=VALUE",
        callback=pairs,
        help="With this custom field; may be repeated.",
    ),
    option(
        _WHICH,
        "--start-date",
        metavar="DATE",
        help="Latest customer message at or after this ISO 8601 date or time; without an offset, "
        "this machine's.",
    ),
    option(
        _WHICH,
        "--end-date",
        metavar="DATE",
        help="Latest customer message until then; a date is that whole day.",
    ),
)
"""The conditions of `Conversations.list`; `conditions_of` finds them again."""

sort: Decorator[Any] = option(
    _WHICH,
    "--sort",
    type=click.Choice(get_args(Sort)),
    help="'updated': latest customer message first; 'changed': latest change first.  "
    "[default: newest first]",
)
"""The order of the list."""


def conditions_of(given: Mapping[str, Any]) -> ConversationQuery:
    """The conditions among a command's options.

    Raises:
        InvalidParameter: one of them can't be used.
    """
    names = [parameter.name for parameter in CONVERSATIONS if parameter.name in given]
    conditions: Any = {name: given[name] for name in names}
    query(CONVERSATIONS, conditions)
    found: ConversationQuery = conditions
    return found


# --- whom to ask, and how ---------------------------------------------------------------------

_ACCOUNT = "Account (the API token comes from REAMAZE_API_TOKEN or a hidden prompt)"

account: Decorator[Any] = together(
    option(
        _ACCOUNT,
        "--brand",
        metavar="BRAND",
        envvar=ENVIRONMENT["brand"],
        show_envvar=True,
        help="Subdomain or host: acme means acme.reamaze.io.",
    ),
    option(
        _ACCOUNT,
        "--email",
        metavar="EMAIL",
        envvar=ENVIRONMENT["email"],
        show_envvar=True,
        help="Login of the staff user.",
    ),
    option(
        _ACCOUNT,
        "--base-url",
        metavar="URL",
        envvar=ENVIRONMENT["base_url"],
        show_envvar=True,
        help="Another address. For http://127.0.0.1:PORT, what isn't given is filled in with "
        "what `reamaze sandbox` takes.",
    ),
    option(
        _ACCOUNT,
        "--sandbox",
        is_flag=True,
        help="Ask a made-up account inside this process instead, whatever is said above: "
        "to try things out.",
    ),
)
"""The account to use."""

summary: Decorator[Any] = option(
    "File",
    "--summary",
    type=click.Path(),
    metavar="FILE",
    help="Write what was done, as JSON, to this file too; - is standard output.",
)
"""The summary as JSON."""


def output(told: str) -> Decorator[Any]:
    """The output file; `told` is its help."""
    settings = {"required": True, "type": click.Path(), "metavar": "FILE"}
    return option("File", "-o", "--output", help=told, **settings)


verbose: Decorator[Any] = option(
    "Care",
    "--verbose",
    "-v",
    count=True,
    help="Tell of each request: page, status, size, time. -vv: of what lies below, too.",
)
"""More output."""

quiet: Decorator[Any] = together(
    option("Care", "--quiet", "-q", is_flag=True, help="Say nothing but errors."), verbose
)
"""How much is told."""

allow_incomplete: Decorator[Any] = option(
    "Care",
    "--allow-incomplete",
    is_flag=True,
    help="End well although something may be missing: the summary tells what.",
)
"""What to do at the end of a list that isn't whole."""

_PACE = "Pace"

attempt: Decorator[Any] = together(
    number_option(
        _PACE,
        "--timeout",
        click.FloatRange(min=0, min_open=True),
        default=30.0,
        metavar="SECONDS",
        told="For one attempt of a request.",
    ),
    number_option(
        _PACE,
        "--max-response",
        click.IntRange(min=1),
        default=32,
        metavar="MIB",
        told="Read no larger answer.",
    ),
)
"""The bounds of one attempt of a request."""

pace: Decorator[Any] = together(
    number_option(
        _PACE, "--concurrency", click.IntRange(min=1), default=8, told="Requests under way at once."
    ),
    number_option(
        _PACE,
        "--requests-per-minute",
        click.IntRange(min=1),
        told="Never send more; each run counts anew.  [default: as the server allows]",
    ),
    number_option(
        _PACE,
        "--share",
        click.FloatRange(min=0.0, max=1.0, min_open=True),
        default=1.0,
        callback=number,
        told="Leave the rest of the limit to people who use the same token.",
    ),
    attempt,
)
"""The speed of requests."""
