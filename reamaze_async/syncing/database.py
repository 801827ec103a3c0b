"""A database that follows a listing: its rows, and how far it has come, in one file.

Rows and state change in the same transactions, so that a kill at any instant leaves a state that
is true of the rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from reamaze_async.errors import ExportFailed, ExportRefused
from reamaze_async.formats import sqlite, table_of
from reamaze_async.listings.raw import RawPage
from reamaze_async.paging.cursor import Cursor
from reamaze_async.resources.conversations import SCHEMA

from .departures import DepartureSearch, PageSample

VERSION = 3
"""The version of the state's format; another version is refused."""

VARIABLES = 500
"""How many values one question may hold; SQLite before 3.32 takes 999."""

PATIENCE = 30.0
"""Seconds to wait while other programs read the database."""

_TOLD = {
    sqlite3.SQLITE_BUSY: f"another program has kept it busy for {PATIENCE:.0f} s. Close it there, "
    "or let it be read meanwhile by `PRAGMA journal_mode = WAL`.",
    sqlite3.SQLITE_CORRUPT: "it is damaged. Remove it to have it anew.",
}
"""SQLite's number of an error, and what it means here."""

_YIELDING = ("CASCADE", "SET NULL", "SET DEFAULT")
"""What a reference may say of a row that leaves, so that it may leave."""

_CONVERSATIONS = table_of(SCHEMA)

_NEEDED = {
    SCHEMA.name: sqlite.names_of(_CONVERSATIONS),
    **sqlite.lists_of(_CONVERSATIONS),
    "sync_seen": ("slug",),
}
"""The tables and columns that a sync writes."""

_TABLES = (
    "CREATE TABLE sync (state TEXT NOT NULL)",
    "CREATE TABLE sync_seen (slug TEXT PRIMARY KEY) WITHOUT ROWID",
)


class SyncState(msgspec.Struct, kw_only=True):
    """How far the database has come.

    Attributes:
        listing: what it follows: origin, path and query.
        version: of the state itself.
        stage: `reading` while the whole list is read, else `settled`.
        cursor: where that reading stood.
        reading_since: the newest change when the reading began.
        since: all changes up to this one are in the database; None if there was none.
        read_at: when a whole reading ended last, as a Unix time; 0 if never.
        excess: rows beyond the server's count that two readings in a row didn't explain.
        last_excess: the same, of the last reading.
    """

    listing: dict[str, Any]
    version: int = VERSION
    stage: Literal["reading", "settled"] = "settled"
    cursor: Cursor = Cursor()
    reading_since: float | None = None
    since: float | None = None
    read_at: float = 0.0
    excess: int = 0
    last_excess: int = 0


