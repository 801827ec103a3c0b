"""Tables: the columns of a kind of item, and cells of each kind.

Every row has every column, in the same order, whatever an item holds; a value that doesn't fit its
column's kind is null there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from reamaze_async.validation import invalid
from reamaze_async.wire.values import number_of, truth_of, utc_of

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
    """A whole number of 64 bits, as models read it; null if it isn't one."""
    number = value if type(value) is int else number_of(value)
    return number if number is not None and -LARGEST <= number <= LARGEST else None


def boolean(value: Any) -> bool | None:
    """True or false, as models read it; null if it is neither."""
    return truth_of(value)


def instant(value: Any) -> datetime | None:
    """A time in UTC, as models read it; null if it isn't one."""
    return utc_of(value)


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
