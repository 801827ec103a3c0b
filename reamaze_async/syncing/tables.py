"""The tables of one resource in a synced database."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from reamaze_async.formats import sqlite, table_of
from reamaze_async.formats.table import Table
from reamaze_async.resources import endpoint_of

from .state import SyncState, decoded

STATES = "sync"
"""The table of states, one for each resource."""


OWNED = {"conversations": ("messages", "conversation_slug")}
"""The resource whose rows go with those of another, and its column that holds the owner's key."""

EVERYTHING = "filter=all"
"""The query of a list of conversations from which nothing is missing but what was deleted."""


@dataclass(frozen=True)
class Tables:
    """The tables of one resource: its rows, their lists, and what a reading has seen.

    Attributes:
        rows: the table of its rows.
        dates: the column by which items are new, such as `updated_at`; empty if there is none.
    """

    rows: Table
    dates: str = ""

    @property
    def name(self) -> str:
        """The name of the table of rows."""
        return self.rows.name

    @property
    def key(self) -> str:
        """The column by which a row is known."""
        return self.rows.key

    @property
    def key_as_text(self) -> str:
        """The key as an expression whose value is a text: some keys are numbers."""
        return f"CAST({self.key} AS TEXT)"

    @property
    def seen(self) -> str:
        """The table of the keys that the current reading has seen."""
        return "sync_seen" if self.name == "conversations" else f"sync_seen_{self.name}"

    @property
    def needed(self) -> dict[str, tuple[str, ...]]:
        """The tables and columns that a sync writes."""
        tables = {self.name: sqlite.names_of(self.rows), **sqlite.lists_of(self.rows)}
        return {**tables, self.seen: ("slug",)}

    def create(self, base: sqlite3.Connection) -> None:
        """Create them, within a transaction."""
        sqlite.create(base, self.rows)
        sqlite.index(base, self.rows)
        base.execute(f"CREATE TABLE {self.seen} (slug TEXT PRIMARY KEY) WITHOUT ROWID")

    def remove(self, base: sqlite3.Connection, keys: Collection[str]) -> int:
        """Remove rows, within a transaction; return how many those were."""
        return sqlite.remove(base, self.rows, keys)

    def remove_of(self, base: sqlite3.Connection, column: str, owners: Collection[str]) -> None:
        """Remove the rows that belong to some owners, whose keys a column holds."""
        question = f"SELECT {self.key_as_text} FROM {self.name} WHERE {column} = ?"  # noqa: S608 - ours
        for owner in owners:
            self.remove(base, [key for (key,) in base.execute(question, (owner,))])


def owned_by(state: SyncState, synced: Collection[str]) -> tuple[Tables, str] | None:
    """The tables whose rows go with those of a resource, and the column that says with which.

    From a narrower list rows may leave that are still there, and so may what belongs to them.

    Args:
        state: of the resource.
        synced: the tables of all resources in the database.
    """
    name, column = OWNED.get(state.table, ("", ""))
    if name in synced and state.listing.get("query") == EVERYTHING:
        return Tables(table_of(endpoint_of(name).schema)), column
    return None


def rows_in(path: Path, table: str = "conversations") -> int | None:
    """How many rows a table of a database holds; None if that can't be told."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=0.0)) as base:
            [(count,)] = base.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 - ours
            return int(count)
    except sqlite3.Error:
        return None


def is_empty(path: Path) -> bool:
    """Whether a database that syncs have made holds not a single item."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=0.0)) as base:
        states = decoded([text for (text,) in base.execute("SELECT state FROM sync")])
        return states is not None and not any(rows_in(path, state.table) for state in states)
    return False
