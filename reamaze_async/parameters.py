"""What may be asked: each parameter's Python name, its name on the wire, and how it is checked.

Everything is checked before anything is sent, since Re:amaze ignores what it doesn't understand
(seen: an unknown filter answers with the default set) and so hides the mistake.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any, Literal

from .errors import InvalidParameter

Filter = Literal["archived", "open", "unassigned", "all"]
Sort = Literal["updated", "changed"]
Query = list[tuple[str, str]]
Encoder = Callable[[str, Any], Iterable[str]]

FILTERS: tuple[Filter, ...] = ("archived", "open", "unassigned", "all")
SORTS: tuple[Sort, ...] = ("updated", "changed")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter.

    Attributes:
        name: in Python.
        sent: on the wire; a `*` in it stands for the key of a mapping.
        encode: checks a value and gives its text; raises `InvalidParameter`.
    """

    name: str
    sent: str
    encode: Encoder


def text(name: str, value: Any) -> list[str]:
    """A string that says something."""
    if not isinstance(value, str):
        message = f"{name}={value!r} must be a string."
        raise InvalidParameter(message)
    stripped = value.strip()
    if not stripped:
        message = f"{name}={value!r} is empty: give a value, or leave it out."
        raise InvalidParameter(message)
    if not is_plain(stripped):
        message = f"{name}={value!r} holds control characters: remove them."
        raise InvalidParameter(message)
    return [stripped]


def is_plain(value: str) -> bool:
    """Whether a string holds neither control characters nor half of a surrogate pair."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in value)


def word(*words: str) -> Encoder:
    """One of some words."""

    def encode(name: str, value: Any) -> list[str]:
        return [choice(name, value, words)]

    return encode


def tags(name: str, value: Any) -> list[str]:
    """One tag or several; the server takes them joined by commas."""
    given: Sequence[Any] = [value] if isinstance(value, str) else value
    if not isinstance(given, Sequence | set | frozenset) or isinstance(given, bytes) or not given:
        message = f"{name}={value!r} must be a tag or a sequence of tags."
        raise InvalidParameter(message)
    texts = [text(name, tag)[0] for tag in given]
    for tag in texts:
        if "," in tag:
            message = (
                f"{name}={tag!r} holds a comma, which separates tags: "
                f"for several give a sequence, {tag.split(',')!r}."
            )
            raise InvalidParameter(message)
    return [",".join(texts)]


def number(name: str, value: Any) -> list[str]:
    """A whole number that isn't negative, such as an `Origin`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        message = f"{name}={value!r} must be an Origin or a whole number from 0."
        raise InvalidParameter(message)
    return [str(int(value))]


def identifier(name: str, value: Any) -> list[str]:
    """An id: a string or a number."""
    return text(name, str(value) if _is_whole(value) else value)


def instant(name: str, value: Any) -> list[str]:
    """A moment or a day, as ISO 8601."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            message = f"{name}={value!r} has no time zone: give it one, tzinfo=UTC for instance."
            raise InvalidParameter(message)
        return [value.isoformat()]
    if isinstance(value, date):
        return [value.isoformat()]
    stripped = text(name, value)[0]
    _moment(name, stripped)
    return [stripped]


def _moment(name: str, value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        message = f"{name}={value!r} is no ISO 8601 date or time: 2026-01-31 is one."
        raise InvalidParameter(message) from None


def mapping(name: str, value: Any) -> dict[str, str]:
    """Keys and values of custom data; numbers become text."""
    if not isinstance(value, Mapping) or not value:
        message = f"{name}={value!r} must be a mapping with at least one key."
        raise InvalidParameter(message)
    encoded = {}
    for key, item in value.items():
        [plain] = text(f"{name} key", key)
        is_number = isinstance(item, int | float) and not isinstance(item, bool)
        [encoded[plain]] = text(f"{name}[{plain!r}]", str(item) if is_number else item)
    return encoded


CONVERSATIONS = (
    Parameter("filter", "filter", word(*FILTERS)),
    Parameter("for_", "for", text),
    Parameter("for_id", "for_id", identifier),
    Parameter("sort", "sort", word(*SORTS)),
    Parameter("tag", "tag", tags),
    Parameter("category", "category", text),
    Parameter("origin", "origin", number),
    Parameter("data", "data[*]", mapping),
    Parameter("start_date", "start_date", instant),
    Parameter("end_date", "end_date", instant),
)
"""The parameters of `GET /conversations` (documented)."""


def query(parameters: Iterable[Parameter], given: Mapping[str, Any]) -> Query:
    """Check what was given and encode it.

    Raises:
        InvalidParameter: a value would be refused or misread.
    """
    pairs: Query = []
    for parameter in parameters:
        value = given.get(parameter.name)
        if value is None:
            continue
        if "*" in parameter.sent:
            fields = mapping(parameter.name, value)
            pairs += [(parameter.sent.replace("*", key), item) for key, item in fields.items()]
        else:
            pairs += [(parameter.sent, item) for item in parameter.encode(parameter.name, value)]
    _check_range(given.get("start_date"), given.get("end_date"))
    return pairs


def _check_range(start: Any, end: Any) -> None:
    if start is None or end is None:
        return
    first, last = _instant_of(start), _instant_of(end)
    if first.tzinfo and last.tzinfo:
        is_reversed = first > last
    else:
        # A day alone means a day in the account's time zone, which isn't known here.
        slack = timedelta(0) if _is_day(start) and _is_day(end) else timedelta(days=1)
        is_reversed = first.replace(tzinfo=None) > last.replace(tzinfo=None) + slack
    if is_reversed:
        message = f"start_date={start!r} is after end_date={end!r}: exchange them."
        raise InvalidParameter(message)


def _instant_of(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, datetime.min.time())
    return _moment("date", value.strip())


def _is_day(value: Any) -> bool:
    if isinstance(value, str):
        return len(value.strip()) == len("2026-01-31")
    return not isinstance(value, datetime)


def page_number(value: Any) -> int:
    """A page number, from 1.

    Raises:
        InvalidParameter: it isn't a positive whole number.
    """
    if not _is_whole(value) or value < 1:
        message = f"page {value!r} must be a whole number from 1."
        raise InvalidParameter(message)
    return int(value)


def choice(name: str, value: Any, words: Sequence[str]) -> str:
    """One of some words.

    Raises:
        InvalidParameter: it isn't.
    """
    if not isinstance(value, str) or value not in words:
        message = f"{name}={value!r} is unknown: use one of {', '.join(map(repr, words))}."
        raise InvalidParameter(message)
    return value


def flag(name: str, value: Any) -> bool:
    """A truth value, and nothing that merely looks like one.

    Raises:
        InvalidParameter: it isn't `True` or `False`.
    """
    if not isinstance(value, bool):
        message = f"{name}={value!r} must be True or False."
        raise InvalidParameter(message)
    return value


def whole(name: str, value: Any, *, least: int) -> int:
    """A whole number of at least `least`.

    Raises:
        InvalidParameter: it isn't one.
    """
    if not _is_whole(value) or value < least:
        message = f"{name}={value!r} must be a whole number from {least}."
        raise InvalidParameter(message)
    return int(value)


def seconds(name: str, value: Any, *, zero: bool = False) -> float:
    """A finite span of time.

    Raises:
        InvalidParameter: it isn't a positive number (or 0, where that makes sense).
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not (0 <= value < float("inf")) or (value == 0 and not zero):
        message = f"{name}={value!r} must be a {'' if zero else 'positive '}number of seconds."
        raise InvalidParameter(message)
    return float(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool | IntEnum)
