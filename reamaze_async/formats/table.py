"""Tables: the columns of a kind of item, and cells of each kind.

Every row has every column, in the same order, whatever an item holds; a value that doesn't fit its
column's kind is null there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from reamaze_async.validation import invalid

Kind = Literal["text", "integer", "boolean", "instant", "json", "texts", "people"]

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: its name.
        kind: what its cells are, if not null: `text` a str, `integer` an int of 64 bits,
            `boolean` a bool, `instant` a datetime in UTC, `json` a str of JSON, `texts` a tuple
            of str, `people` a tuple of `Person`.
    """

    name: str
    kind: Kind


class Person(NamedTuple):
    """A follower."""

    id: int | None
    name: str | None
    email: str | None
    is_staff: bool | None


Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of item, as rows.

    Attributes:
        name: what the items are called.
        columns: in order.
        row: makes a row of an item's JSON.
    """

    name: str
    columns: tuple[Column, ...]
    row: Callable[[bytes], Row]

    def pick(self, names: Sequence[str]) -> Table:
        """A table of some of the columns, in the order of these names.

        Raises:
            InvalidParameter: there is no such column, or it is named twice.
        """
        known = [column.name for column in self.columns]
        for name in names:
            if name not in known:
                why = f"is no column: use some of {', '.join(known)}."
                raise invalid("columns", name, why)
            if names.count(name) > 1:
                raise invalid("columns", name, "is named twice: name each column once.")
        places = [known.index(name) for name in names]
        whole = self.row

        def row(line: bytes) -> Row:
            cells = whole(line)
            return [cells[place] for place in places]

        return Table(self.name, tuple(self.columns[place] for place in places), row)


# --- one cell ---------------------------------------------------------------------------------


def text(value: Any) -> str | None:
    """Text as it is, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    with suppress(RecursionError):
        return json.dumps(value, ensure_ascii=False)
    return None


def integer(value: Any) -> int | None:
    """A whole number of 64 bits, also in quotes; null if it isn't one."""
    if isinstance(value, bool | None):
        return None
    with suppress(ValueError, TypeError, OverflowError):
        number = int(value)
        if -LARGEST <= number <= LARGEST and (isinstance(value, str) or number == value):
            return number
    return None


def boolean(value: Any) -> bool | None:
    """True or false; null if it is neither."""
    return value if isinstance(value, bool) else None


def instant(value: Any) -> datetime | None:
    """A time in UTC; one without an offset is taken as UTC, null if it isn't one."""
    if isinstance(value, str):
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def texts(value: Any) -> tuple[str, ...]:
    """Texts; none if there is no list."""
    if not isinstance(value, list):
        return ()
    return tuple(word for entry in value if (word := text(entry)) is not None)


def people(value: Any) -> tuple[Person, ...]:
    """Followers; none if there is no list."""
    if not isinstance(value, list):
        return ()
    return tuple(
        Person(
            integer(entry.get("id")),
            text(entry.get("name")),
            text(entry.get("email")),
            boolean(entry.get("staff?")),
        )
        for entry in value
        if isinstance(entry, dict)
    )
