"""What may be asked: each parameter's Python name, its name on the wire, and how it is checked.

Everything is checked before anything is sent, since Re:amaze ignores what it doesn't understand
(seen: an unknown filter answers with the default set) and so hides the mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args

from reamaze_async.models import Origin
from reamaze_async.validation import (
    check_tag,
    choice,
    exact_text,
    flag,
    identifier,
    invalid,
    is_number,
    is_whole,
    shown,
    text,
)

Filter = Literal["archived", "open", "unassigned", "all"]
Sort = Literal["updated", "changed"]
Query = list[tuple[str, str]]
Encoder = Callable[[str, Any], str | Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter.

    Attributes:
        name: in Python.
        sent: on the wire; a `*` in it stands for the key of a mapping.
        encode: checks a value and gives its text, or a mapping's texts; raises `InvalidParameter`.
        means: what it asks for, as the command line tells it.
    """

    name: str
    sent: str
    encode: Encoder
    means: str = ""

    def pairs(self, value: Any) -> Query:
        """The names and values that are sent for a value."""
        encoded = self.encode(self.name, value)
        if isinstance(encoded, str):
            return [(self.sent, encoded)]
        return [(self.sent.replace("*", key), item) for key, item in encoded.items()]


# --- the encoders of the table ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a `Literal`'s words."""

    kind: Any

    @property
    def words(self) -> tuple[str, ...]:
        """The words."""
        return get_args(self.kind)

    def __call__(self, name: str, value: Any) -> str:
        return choice(name, value, self.words)


@dataclass(frozen=True, slots=True)
class Between:
    """A whole number, from the least to the greatest."""

    least: int
    greatest: int

    def __call__(self, name: str, value: Any) -> str:
        if not is_whole(value) or not self.least <= value <= self.greatest:
            why = f"must be a whole number from {self.least} to {self.greatest}."
            raise invalid(name, value, why)
        return str(value)


@dataclass(frozen=True, slots=True)
class Switch:
    """True: something is sent, false: nothing is."""

    sent: Mapping[str, str]

    def __call__(self, name: str, value: Any) -> Mapping[str, str]:
        return self.sent if flag(name, value) else {}


def tags(name: str, value: Any) -> str:
    """One tag or several; the server takes them joined by commas."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, Sequence) or isinstance(given, bytes) or not given:
        raise invalid(name, value, "must be a tag or a sequence of tags.")
    texts = [text(name, tag) for tag in given]
    for tag in texts:
        check_tag(name, tag)
    return ",".join(texts)


def origin(name: str, value: Any) -> str:
    """An `Origin`, its name, or its number; another enum's number would mean something else."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII):
        value = int(value)
    if isinstance(value, str):
        member = value.strip().upper().replace("-", "_").replace(" ", "_")
        if member not in Origin.__members__:
            known = ", ".join(it.lower().replace("_", "-") for it in Origin.__members__)
            raise invalid(name, value, f"is unknown: use a number, or one of {known}.")
        return str(Origin[member].value)
    if not (isinstance(value, Origin) or is_whole(value)) or value < 0:
        raise invalid(name, value, "must be an Origin, such as Origin.EMAIL, its name or number.")
    return str(int(value))


def custom_fields(name: str, value: Any) -> Mapping[str, str]:
    """Custom fields and their values, to the letter; numbers become text."""
    if not isinstance(value, Mapping) or not value:
        raise invalid(name, value, "must be a mapping with at least one key.")
    named = f"{name} key"
    for key in value:
        if not {"[", "]"}.isdisjoint(exact_text(named, key)):
            why = "holds a bracket, which the server would misread: it can't be asked for."
            raise invalid(named, key, why)
    return {
        key: exact_text(f"{name}[{key!r}]", str(item) if is_number(item) else item)
        for key, item in value.items()
    }


_AS_DOCUMENTED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d.*(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)

RANGES = (
    ("start_date", "end_date"),
    ("created_after", "created_before"),
    ("updated_after", "updated_before"),
)
"""Parameters that are the two ends of one stretch of time."""

ENDS = frozenset(end for _, end in RANGES)
"""Parameters for which a day means its last moment."""

DAY, TICK = timedelta(days=1), timedelta(milliseconds=1)
LAST_MOMENT = time(23, 59, 59, 999000)
"""Of a day on which the clocks aren't changed."""


def instant(name: str, value: Any) -> str:
    """A moment with its offset, as ISO 8601.

    A string goes to the letter if it is written as in the reference and says its offset. What is
    sent depends neither on what the server takes a date for, nor on its time zone.
    """
    meant = moment(name, value)
    if isinstance(value, str) and _AS_DOCUMENTED.fullmatch(value.strip()):
        return value.strip()
    return meant.isoformat(timespec="milliseconds" if _is_day(value) else "auto")


