"""SQLite: strict tables; what items have several of, such as tags, in tables of its own.

Times are text in UTC, `2026-03-02T17:15:04.512000Z`, which SQLite's functions understand and which
sorts; true is 1. `data` and `raw` are JSON for SQLite's own functions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from reamaze_async.wire.schema import Child, Column, Kind

from .table import Row, Table

ROWS = 500
"""How many rows are handed to SQLite at once."""

_TYPES: dict[Kind, str] = {
    "text": "TEXT",
    "json": "TEXT",
    "integer": "INTEGER",
    "boolean": "INTEGER",
    "instant": "TEXT",
}

STRICT = (3, 37)
"""The first version of SQLite that keeps a column's type; earlier ones do without."""


def write(lines: Iterable[bytes], path: Path, table: Table) -> None:
    """Write lines into a new database.

    Raises:
        OSError: it can't be written.
    """
    with new(path) as base:
        fill(base, table, lines)


@contextmanager
def new(path: Path) -> Iterator[sqlite3.Connection]:
    """A new database, written in one transaction.

    Raises:
        OSError: it can't be written.
    """
    path.open("wb").close()  # Emptied, not replaced: its mode was chosen.
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as base:
            # Nothing to roll back to: a killed conversion is done again.
            base.execute("PRAGMA journal_mode = OFF")
            base.execute("PRAGMA synchronous = OFF")
            # A container may have no folder for temporary files.
            base.execute("PRAGMA temp_store = MEMORY")
            base.execute("BEGIN")
            yield base
            base.execute("COMMIT")
            base.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise OSError(str(error)) from None


def fill(
    base: sqlite3.Connection,
    table: Table,
    lines: Iterable[bytes],
    others: Set[str] = frozenset(),
) -> None:
    """Create the tables of a kind of item, with its rows and indexes; see `create`."""
    create(base, table, others)
    rows = map(table.row, lines)
    while some := list(islice(rows, ROWS)):
        insert(base, table, some)
    index(base, table)


def create(base: sqlite3.Connection, table: Table, others: Set[str] = frozenset()) -> None:
    """Create the tables of a kind of item.

    Args:
        base: a database without them.
        table: the kind of item.
        others: the names of other tables there will be, to which columns may refer.
    """
    plain = [table.columns[i] for i in _plain_columns(table)]
    columns = ",\n    ".join(_definition(table, column, others) for column in plain)
    statements = [f"CREATE TABLE {table.name} (\n    {columns}\n) STRICT"]
    statements += [_child_statement(table, column, others) for column in _lists(table)]
    for statement in statements:
        is_strict = sqlite3.sqlite_version_info >= STRICT
        lax = statement.replace(") STRICT,", ")").replace(") STRICT", ")")
        base.execute(statement if is_strict else lax)


def index(base: sqlite3.Connection, table: Table) -> None:
    """Create indexes for the columns that are searched most."""
    indexed = [(table.name, name) for name in table.indexed if name in names_of(table)]
    children = [_child(column) for column in _lists(table)]
    indexed += [(child.name, child.indexed) for child in children if child.indexed]
    for name, column in indexed:
        base.execute(f"CREATE INDEX {name}_{column} ON {name} ({column})")


def remove(base: sqlite3.Connection, table: Table, keys: Iterable[str]) -> int:
    """Remove the rows of some keys, where there are any; return how many there were."""
    marked = [(key,) for key in keys]
    for child in map(_child, _lists(table)):
        base.executemany(
            f"DELETE FROM {child.name} WHERE {child.owner} = ?",  # noqa: S608 - names of ours
            marked,
        )
    found = base.executemany(
        f"DELETE FROM {table.name} WHERE {table.key} = ?",  # noqa: S608 - as above
        marked,
    )
    return max(0, found.rowcount)


