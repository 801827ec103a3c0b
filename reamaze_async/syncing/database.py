"""A database that follows a listing: its rows, and how far it has come, in one file.

Rows and state change in the same transactions, so that a kill at any instant leaves a state that
is true of the rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Self

from reamaze_async.errors import ExportFailed, ExportRefused
from reamaze_async.formats import sqlite
from reamaze_async.listings.raw import RawPage
from reamaze_async.paging.cursor import Cursor
from reamaze_async.remedies import Remedy
from reamaze_async.wire.values import mark_of

from . import feed as feeds
from .departures import DepartureSearch, PageSample
from .feed import Feed
from .state import FED, SyncState, decoded, encoded, identity_told, is_of_same_brand
from .tables import STATES, Tables, owned_by

VARIABLES = 500
"""How many values one question may hold; SQLite before 3.32 takes 999."""

PATIENCE = 30.0
"""Seconds to wait while other programs read the database."""

_BUSY = (
    f"another program has kept it busy for {PATIENCE:.0f} s. Close it there, or let it be read "
    "meanwhile by `PRAGMA journal_mode = WAL`."
)

_TOLD: dict[int, tuple[str, Remedy | None]] = {
    sqlite3.SQLITE_BUSY: (_BUSY, "mend-and-sync"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged. Remove it to have it anew.", None),
}
"""SQLite's number of an error, what it means here, and what to do unless that says it."""

_YIELDING = ("CASCADE", "SET NULL", "SET DEFAULT")
"""What a reference may say of a row that leaves, so that it may leave."""


