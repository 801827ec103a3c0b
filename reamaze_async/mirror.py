"""A database that follows a listing: its rows, and how far it has come, in one file.

Rows and state change in the same transactions, so that a kill at any instant leaves a state that
is true of the rows.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from .audit import Audit, Look
from .errors import ExportFailed, ExportRefused
from .listing import Page
from .place import Place
from .sinks import database
from .sinks.lock import lock
from .sinks.part import failure
from .sinks.table import CONVERSATIONS

VERSION = 1
"""Of what the state says; another one is refused."""

PATIENCE = 30.0
"""Seconds to wait for others who read the database."""

_TABLES = (
    "CREATE TABLE sync (state TEXT NOT NULL) STRICT",
    "CREATE TABLE sync_seen (slug TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
)


class State(msgspec.Struct, kw_only=True):
    """How far the database has come.

    Attributes:
        listing: what it follows: origin, path and query.
        version: of the state itself.
        stage: `reading` while the whole list is read, else `settled`.
        place: where that reading stood.
        reading_since: the newest change when the reading began.
        since: all changes up to this one are in the database; None if there was none.
        read_at: when a whole reading ended last, as a Unix time; 0 if never.
        excess: rows beyond the server's count that two readings in a row didn't explain.
        last_excess: the same, of the last reading.
    """

    listing: dict[str, Any]
    version: int = VERSION
    stage: Literal["reading", "settled"] = "settled"
    place: Place = Place()
    reading_since: float | None = None
    since: float | None = None
    read_at: float = 0.0
    excess: int = 0
    last_excess: int = 0


class Mirror:
    """An open and locked database. Each method that changes it is one transaction.

    Attributes:
        state: how far it has come; `save` keeps it.

    Raises:
        ExportRefused: another process has it, or it is something else.
        ExportFailed: it can't be opened.
    """

    def __init__(self, path: Path, listing: dict[str, Any]) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise failure(path, error) from None
        try:
            lock(self._descriptor, path)
            self._base = sqlite3.connect(
                path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            self.state: State = self._load(State(listing=listing))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close_database(self) -> None:
        """Close it, so that it can get another name; the lock stays."""
        if hasattr(self, "_base"):
            self._base.close()

    def close(self) -> None:
        """Close it, and then give the lock back."""
        self.close_database()
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _load(self, fresh: State) -> State:
        tables = self._tables()
        if not tables:
            with self._transaction():
                database.create(self._base, CONVERSATIONS)
                database.index(self._base)
                for statement in _TABLES:
                    self._base.execute(statement)
                self._base.execute("INSERT INTO sync VALUES (?)", (_text(fresh),))
            return fresh
        if "sync" not in tables:
            reason = "it is a database that no sync has made: name another file."
            raise ExportRefused(self.path, reason)
        (text,) = self._base.execute("SELECT state FROM sync").fetchone()
        return self._checked(msgspec.json.decode(text, type=State), fresh)

    def _tables(self) -> set[str]:
        try:
            names = self._base.execute("SELECT name FROM sqlite_master").fetchall()
        except sqlite3.DatabaseError as error:
            raise ExportRefused(self.path, f"{error}: name another file.") from None
        return {name for (name,) in names}

    def _checked(self, state: State, fresh: State) -> State:
        if (state.version, state.listing) != (VERSION, fresh.listing):
            was = ", ".join(f"{name} {value!r}" for name, value in state.listing.items())
            reason = f"it follows something else ({was}): name another file."
            raise ExportRefused(self.path, reason)
        return state

    # --- what is in it ----------------------------------------------------------------------

    def count(self) -> int:
        """How many conversations it holds."""
        (count,) = self._base.execute("SELECT count(*) FROM conversations").fetchone()
        return int(count)

    def below(self, time: str) -> int:
        """How many conversations are older."""
        found = self._base.execute(
            "SELECT count(*) FROM conversations WHERE created_at < ?", (time,)
        )
        return int(found.fetchone()[0])

    def between(self, newest: str | None, oldest: str | None) -> set[str]:
        """The slugs of those created from this time to that one; None: no bound."""
        found = self._base.execute(
            "SELECT slug FROM conversations WHERE created_at BETWEEN ? AND ?",
            (oldest or "", newest or "~"),
        )
        return {slug for (slug,) in found}

    def look(self, page: Page[bytes], slugs: Sequence[str]) -> Look | None:
        """What a page shows, whose items are in the database; None if it can't be told.

        Args:
            page: one that isn't empty.
            slugs: of its items.
        """
        ends = [self._created(slug) for slug in (slugs[0], slugs[-1])]
        below = page.total_count - (page.number - 1) * page.page_size - len(slugs)
        if None in ends:
            return None
        return Look(page.number, frozenset(slugs), ends[0], ends[1], below)

    def _created(self, slug: str) -> str | None:
        found = self._base.execute("SELECT created_at FROM conversations WHERE slug = ?", (slug,))
        (time,) = found.fetchone()
        return None if time is None else str(time)

    def seen(self) -> list[str]:
        """What the reading under way has seen."""
        return [slug for (slug,) in self._base.execute("SELECT slug FROM sync_seen")]

    def news(self, items: Sequence[tuple[str, bytes]]) -> dict[str, bytes]:
        """Those of the items, by key, that are new or have changed."""
        return {
            slug: item for slug, item in items if self._kept(slug) != item.decode(errors="replace")
        }

    def _kept(self, slug: str) -> str | None:
        found = self._base.execute("SELECT raw FROM conversations WHERE slug = ?", (slug,))
        row = found.fetchone()
        return None if row is None else str(row[0])

    # --- what changes it --------------------------------------------------------------------

    def save(self) -> None:
        """Keep the state."""
        with self._transaction():
            self._keep_state()

    def begin_reading(self, newest: float | None) -> None:
        """Note that the whole list is going to be read."""
        self.state.stage, self.state.place = "reading", Place()
        self.state.reading_since = newest
        with self._transaction():
            self._base.execute("DELETE FROM sync_seen")
            self._keep_state()

    def take(self, news: dict[str, bytes], seen: Iterable[str] = ()) -> int:
        """Take in what is new or has changed, and the state; return how many are new."""
        with self._transaction():
            before = self.count()
            database.remove(self._base, CONVERSATIONS, news)
            rows = [CONVERSATIONS.row(item) for item in news.values()]
            database.insert(self._base, CONVERSATIONS, rows)
            self._base.executemany(
                "INSERT OR IGNORE INTO sync_seen VALUES (?)", ((slug,) for slug in seen)
            )
            self._keep_state()
            return self.count() - before

    def compare(self, audit: Audit, look: Look) -> int:
        """Remove what a look at a page shows to have left; return how many those were."""
        with self._transaction():
            before = self.count()
            database.remove(self._base, CONVERSATIONS, audit.saw(look))
            database.remove(self._base, CONVERSATIONS, audit.gaps())
            return before - self.count()

    def end_reading(self, now: float) -> int:
        """Remove what the reading hasn't seen; return how many those were."""
        self.state.stage, self.state.since = "settled", self.state.reading_since
        self.state.place, self.state.read_at = Place(), now
        gone = "SELECT slug FROM conversations EXCEPT SELECT slug FROM sync_seen"
        with self._transaction():
            slugs = [slug for (slug,) in self._base.execute(gone)]
            database.remove(self._base, CONVERSATIONS, slugs)
            self._base.execute("DELETE FROM sync_seen")
            self._keep_state()
        return len(slugs)

    def _keep_state(self) -> None:
        self._base.execute("UPDATE sync SET state = ?", (_text(self.state),))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated(), closing(self._base.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            reason = f"{error}. What was written is kept: mend that, and sync again."
            raise ExportFailed(self.path, reason) from None


def _text(state: State) -> str:
    return msgspec.json.encode(state).decode()
