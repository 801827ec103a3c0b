"""Values: one way to read a time, a number, a truth and a text, whoever asks.

A model, a column, a sort key and the envelope all read through here, so that they never disagree
about one and the same JSON. Each reader takes decoded JSON and returns None for what isn't such a
value; none of them raises.

* A **time** without an offset is taken as UTC. A number is a Unix time, in milliseconds if it is
  too large for seconds. What ISO 8601 allows is read, blanks around it included.
* A **number** in quotes is the number, and 2.0 is 2; `"1_0"` and digits of other scripts are none.
* A **truth** may be 1 or 0, also in quotes, or the word.
* A **text** may be a number: its digits.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from math import inf, isfinite
from typing import Any

import msgspec

MILLISECONDS = 1e11
"""From here on a Unix time is one in milliseconds: in seconds it would be the year 5138."""

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
"""The ends of Python's calendar."""

_WHOLE = re.compile(r"[+-]?\d{1,400}(\.0*)?", re.ASCII)
_AMOUNT = re.compile(r"[+-]?\d{1,400}(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_UNIX = re.compile(r"-?\d{9,13}(\.\d{1,9})?", re.ASCII)
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def time_of(value: Any) -> datetime | None:
    """An aware time, with the offset that it came with; None if it isn't one."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, str):
        return _parsed(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError, OSError):
            seconds = value / 1000 if abs(value) >= MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC)
    return None


def _parsed(text: str) -> datetime | None:
    # As the strict decoder reads it, wherever it does: it rounds to microseconds, Python cuts.
    for read in (_strictly, datetime.fromisoformat):
        with suppress(ValueError):  # a ValidationError is one
            moment = read(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return time_of(float(text)) if _UNIX.fullmatch(text) else None


def _strictly(text: str) -> datetime:
    return msgspec.convert(text, datetime)


def utc_of(value: Any) -> datetime | None:
    """A time in UTC; one that leaves the calendar there is the calendar's end; None: no time."""
    moment = time_of(value)
    if moment is None:
        return None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return LAST if moment.year > 1 else FIRST


def mark_of(value: Any) -> float:
    """A time as a number to sort by; minus infinity, which comes last, if there is none."""
    moment = utc_of(value)
    return -inf if moment is None else moment.timestamp()


def number_of(value: Any) -> int | None:
    """A whole number; None if it isn't one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else None
    if isinstance(value, int):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else None


def amount_of(value: Any) -> float | None:
    """A finite number, whole or not; None if it isn't one."""
    if isinstance(value, str) and _AMOUNT.fullmatch(value.strip()):
        value = float(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    with suppress(OverflowError):
        return float(value) if is_number and isfinite(value) else None
    return None


def truth_of(value: Any) -> bool | None:
    """True or false; None if it is neither."""
    if isinstance(value, str):
        return _TRUTHS.get(value.strip().lower())
    return bool(value) if isinstance(value, bool | int | float) and value in (0, 1) else None


def text_of(value: Any) -> str | None:
    """A text, or a number's digits; None if it is neither."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    with suppress(ValueError):  # Python bounds the number of digits.
        return str(value) if is_number else None
    return None