class SyncDatabase:
    """The open database of a sync. Each method that changes it is one transaction.

    Only one process may use it at a time: whoever opens it must hold the lock.

    Attributes:
        path: where it is.
        state: how far it has come; `save` keeps it.

    Args:
        path: where it is, or shall be.
        listing: what it follows.
        tables: those of the resource; other resources may have some in the same database.
        has_feed: whether it shall have a feed; if it has one, that goes on anyway.

    Raises:
        ExportRefused: it is something else.
        ExportFailed: it can't be opened; likewise from each method, if it can't be used.
    """

    def __init__(
        self,
        path: Path,
        listing: dict[str, Any],
        tables: Tables,
        *,
        has_feed: bool = False,
    ) -> None:
        self.path = path
        self._tables = tables
        self._owned: tuple[Tables, str] | None = None
        self._row: int | None = None
        self._feed: Feed | None = None
        with self._translated():
            self._base = sqlite3.connect(
                path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
        try:
            self._ask("PRAGMA temp_store = MEMORY")  # A container may have no folder for it.
            # Rows come in no order of their keys, so a transaction touches pages everywhere, and
            # each goes to the journal first: larger ones, if the file is new, and fewer reads.
            self._ask("PRAGMA page_size = 16384")
            self._ask("PRAGMA cache_size = -16000")
            self.state: SyncState = self._load(SyncState(listing=listing, table=tables.name))
            if tables.name == FED:
                self._open_feed(wanted=has_feed)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._base.close()

    def _load(self, fresh: SyncState) -> SyncState:
        there = {name for (name,) in self._ask("SELECT name FROM sqlite_master")}
        if there and STATES not in there:
            is_export = self._tables.name in there
            made = "an export has made it" if is_export else "it is a database of something else"
            reason = f"{made}, which a sync can't go on with: remove it, or name another file."
            raise ExportRefused(self.path, reason)
        states = self._states() if there else {}
        self._row = next((row for row, state in states.items() if state.table == fresh.table), None)
        found = None if self._row is None else states[self._row]
        if found is None:
            self._check_free(states.values(), fresh, there)
            self._make(fresh)
        else:
            self._check_list(found, fresh)
            self._check_tables()
        self._owned = owned_by(fresh, [state.table for state in states.values()])
        self._heed_references()
        return found or fresh

    def _states(self) -> dict[int, SyncState]:
        """The state of each resource, by its row."""
        found = dict(self._ask("SELECT rowid, state FROM sync ORDER BY rowid"))
        states = decoded(list(found.values()))
        if states is None:
            reason = "another version has made it: remove it, or name another file."
            raise ExportRefused(self.path, reason)
        return dict(zip(found, states, strict=True))

    @property
    def unfinished(self) -> list[str]:
        """The resources in it that were never read to their end."""
        return [state.table for state in self._states().values() if not state.read_at]

    def _check_free(self, states: Iterable[SyncState], fresh: SyncState, there: Set[str]) -> None:
        """Refuse a database in which there is no room for another resource."""
        for state in states:
            if not is_of_same_brand(state, fresh):
                reason = (
                    f"it follows another brand ({identity_told(state.listing)}, not "
                    f"{identity_told(fresh.listing)}): name another file."
                )
                raise ExportRefused(self.path, reason)
        taken = [name for name in self._tables.needed if name in there]
        if taken:
            reason = f"it has a table {taken[0]} that no sync has made: drop it, or name another "
            raise ExportRefused(self.path, f"{reason}file.")

    def _check_list(self, state: SyncState, fresh: SyncState) -> None:
        if state.listing != fresh.listing:
            reason = (
                f"it follows another list ({identity_told(state.listing)}, "
                f"not {identity_told(fresh.listing)}): remove it, or name another file."
            )
            raise ExportRefused(self.path, reason)

    def _check_tables(self) -> None:
        """Refuse a database whose user has taken away what a sync writes."""
        for table, columns in self._tables.needed.items():
            there = self._columns_of(table)
            missing = [name for name in columns if name not in there]
            if missing:
                what = f"{table}.{missing[0]}" if there else f"the table {table}"
                reason = f"{what} is gone, which a sync needs: remove the file to have it anew."
                raise ExportRefused(self.path, reason)

    def _columns_of(self, table: str) -> set[str]:
        return {name for (name,) in self._ask("SELECT name FROM pragma_table_info(?)", table)}

    def _open_feed(self, *, wanted: bool) -> None:
        """Go on with the feed that is there; create one if there is none and it is wanted."""
        made = self._ask("SELECT sql FROM sqlite_master WHERE name = ?", feeds.NAME)
        if made and feeds.is_ours(made[0][0], self._columns_of(feeds.NAME)):
            self._feed = Feed(self._base)
        elif made and (wanted or self.state.fed):
            reason = "it has a table feed that no sync has made: drop it, or name another file."
            raise ExportRefused(self.path, reason)
        elif wanted:
            self._feed = Feed(self._base)
            with self._transaction():
                self._feed.create(after=self.state.fed)
                self._save_state()

    def _heed_references(self) -> None:
        """Let rows of the user's own follow a conversation that leaves, where they are to.

        A reference that would forbid it to leave, as one without an action does, is left alone, as
        SQLite does unless asked.
        """
        actions = self._ask(
            'SELECT "references".on_delete FROM sqlite_master AS tables '
            'JOIN pragma_foreign_key_list(tables.name) AS "references" '
            'WHERE tables.type = \'table\' AND "references"."table" = ?',
            self._tables.name,
        )
        if all(action in _YIELDING for (action,) in actions):
            self._ask("PRAGMA foreign_keys = ON")

    def _make(self, fresh: SyncState) -> None:
        with self._transaction():
            self._tables.create(self._base)
            self._base.execute(f"CREATE TABLE IF NOT EXISTS {STATES} (state TEXT NOT NULL)")
            made = self._base.execute("INSERT INTO sync (state) VALUES (?)", (encoded(fresh),))
            self._row = made.lastrowid

    def _ask(self, question: str, *values: Any) -> list[Any]:
        with self._translated():
            return self._base.execute(question, values).fetchall()

    # --- what is in it ----------------------------------------------------------------------

    def count(self) -> int:
        """How many rows there are."""
        [(count,)] = self._ask(f"SELECT count(*) FROM {self._tables.name}")  # noqa: S608 - ours
        return int(count)

    def below(self, time: str) -> int:
        """How many rows are of items that were created before this time."""
        [(count,)] = self._select("count(*)", "created_at < ?", time)
        return int(count)

    def between(self, newest: str | None, oldest: str | None) -> set[str]:
        """The keys of items created between two times, both included; None: no bound."""
        bounds = oldest or "", newest or "~"
        found = self._select(self._tables.key_as_text, "created_at BETWEEN ? AND ?", *bounds)
        return {key for (key,) in found}

    def sample(self, page: RawPage) -> PageSample | None:
        """The sample that a page is, once its items are in the database.

        None if items have no times, or if the server doesn't order by them.

        Args:
            page: one that isn't empty.
        """
        keys = [item.key for item in page.items]
        condition = f"{self._tables.key} = ?"
        found = [row for key in keys for row in self._select("created_at", condition, key)]
        times = [time for (time,) in found if time is not None]
        if len(times) < len(keys) or times != sorted(times, reverse=True):
            return None
        below = page.total_count - (page.number - 1) * page.page_size - len(keys)
        return PageSample(page.number, frozenset(keys), times[0], times[-1], below)

    def seen(self) -> list[str]:
        """The keys that the current reading of the whole list has seen."""
        return [key for (key,) in self._ask(f"SELECT slug FROM {self._tables.seen}")]  # noqa: S608 - ours

    def stored(self, keys: Iterable[str]) -> dict[str, str]:
        """The JSON of each item that the database holds, by its key."""
        stored: dict[str, str] = {}
        rest = iter(keys)
        while some := list(islice(rest, VARIABLES)):
            stored |= self._select(f"{self._tables.key_as_text}, raw", self._among(some), *some)
        return stored

    def newer(self, keys: Sequence[str]) -> set[str]:
        """The keys of items that are dated later than one of these.

        Args:
            keys: of a page of news, whose items are in the database.
        """
        tables = self._tables
        lowest = f"SELECT min({tables.dates}) FROM {tables.name} WHERE {self._among(keys)}"  # noqa: S608 - ours
        return {
            key
            for (key,) in self._select(tables.key_as_text, f"{tables.dates} > ({lowest})", *keys)
        }

    def newest(self, place: int = 0) -> float | None:
        """The date of the newest item, or of the so-many-eth after it; None if there is none."""
        dates = self._tables.dates
        found = self._select(
            dates, f"{dates} IS NOT NULL ORDER BY {dates} DESC LIMIT 1 OFFSET ?", place
        )
        return mark_of(found[0][0]) if found else None

    def _select(self, what: str, condition: str, *values: Any) -> list[Any]:
        question = f"SELECT {what} FROM {self._tables.name} WHERE {condition}"  # noqa: S608 - ours
        return self._ask(question, *values)

    def _among(self, keys: Sequence[str]) -> str:
        """The condition that a row is one of so many keys."""
        return f"{self._tables.key} IN ({', '.join('?' * len(keys))})"

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
        """Insert or update items, and save the state.

        Args:
            news: their JSON, by key.
            known: the keys of those that are there already.
            seen: the keys that a reading of the whole list has seen.
        """
        rows = [self._tables.rows.row(item) for item in news.values()]
        with self._transaction():
            sqlite.upsert(self._base, self._tables.rows, rows, known)
            if self._feed is not None:
                self._feed.note(news, gone=False)
            self._base.executemany(
                f"INSERT OR IGNORE INTO {self._tables.seen} (slug) VALUES (?)",  # noqa: S608 - ours
                ((key,) for key in seen),
            )
            self._save_state()

    def compare(self, search: DepartureSearch, sample: PageSample) -> int:
        """Remove what a sample shows to have left the list; return how many rows that were."""
        with self._transaction():
            count = self._remove(search.add(sample)) + self._remove(search.between_neighbours())
            self._save_state()
        return count

    def _remove(self, keys: Collection[str]) -> int:
        """Remove rows, and what belongs to them; return how many rows those were."""
        if self._feed is not None:
            self._feed.note(keys, gone=True)
        if self._owned is not None:
            owned, column = self._owned
            owned.remove_of(self._base, column, keys)
        return self._tables.remove(self._base, keys)

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
        key, name, seen = self._tables.key_as_text, self._tables.name, self._tables.seen
        gone = f"SELECT {key} FROM {name} EXCEPT SELECT slug FROM {seen}"  # noqa: S608 - ours
        with self._transaction():
            keys = [key for (key,) in self._base.execute(gone)] if is_complete else []
            count = self._remove(keys)
            self._base.execute(f"DELETE FROM {seen}")  # noqa: S608 - ours
            self._save_state()
        return count

    def _save_state(self) -> None:
        if self._feed is not None:
            self.state.fed = self._feed.last
        row = encoded(self.state), self._row
        self._base.execute("UPDATE sync SET state = ? WHERE rowid = ?", row)

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
            code = getattr(error, "sqlite_errorcode", 0)
            number = code & 0xFF
            if number == sqlite3.SQLITE_NOTADB:
                reason = f"{error}: name another file."
                raise ExportRefused(self.path, reason) from None
            reason, remedy = _TOLD.get(number, (f"{error}.", "mend-and-sync"))
            has_moved = code == sqlite3.SQLITE_READONLY_DBMOVED or not self.path.exists()
            if has_moved and number != sqlite3.SQLITE_CANTOPEN:
                reason, remedy = "another program has removed or replaced it.", "go-on"
            raise ExportFailed(self.path, reason, remedy=remedy) from None
