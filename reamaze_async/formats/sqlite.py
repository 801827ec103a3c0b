"""SQLite: strict tables, with tags and followers in tables of their own.

Times are text in UTC, `2026-03-02T17:15:04.512000Z`, which SQLite's functions understand and which
sorts; true is 1. `data` and `raw` are JSON for SQLite's own functions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from .table import Kind, Row, Table

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

_LISTS = {
    "tags": """
CREATE TABLE tags (
    conversation TEXT NOT NULL REFERENCES conversations (slug) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (conversation, position)
) STRICT, WITHOUT ROWID""",
    "followers": """
CREATE TABLE followers (
    conversation TEXT NOT NULL REFERENCES conversations (slug) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    id INTEGER,
    name TEXT,
    email TEXT,
    is_staff INTEGER,
    PRIMARY KEY (conversation, position)
) STRICT, WITHOUT ROWID""",
}

LISTS: dict[str, tuple[str, ...]] = {
    "tags": ("conversation", "position", "tag"),
    "followers": ("conversation", "position", "id", "name", "email", "is_staff"),
}
"""The tables of lists, and their columns."""

_INDEXED = ("created_at", "updated_at", "status")
_INDEXED_LISTS = {"tags": "tag", "followers": "email"}


def write(lines: Iterable[bytes], path: Path, table: Table) -> None:
    """Write lines into a new database.

    Raises:
        OSError: it can't be written.
    """
    path.open("wb").close()  # Emptied, not replaced: its mode was chosen.
    try:
        _write(lines, path, table)
    except sqlite3.Error as error:
        raise OSError(str(error)) from None


def _write(lines: Iterable[bytes], path: Path, table: Table) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        # Nothing to roll back to: a killed conversion is done again.
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("PRAGMA synchronous = OFF")
        # A container may have no folder for temporary files.
        base.execute("PRAGMA temp_store = MEMORY")
        base.execute("BEGIN")
        create(base, table)
        rows = map(table.row, lines)
        while some := list(islice(rows, ROWS)):
            insert(base, table, some)
        index(base, table)
        base.execute("COMMIT")
        base.execute("PRAGMA journal_mode = DELETE")


def create(base: sqlite3.Connection, table: Table) -> None:
    """Create the tables of a kind of item."""
    columns = ",\n    ".join(_definitions(table))
    statements = [f"CREATE TABLE {table.name} (\n    {columns}\n) STRICT"]
    for statement in statements + [_LISTS[name] for name in lists_of(table)]:
        is_strict = sqlite3.sqlite_version_info >= STRICT
        lax = statement.replace(") STRICT,", ")").replace(") STRICT", ")")
        base.execute(statement if is_strict else lax)


def index(base: sqlite3.Connection, table: Table) -> None:
    """Create indexes for the columns that are searched most."""
    indexed = [(table.name, name) for name in _INDEXED if name in names_of(table)]
    indexed += [(name, _INDEXED_LISTS[name]) for name in lists_of(table)]
    for name, column in indexed:
        base.execute(f"CREATE INDEX {name}_{column} ON {name} ({column})")


def remove(base: sqlite3.Connection, table: Table, slugs: Iterable[str]) -> int:
    """Remove the rows of some keys, where there are any; return how many there were."""
    keys = [(slug,) for slug in slugs]
    base.executemany("DELETE FROM tags WHERE conversation = ?", keys)
    base.executemany("DELETE FROM followers WHERE conversation = ?", keys)
    found = base.executemany(
        f"DELETE FROM {table.name} WHERE slug = ?",  # noqa: S608 - as below
        keys,
    )
    return max(0, found.rowcount)


def insert(base: sqlite3.Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows, none of which may be there yet."""
    rows = _without_double_keys(base, table, rows)
    base.executemany(_insertion(table.name, names_of(table)), _cells(rows, table))
    for name, columns in lists_of(table).items():
        base.executemany(_insertion(name, columns), _listed(rows, table, name))


def _without_double_keys(base: sqlite3.Connection, table: Table, rows: list[Row]) -> list[Row]:
    """The rows; one whose key is taken by another item has none, but all else."""
    place = _index(table, "slug")
    keys = [row[place] for row in rows]
    marks = ", ".join("?" * len(keys))
    question = f"SELECT slug FROM {table.name} WHERE slug IN ({marks})"  # noqa: S608 - ours
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
    names = {column.name for column in table.columns}
    return {name: columns for name, columns in LISTS.items() if name in names}


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
    base.executemany(_insertion(table.name, names_of(table), key=("slug",)), cells)
    keys, slug = ("conversation", "position"), _index(table, "slug")
    for name, columns in lists_of(table).items():
        entries = _listed(rows, table, name)
        base.executemany(_insertion(name, columns, key=keys), entries)
        listed = _index(table, name)
        base.executemany(
            f"DELETE FROM {name} WHERE conversation = ? AND position >= ?",  # noqa: S608 - ours
            [(row[slug], len(row[listed])) for row in rows if row[slug] in known],
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


def _definitions(table: Table) -> Iterator[str]:
    for index in _plain_columns(table):
        column = table.columns[index]
        needed = {"slug": " UNIQUE", "raw": " NOT NULL"}.get(column.name, "")
        yield f"{column.name} {_TYPES[column.kind]}{needed}"


def _plain_columns(table: Table) -> list[int]:
    return [index for index, column in enumerate(table.columns) if column.kind in _TYPES]


def _listed(rows: list[Row], table: Table, name: str) -> Iterator[tuple[Any, ...]]:
    key, listed = _index(table, "slug"), _index(table, name)
    for row in rows:
        if row[key] is None:  # Nothing to belong to; `raw` holds them.
            continue
        for position, entry in enumerate(row[listed]):
            cells = (entry,) if isinstance(entry, str) else entry
            yield (row[key], position, *cells)


def stored(cell: Any) -> Any:
    """A cell as SQLite holds it: times, which are in UTC, as text."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None).isoformat("T", "microseconds") + "Z"
    return cell
