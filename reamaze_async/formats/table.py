"""Tables: a schema with what reads the rows, and cells of each kind.

Every row has every column, in the same order, whatever an item holds; a value that doesn't fit its
column's kind is null there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from functools import cache
from typing import Any

from reamaze_async.validation import invalid
from reamaze_async.wire.schema import Column, Kind
from reamaze_async.wire.values import number_of, truth_of, utc_of

LARGEST = 2**63 - 1

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of item, as rows.

    Attributes:
        name: what the items are called.
        key: the column by which an item is known.
        columns: in order.
        row: makes a row of an item's JSON.
        indexed: the columns that are searched most.
    """

    name: str
    key: str
    columns: tuple[Column, ...]
    row: Callable[[bytes], Row]
    indexed: tuple[str, ...] = ()

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

        return replace(self, columns=tuple(self.columns[place] for place in places), row=row)


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


def name_of(kind: type[IntEnum], value: Any) -> str | None:
    """The name of an enum's number, such as `on_hold`; null if nobody lists it."""
    number = integer(value)
    return None if number is None else names_of(kind).get(number)


@cache
def names_of(kind: type[IntEnum]) -> dict[int, str]:
    """The names of an enum's numbers, as cells hold them."""
    return {member.value: member.name.lower() for member in kind}


CELLS: dict[Kind, Callable[[Any], Any]] = {
    "text": text,
    "json": text,
    "integer": integer,
    "boolean": boolean,
    "instant": instant,
    "texts": texts,
}
"""What makes a cell of each kind; a cell of rows is made of its own columns."""