class SyncDatabase:
    """The open database of a sync. Each method that changes it is one transaction.

    Only one process may use it at a time: whoever opens it must hold the lock.

    Attributes:
        path: where it is.
        state: how far it has come; `save` keeps it.

    Raises:
        ExportRefused: it is something else.
        ExportFailed: it can't be opened; likewise from each method, if it can't be used.
    """

    def __init__(self, path: Path, listing: dict[str, Any], home: str | None = None) -> None:
        self.path = path
        self._table = table_of(SCHEMA, home=home)
        with self._translated():
            self._base = sqlite3.connect(
                path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
        try:
            self._ask("PRAGMA temp_store = MEMORY")  # A container may have no folder for it.
            self.state: SyncState = self._load(SyncState(listing=listing))
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

    def close(self) -> None:
        """Close the database."""
        self._base.close()

    def _load(self, fresh: SyncState) -> SyncState:
        tables = {name for (name,) in self._ask("SELECT name FROM sqlite_master")}
        if not tables:
            self._make(fresh)
            return fresh
        if "sync" not in tables:
            is_export = SCHEMA.name in tables
            made = "an export has made it" if is_export else "it is a database of something else"
            reason = f"{made}, which a sync can't go on with: remove it, or name another file."
            raise ExportRefused(self.path, reason)
        texts = [text for (text,) in self._ask("SELECT state FROM sync")]
        state = self._checked(_state(texts), fresh)
        self._check_tables()
        self._heed_references()
        return state

    def _check_tables(self) -> None:
        """Refuse a database whose user has taken away what a sync writes."""
        for table, columns in _NEEDED.items():
            there = {name for (name,) in self._ask("SELECT name FROM pragma_table_info(?)", table)}
            missing = [name for name in columns if name not in there]
            if missing:
                what = f"{table}.{missing[0]}" if there else f"the table {table}"
                reason = f"{what} is gone, which a sync needs: remove the file to have it anew."
                raise ExportRefused(self.path, reason)

    def _heed_references(self) -> None:
        """Let rows of the user's own follow a conversation that leaves, where they are to.

        A reference that would forbid it to leave, as one without an action does, is left alone, as
        SQLite does unless asked.
        """
        actions = self._ask(
            'SELECT "references".on_delete FROM sqlite_master AS tables '
            'JOIN pragma_foreign_key_list(tables.name) AS "references" '
            'WHERE tables.type = \'table\' AND "references"."table" = ?',
            SCHEMA.name,
        )
        if all(action in _YIELDING for (action,) in actions):
            self._ask("PRAGMA foreign_keys = ON")

    def _make(self, fresh: SyncState) -> None:
        with self._transaction():
            sqlite.create(self._base, self._table)
            sqlite.index(self._base, self._table)
            for statement in _TABLES:
                self._base.execute(statement)
            self._base.execute("INSERT INTO sync (state) VALUES (?)", (_text(fresh),))

    def _checked(self, state: SyncState | None, fresh: SyncState) -> SyncState:
        if state is None:
            reason = "another version has made it: remove it, or name another file."
            raise ExportRefused(self.path, reason)
        if state.listing != fresh.listing:
            reason = (
                f"it follows another list ({_told(state.listing)}, "
                f"not {_told(fresh.listing)}): remove it, or name another file."
            )
            raise ExportRefused(self.path, reason)
        return state

    def _ask(self, question: str, *values: Any) -> list[Any]:
        with self._translated():
            return self._base.execute(question, values).fetchall()

    # --- what is in it ----------------------------------------------------------------------

    def count(self) -> int:
        """How many conversations the database holds."""
        [(count,)] = self._ask("SELECT count(*) FROM conversations")
        return int(count)

    def below(self, time: str) -> int:
        """How many conversations are older than this time."""
        [(count,)] = self._ask("SELECT count(*) FROM conversations WHERE created_at < ?", time)
        return int(count)

    def between(self, newest: str | None, oldest: str | None) -> set[str]:
        """The slugs of conversations created between two times, both included; None: no bound."""
        found = self._ask(
            "SELECT slug FROM conversations WHERE created_at BETWEEN ? AND ?",
            oldest or "",
            newest or "~",
        )
        return {slug for (slug,) in found}

    def sample(self, page: RawPage) -> PageSample | None:
        """The sample that a page is, once its items are in the database.

        None if items have no times, or if the server doesn't order by them.

        Args:
            page: one that isn't empty.
        """
        slugs = [item.key for item in page.items]
        question = "SELECT created_at FROM conversations WHERE slug = ?"
        found = [row for slug in slugs for row in self._ask(question, slug)]
        times = [time for (time,) in found if time is not None]
        if len(times) < len(slugs) or times != sorted(times, reverse=True):
            return None
        below = page.total_count - (page.number - 1) * page.page_size - len(slugs)
        return PageSample(page.number, frozenset(slugs), times[0], times[-1], below)

    def seen(self) -> list[str]:
        """The slugs that the current reading of the whole list has seen."""
        return [slug for (slug,) in self._ask("SELECT slug FROM sync_seen")]

    def stored(self, slugs: Iterable[str]) -> dict[str, str]:
        """The JSON of each conversation that the database holds, by slug."""
        stored: dict[str, str] = {}
        rest = iter(slugs)
        while some := list(islice(rest, VARIABLES)):
            marks = ", ".join("?" * len(some))
            question = f"SELECT slug, raw FROM conversations WHERE slug IN ({marks})"  # noqa: S608 - marks
            stored |= self._ask(question, *some)
        return stored

    def newer(self, slugs: Sequence[str]) -> set[str]:
        """The slugs of conversations that changed later than one of these did.

        Args:
            slugs: of a page of changes, whose items are in the database.
        """
        marks = ", ".join("?" * len(slugs))
        question = (
            "SELECT slug FROM conversations WHERE updated_at > "  # noqa: S608 - marks
            f"(SELECT min(updated_at) FROM conversations WHERE slug IN ({marks}))"
        )
        return {slug for (slug,) in self._ask(question, *slugs)}

    # --- what changes it --------------------------------------------------------------------

    def save(self) -> None:
        """Save the state."""
        with self._transaction():
            self._save_state()

    def begin_reading(self, newest: float | None) -> None:
        """Begin a reading of the whole list."""
        self.state.stage, self.state.cursor = "reading", Cursor()
        self.state.reading_since = newest
        self.save()

    def upsert(
        self, news: Mapping[str, bytes], known: Set[str] = frozenset(), seen: Iterable[str] = ()
    ) -> None:
        """Insert or update conversations, and save the state.

        Args:
            news: their JSON, by slug.
            known: the slugs of those that are there already.
            seen: the slugs that a reading of the whole list has seen.
        """
        rows = [self._table.row(item) for item in news.values()]
        with self._transaction():
            sqlite.upsert(self._base, self._table, rows, known)
            self._base.executemany(
                "INSERT OR IGNORE INTO sync_seen (slug) VALUES (?)", ((slug,) for slug in seen)
            )
            self._save_state()

    def compare(self, search: DepartureSearch, sample: PageSample) -> int:
        """Remove what a sample shows to have left the list; return how many rows that were."""
        with self._transaction():
            seen = sqlite.remove(self._base, self._table, search.add(sample))
            return seen + sqlite.remove(self._base, self._table, search.between_neighbours())

    def end_reading(self, now: float, *, is_complete: bool = True) -> int:
        """End a reading: remove rows that it hasn't seen; return how many those were.

        Args:
            now: as a Unix time.
            is_complete: whether it has seen all; else what it hasn't seen stays.
        """
        state = self.state
        marks = [mark for mark in (state.since, state.reading_since) if mark is not None]
        state.stage, state.since = "settled", max(marks, default=None)
        state.cursor, state.read_at = Cursor(), now
        gone = "SELECT slug FROM conversations EXCEPT SELECT slug FROM sync_seen"
        with self._transaction():
            slugs = [slug for (slug,) in self._base.execute(gone)] if is_complete else []
            count = sqlite.remove(self._base, self._table, slugs)
            self._base.execute("DELETE FROM sync_seen")
            self._save_state()
        return count

    def _save_state(self) -> None:
        self._base.execute("UPDATE sync SET state = ?", (_text(self.state),))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated(), closing(self._base.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield
                cursor.execute("COMMIT")
            except BaseException:
                # A full disk may have ended it by itself.
                if self._base.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            number = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if number == sqlite3.SQLITE_NOTADB:
                reason = f"{error}: name another file."
                raise ExportRefused(self.path, reason) from None
            reason = _TOLD.get(number, f"{error}.")
            raise ExportFailed(self.path, reason, remedy="mend-and-sync") from None


def rows_in(path: Path) -> int | None:
    """How many conversations a database holds; None if that can't be told."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=0.0)) as base:
            [(count,)] = base.execute("SELECT count(*) FROM conversations").fetchall()
            return int(count)
    except sqlite3.Error:
        return None


def _text(state: SyncState) -> str:
    return msgspec.json.encode(state).decode()


def _state(texts: Sequence[Any]) -> SyncState | None:
    """The state that was saved as a text; None if it is of another version."""
    with suppress(msgspec.MsgspecError, ValueError, TypeError):
        [text] = texts
        state = msgspec.json.decode(text, type=SyncState)
        return state if state.version == VERSION else None
    return None


def _told(listing: dict[str, Any]) -> str:
    """The identity of a listing, for people."""
    brand = f"{listing['brand']} at " if "brand" in listing else ""
    return brand + "{origin}{path}?{query}".format_map(listing)
