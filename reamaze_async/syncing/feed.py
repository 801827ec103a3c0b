"""The feed: a table that tells which rows a sync has changed, for who carries changes on.

A reader takes, of the entries after the last one that it has read, the latest of each slug: `gone`
says that the row was removed, else it is in the tables as it is now. Entries are written in the
transaction of the change, and only they are: what has been read may be deleted. `seq` never goes
back, not even if the table is dropped and made anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime

from reamaze_async.formats.sqlite import stored

NAME = "feed"
_COLUMNS = ("seq", "slug", "gone", "at")

# The number after the last one, also if that row was deleted: AUTOINCREMENT.
_TABLE = """
CREATE TABLE feed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL,
    gone INTEGER NOT NULL,
    at TEXT NOT NULL
)"""


def is_ours(statement: str, columns: Iterable[str]) -> bool:
    """Whether a sync can go on with a table of that name.

    Args:
        statement: that created it.
        columns: that it has; a user may have added some.
    """
    return "AUTOINCREMENT" in statement.upper() and set(_COLUMNS) <= set(columns)


class Feed:
    """The feed of an open database. Each method belongs into a transaction of it."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    @property
    def last(self) -> int:
        """The highest number that an entry ever had; 0 if there was none."""
        found = self._base.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (NAME,))
        return int(next((seq for (seq,) in found), 0))

    def create(self, after: int) -> None:
        """Create it, with an entry for each row that is there.

        Args:
            after: the highest number of an earlier feed, which the first entry follows.
        """
        self._base.execute(_TABLE)
        self._base.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (NAME, after))
        self._base.execute(
            "INSERT INTO feed (slug, gone, at) SELECT slug, 0, ? FROM conversations ORDER BY rowid",
            (_now(),),
        )

    def note(self, slugs: Iterable[str], *, gone: bool) -> None:
        """Tell that rows were inserted or updated; or, if gone, that they were removed."""
        now = _now()
        self._base.executemany(
            "INSERT INTO feed (slug, gone, at) VALUES (?, ?, ?)",
            [(slug, int(gone), now) for slug in slugs],
        )


def _now() -> str:
    return str(stored(datetime.now(UTC)))