def moment(name: str, value: Any) -> datetime:
    """The moment that a value means: of a day its first or its last one, in the local time zone.

    A naive `datetime` is refused, since it may as well mean UTC, or the account's time zone.

    Raises:
        InvalidParameter: it is naive, or no time.
    """
    given = _parsed(name, text(name, value)) if isinstance(value, str) else value
    if not isinstance(given, date):
        raise invalid(name, value, "must be an aware datetime, a date or an ISO 8601 string.")
    if not isinstance(given, datetime):
        return _last_of(given) if name in ENDS else _first_of(given)
    if given.utcoffset() is not None:
        return given
    if not isinstance(value, str):
        raise invalid(name, value, "has no time zone: give it one, such as tzinfo=UTC.")
    return _local(given)


def _first_of(day: date) -> datetime:
    return _local(datetime.combine(day, time.min))


def _last_of(day: date) -> datetime:
    """The last moment of a day, whose last hour the clocks may skip or go through twice."""
    try:
        return (_first_of(day + DAY) - TICK).astimezone()
    except (OverflowError, OSError, ValueError):
        return _local(datetime.combine(day, LAST_MOMENT))


def _local(moment: datetime) -> datetime:
    """A moment on this machine's clock; at the calendar's ends, where that fails, in UTC."""
    try:
        meant = moment.astimezone()
        is_skipped = meant.replace(tzinfo=None) != moment
        # What the clocks skip is as long after the hour before, as in `zoneinfo`. That is the later
        # one of its two readings, which of the two folds depends on the version of Python.
        return max(meant, moment.replace(fold=1).astimezone()) if is_skipped else meant
    except (OverflowError, OSError, ValueError):
        return moment.replace(tzinfo=UTC)


def _is_day(value: Any) -> bool:
    return not isinstance(value, datetime)


def _parsed(name: str, value: str) -> date:
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(value)
        except ValueError:
            continue
    raise invalid(name, value, "is no ISO 8601 date or time: 2026-01-31 is one.")


# --- the table, and the query made by it -----------------------------------------------------

CONVERSATIONS = (
    Parameter("filter", "filter", OneOf(Filter), "By state; 'all' has the archived ones too."),
    Parameter("for_", "for", text, "Those that concern this user."),
    Parameter("for_id", "for_id", identifier, "Likewise, by single sign-on id."),
    Parameter(
        "sort",
        "sort",
        OneOf(Sort),
        "'updated': latest customer message first; 'changed': latest change first.  "
        "[default: newest first]",
    ),
    Parameter(
        "tag",
        "tag",
        tags,
        "With this tag; repeat it for several, which must all be there (a guess).",
    ),
    Parameter("category", "category", text, "Of this channel."),
    Parameter("origin", "origin", origin, "How they came in: email, chat, sms, ... or a number."),
    Parameter("data", "data[*]", custom_fields, "With this custom field; may be repeated."),
    Parameter(
        "start_date",
        "start_date",
        instant,
        "Latest customer message at or after this ISO 8601 date or time; without an offset, this "
        "machine's.",
    ),
    Parameter(
        "end_date",
        "end_date",
        instant,
        "Latest customer message until then; a date is that whole day.",
    ),
)
"""The parameters of `GET /conversations` (documented)."""


def query(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> Query:
    """Check what was given and encode it; None means not given.

    Raises:
        InvalidParameter: a value would be refused or misread.
        TypeError: a name that isn't in the table.
    """
    if unknown := given.keys() - {parameter.name for parameter in parameters}:
        message = f"unexpected parameter: {', '.join(sorted(unknown))}"
        raise TypeError(message)
    pairs: Query = []
    for parameter in parameters:
        value = given.get(parameter.name)
        if value is not None:
            pairs += parameter.pairs(value)
    for names in RANGES:
        _check_range(names, *map(given.get, names))
    return pairs


def _check_range(names: tuple[str, str], start: Any, end: Any) -> None:
    if start is None or end is None:
        return
    first, last = names
    if moment(first, start) > moment(last, end):
        raise invalid(first, start, f"is after the end, {shown(end)}: exchange them.")


def as_for_conversations(name: str, means: str, *, sent: str = "", like: str = "") -> Parameter:
    """A parameter of another list that is checked as one of conversations is.

    Args:
        name: in Python.
        means: what it asks for.
        sent: on the wire. Default: as in Python.
        like: the name of the one of conversations. Default: the same.
    """
    known = next(row for row in CONVERSATIONS if row.name == (like or name))
    return replace(known, name=name, sent=sent or known.sent, means=means)
