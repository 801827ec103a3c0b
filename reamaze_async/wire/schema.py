"""Schemas: what an item's JSON holds, as the fixed columns of a table. Data alone.

Each resource's record has one. Formats make files of it, and read the cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Literal

Kind = Literal["text", "integer", "boolean", "instant", "json", "texts", "rows"]


class Made(Enum):
    """Values that don't stand in an item as such.

    Attributes:
        KEY: what tells the item from others.
        PAGE: the address of its page for staff.
        WHOLE: all of its JSON.
    """

    KEY = "key"
    PAGE = "page"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: its name.
        kind: what its cells are, if not null: `text` a str, `integer` an int of 64 bits,
            `boolean` a bool, `instant` a datetime in UTC, `json` a str of JSON, `texts` a tuple
            of str, `rows` a tuple of rows of `child`.
        path: where its value stands in the item, such as `author.name`; empty: under its name.
        names: an enum whose name of the value it holds, instead of the value.
        child: of texts and rows, the table that they are in a database.
        refers: the column of another table whose values it holds, such as `conversations.slug`.
    """

    name: str
    kind: Kind = "text"
    path: str | Made = ""
    names: type[IntEnum] | None = None
    child: Child | None = None
    refers: str = ""

    @property
    def parts(self) -> list[str]:
        """The keys that lead to its value."""
        assert not isinstance(self.path, Made)
        return (self.path or self.name).split(".")


@dataclass(frozen=True, slots=True)
class Child:
    """A table of what items have several of, each with its position among its neighbours.

    Attributes:
        name: of the table.
        owner: the column that names the item to which a row belongs.
        columns: of one row; of texts the only one.
        indexed: the column that is searched most.
        shown: those that stand for a row where there is room for one word: the first that isn't
            null.
    """

    name: str
    owner: str
    columns: tuple[Column, ...]
    indexed: str = ""
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a kind of item. Every row has all of them, whatever an item holds.

    Attributes:
        name: what the items are called.
        key: the column by which an item is known.
        columns: in order; `raw`, the item's own JSON, comes last.
        indexed: the columns that are searched most.
    """

    name: str
    key: str
    columns: tuple[Column, ...]
    indexed: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        raw = Column("raw", "json", Made.WHOLE)
        if self.columns[-1] == raw:
            return
        object.__setattr__(self, "columns", (*self.columns, raw))


def several(kind: Kind, *names: str) -> tuple[Column, ...]:
    """Columns of one kind, each named as its value is."""
    return tuple(Column(name, kind) for name in names)


def within(part: str, *names: str, of: str = "") -> tuple[Column, ...]:
    """Columns of texts within a part of an item: `author_name` is `author.name`.

    Args:
        part: what their names begin with.
        *names: of the texts.
        of: where the part stands. Default: under its name.
    """
    return tuple(Column(f"{part}_{name}", path=f"{of or part}.{name}") for name in names)


def numbered(name: str, names: type[IntEnum], path: str = "") -> tuple[Column, ...]:
    """A column with a number of an enum, and beside it one with the number's name."""
    path = path or name
    return Column(name, "integer", path), Column(f"{name}_name", path=path, names=names)
