"""The options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import click

from reamaze_async.wire.environment import ENVIRONMENT

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


class NumberRange(click.FloatRange):
    """A range of numbers. click's own lets `nan` into any range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number that a word stands for."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number: give one.", param, ctx)
        return number


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


def without_password(word: str) -> str:
    """A word of a command, with `PASSWORD` in place of the password of a Redis URL."""
    found = re.match(r"((?:--redis=)?(?:rediss?|unix)://[^:@/]*:)[^/]*(@.*)", word)
    word = f"{found[1]}PASSWORD{found[2]}" if found else word
    return re.sub(r"([?&]password=)[^&]*", r"\1PASSWORD", word) if "://" in word else word


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


# --- whom to ask, and how ---------------------------------------------------------------------

ACCOUNT = "Account (the API token comes from REAMAZE_API_TOKEN or a hidden prompt)"

account: Decorator[Any] = together(
    option(
        ACCOUNT,
        "--brand",
        metavar="BRAND",
        envvar=ENVIRONMENT["brand"],
        show_envvar=True,
        help="Subdomain or host: acme means acme.reamaze.io.",
    ),
    option(
        ACCOUNT,
        "--email",
        metavar="EMAIL",
        envvar=ENVIRONMENT["email"],
        show_envvar=True,
        help="Login of the staff user.",
    ),
    option(
        ACCOUNT,
        "--base-url",
        metavar="URL",
        envvar=ENVIRONMENT["base_url"],
        show_envvar=True,
        help="Another address. For http://127.0.0.1:PORT, what isn't given is filled in with "
        "what `reamaze sandbox` takes.",
    ),
    option(
        ACCOUNT,
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
    option(
        "Care",
        "--quiet",
        "-q",
        is_flag=True,
        help="Say nothing but errors, and what may be missing.",
    ),
    verbose,
)
"""How much is shown."""

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
        NumberRange(min=0, min_open=True),
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

redis: Decorator[Any] = option(
    _PACE,
    "--redis",
    metavar="URL",
    envvar="REAMAZE_REDIS_URL",
    show_envvar=True,
    help="Share the limit with all processes that name this Redis and this brand.",
)
"""The Redis that holds the limit of all processes."""

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
        NumberRange(min=0.0, max=1.0, min_open=True),
        default=1.0,
        told="Leave the rest of the limit to people who use the same token.",
    ),
    redis,
    attempt,
)
"""The speed of requests."""