def insert(base: sqlite3.Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows, none of which may be there yet."""
    rows = _without_double_keys(base, table, rows)
    base.executemany(_insertion(table.name, names_of(table)), _cells(rows, table))
    tables = lists_of(table)
    for column in _lists(table):
        name = _child(column).name
        base.executemany(_insertion(name, tables[name]), _listed(rows, table, column))


def _without_double_keys(base: sqlite3.Connection, table: Table, rows: list[Row]) -> list[Row]:
    """The rows; one whose key is taken by another item has none, but all else."""
    place, name = _index(table, table.key), table.key
    keys = [row[place] for row in rows]
    marks = ", ".join("?" * len(keys))
    question = f"SELECT {name} FROM {table.name} WHERE {name} IN ({marks})"  # noqa: S608 - ours
    taken = {key for (key,) in base.execute(question, keys)}
    if not taken and len(set(keys)) == len(keys):
        return rows
    single: list[Row] = []
    for row in rows:
        key = row[place]
        single.append([*row[:place], None, *row[place + 1 :]] if key in taken else row)
        taken.add(key)
    return single


def lists_of(table: Table) -> dict[str, tuple[str, ...]]:
    """The tables of a table's lists, and their columns."""
    children = map(_child, _lists(table))
    return {
        child.name: (child.owner, "position", *(column.name for column in child.columns))
        for child in children
    }


def names_of(table: Table) -> tuple[str, ...]:
    """The names of a table's columns."""
    return tuple(table.columns[index].name for index in _plain_columns(table))


def upsert(base: sqlite3.Connection, table: Table, rows: list[Row], known: Set[str]) -> None:
    """Insert rows, or update those that are there: whatever else a user keeps in them stays.

    Args:
        base: a database whose tables may have columns, indexes and triggers of the user's own.
        table: the rows' table.
        rows: each has a key.
        known: the keys of rows that are there.
    """
    cells = _cells(rows, table)
    base.executemany(_insertion(table.name, names_of(table), key=(table.key,)), cells)
    key = _index(table, table.key)
    for column in _lists(table):
        child = _child(column)
        keys = (child.owner, "position")
        statement = _insertion(child.name, lists_of(table)[child.name], key=keys)
        base.executemany(statement, _listed(rows, table, column))
        listed = _index(table, column.name)
        base.executemany(
            f"DELETE FROM {child.name} WHERE {child.owner} = ? AND position >= ?",  # noqa: S608 - ours
            [(row[key], len(row[listed])) for row in rows if row[key] in known],
        )


def _cells(rows: list[Row], table: Table) -> Iterator[list[Any]]:
    plain = _plain_columns(table)
    return ([stored(row[index]) for index in plain] for row in rows)


def _insertion(table: str, names: Sequence[str], *, key: Sequence[str] = ()) -> str:
    """A statement that inserts a row of these columns, or updates the one of the same key."""
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - ours
    if key:
        updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
        statement += f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updates}"
    return statement


def _index(table: Table, name: str) -> int:
    return next(i for i, column in enumerate(table.columns) if column.name == name)


def _definition(table: Table, column: Column, others: Set[str]) -> str:
    needed = {table.key: " UNIQUE", "raw": " NOT NULL"}.get(column.name, "")
    return f"{column.name} {_TYPES[column.kind]}{needed}{_reference(column, others)}"


def _reference(column: Column, others: Set[str]) -> str:
    """What a column refers to, declared for whoever reads it; SQLite doesn't enforce it unasked."""
    name, _, key = column.refers.partition(".")
    return f" REFERENCES {name} ({key})" if name in others else ""


def _child_statement(table: Table, column: Column, others: Set[str]) -> str:
    """The statement that creates the table of a list."""
    child, key = _child(column), table.columns[_index(table, table.key)]
    owner = f"{child.owner} {_TYPES[key.kind]} NOT NULL"
    lines = [
        f"{owner} REFERENCES {table.name} ({key.name}) ON DELETE CASCADE",
        "position INTEGER NOT NULL",
    ]
    needed = " NOT NULL" if column.kind == "texts" else ""
    lines += [
        f"{each.name} {_TYPES[each.kind]}{needed}{_reference(each, others)}"
        for each in child.columns
    ]
    lines.append(f"PRIMARY KEY ({child.owner}, position)")
    columns = ",\n    ".join(lines)
    return f"CREATE TABLE {child.name} (\n    {columns}\n) STRICT, WITHOUT ROWID"


def _plain_columns(table: Table) -> list[int]:
    return [i for i, column in enumerate(table.columns) if column.child is None]


def _lists(table: Table) -> list[Column]:
    return [column for column in table.columns if column.child is not None]


def _child(column: Column) -> Child:
    assert column.child
    return column.child


def _listed(rows: list[Row], table: Table, column: Column) -> Iterator[tuple[Any, ...]]:
    key, listed = _index(table, table.key), _index(table, column.name)
    for row in rows:
        if row[key] is None:  # Nothing to belong to; `raw` holds them.
            continue
        for position, entry in enumerate(row[listed]):
            cells = (entry,) if isinstance(entry, str) else map(stored, entry)
            yield (row[key], position, *cells)


def stored(cell: Any) -> Any:
    """A cell as SQLite holds it: times, which are in UTC, as text."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None).isoformat("T", "microseconds") + "Z"
    return cell
