"""Keeping a database like a listing, at the cost of what has changed.

The first run reads the whole list. Later runs read it by `sort="changed"` from the newest end,
until a page holds nothing that the database doesn't know. What has left the list can't be found
so: where the server counts other than the database does, it is looked for, and now and then the
whole list is read again anyway. Where the pages show that the server doesn't list by date of
change, nothing but the whole list tells what has changed: it is read at each run. A difference
that nothing explains is told by each run.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from reamaze_async.errors import ExportFailed, FileInUse, InvalidParameter
from reamaze_async.files.disk import failure
from reamaze_async.files.lock import LockFile
from reamaze_async.files.paths import check_file, check_unused
from reamaze_async.files.placing import create, place
from reamaze_async.formats import format_of
from reamaze_async.listings.changes import RawChanges, raw_changes
from reamaze_async.listings.fetching import PAGE_ERRORS
from reamaze_async.listings.listing import raw_listing
from reamaze_async.listings.raw import RawListing
from reamaze_async.paging.newest import FIRST
from reamaze_async.resources.conversations import ConversationQuery
from reamaze_async.tasks import call_in_thread

from .changes import ChangeReader, Progress
from .departures import DepartureSearch
from .reading import ListReader
from .stats import SUMMARIZED, SyncStats, SyncSummary

if TYPE_CHECKING:
    from reamaze_async.session import ReamazeSession

    from .database import SyncDatabase


_logger = logging.getLogger("reamaze_async")

WEEK = 7 * 86400.0

EVER = datetime.fromtimestamp(FIRST, UTC)
"""Before anything changed: how far back to read is decided by what the database knows."""

ATTEMPTS = 4
"""How often at most departures are searched for, while each search finds some."""

READINGS = 2
"""How often the whole list is read in one run at most."""


async def sync(
    session: ReamazeSession,
    path: str | os.PathLike[str],
    *,
    reconcile: bool | None = None,
    reconcile_after: float = WEEK,
    progress: Progress | None = None,
    allow_incomplete: bool = False,
    **conditions: Unpack[ConversationQuery],
) -> SyncSummary:
    """Make a SQLite database hold what the list of conversations holds now.

    May be killed at any time and run again at once. The first run builds `FILE.sync`, which
    becomes FILE when it is whole. The tables are those of an export to SQLite. They can be read
    meanwhile; who reads for longer than half a minute at a time lets SQLite keep a write-ahead
    log (`PRAGMA journal_mode = WAL`, once).

    Args:
        session: whom to ask.
        path: the database, ending in `.sqlite`.
        reconcile: whether to read the whole list, to find what has left it. None: if the
            server's count differs from the database's and a few looks don't tell why, or
            `reconcile_after` has passed.
        reconcile_after: seconds. Default: a week.
        progress: called with the live numbers, first before anything is asked, then after each
            page.
        allow_incomplete: end well although something may be missing; what, is told by the
            summary and as a warning. Nothing is removed then, since it may be what is missing.
        **conditions: as for `session.conversations.list`, without `sort`; `filter` is `"all"`
            unless given.

    Raises:
        InvalidParameter: it isn't to be a database, or a condition can't be used.
        FileInUse: another process is syncing it.
        ExportRefused: the file is something else, or follows another list.
        ExportFailed: it could not be written; what was written is kept.
        ReamazeError: a page could not be had; what came before is kept.
        IncompleteListing: everything that came is in the database, but some may be missing; the
            same sync run again reads what is doubtful once more.
    """
    from reamaze_async.session import ReamazeSession as Session  # noqa: PLC0415 - loads all else

    if not isinstance(session, Session):
        message = (
            f"{type(session).__name__} can't be synced: give the session, and conditions as for "
            "session.conversations.list."
        )
        raise InvalidParameter(message)
    file = check_database(path)
    if conditions.get("sort") is not None:
        message = "sort: a sync has its own order; leave it out."
        raise InvalidParameter(message)
    conditions.setdefault("filter", "all")
    listing = session.conversations.list(**conditions)
    changed = session.conversations.changes(EVER, **conditions)
    run = _Sync(
        raw_listing(listing),
        raw_changes(changed),
        file,
        progress,
        allow_incomplete=allow_incomplete,
    )
    return await run.run(reconcile, reconcile_after)


def check_database(path: str | os.PathLike[str]) -> Path:
    """Refuse what can be refused before the first request; return the file to be.

    Args:
        path: where the database is, or shall be; through a link it is where that leads.

    Raises:
        InvalidParameter: it isn't to be a database.
        ExportRefused: it can't be in that folder, or it is no file.
    """
    if format_of(path) != "sqlite":
        endings = ".sqlite, .sqlite3 or .db"
        message = f"path={str(path)!r} must end in {endings}: only a database can be synced."
        raise InvalidParameter(message)
    file = check_file(path, example="conversations.sqlite", beside=".sync-journal")
    if working_file(file) != file:
        check_unused(file)
    return file


def working_file(file: Path) -> Path:
    """The file of the database: `FILE.sync` until the first run has ended, then FILE."""
    is_there = file.exists() and file.stat().st_size > 0
    return file if is_there else file.with_name(f"{file.name}.sync")


class _Sync:
    """One run of a sync."""

    _database: SyncDatabase
    _reader: ChangeReader
    _list_reader: ListReader

    def __init__(
        self,
        listing: RawListing[Any],
        changed: RawChanges[Any],
        file: Path,
        progress: Progress | None,
        *,
        allow_incomplete: bool,
    ) -> None:
        self._listing = listing
        self._changed = changed
        self._file = file
        self._progress = progress
        self._allow_incomplete = allow_incomplete
        self._stats = SyncStats()

    async def run(self, reconcile: bool | None, reconcile_after: float) -> SyncSummary:
        """Do what is due, and return the summary."""
        began = time.monotonic()
        if self._progress:
            self._progress(self._stats)
        with self._locked():
            working = working_file(self._file)
            try:
                if not working.exists():
                    await call_in_thread(self._create, working)
                items = await self._keep(working, reconcile, reconcile_after)
                if working != self._file:
                    self._rename(working)
            except BaseException:
                self._remove_if_empty(working)
                raise
        return self._summary(items, time.monotonic() - began)

    async def _keep(self, working: Path, reconcile: bool | None, reconcile_after: float) -> int:
        """Make the database equal to the list; return how many conversations it holds."""
        from .database import SyncDatabase  # noqa: PLC0415 - SQLite is loaded when it is used

        identity = {k: v for k, v in self._listing.identity.items() if k != "drift"}
        with SyncDatabase(working, identity, self._listing.home) as self._database:
            self._reader = ChangeReader(
                self._database,
                self._changed,
                self._stats,
                self._progress,
                allow_incomplete=self._allow_incomplete,
            )
            self._list_reader = ListReader(
                self._database,
                self._listing,
                self._reader,
                self._stats,
                allow_incomplete=self._allow_incomplete,
            )
            await self._follow(reconcile, reconcile_after)
            return await call_in_thread(self._database.count)

    def _summary(self, items: int, elapsed: float) -> SyncSummary:
        stats = self._stats
        return SyncSummary(
            path=str(self._file),
            items=items,
            was_read_whole=self._list_reader.readings > 0,
            incomplete=self._list_reader.incomplete or self._reader.incomplete,
            **{name: getattr(stats, name) for name in SUMMARIZED},
            total_count=stats.total_count or 0,
            elapsed=elapsed,
        )

    # --- the file ---------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            lock = LockFile(self._file.with_name(f"{self._file.name}.sync.lock"))
        except FileInUse:
            reason = (
                "another process is syncing it, and takes in what this one would have: "
                "wait for that one."
            )
            raise FileInUse(self._file, reason) from None
        except OSError as error:
            raise failure(self._file, error) from None
        with lock:
            yield

    def _create(self, working: Path) -> None:
        """Create the database's file: SQLite would not heed the umask, nor the mode of FILE."""
        try:
            create(working, self._file)
        except OSError as error:
            raise failure(working, error) from None

    def _rename(self, working: Path) -> None:
        """Give the new database its name, while it is still locked."""
        try:
            if self._file.exists() and self._file.stat().st_size:
                reason = (
                    f"it has appeared meanwhile: remove it, then sync again; {working.name} waits."
                )
                raise ExportFailed(self._file, reason)
            place(working, self._file)
            working.unlink(missing_ok=True)
        except OSError as error:
            raise failure(self._file, error) from None

    def _remove_if_empty(self, working: Path) -> None:
        """Leave no new database behind if not a single conversation was stored."""
        from .database import rows_in  # noqa: PLC0415 - as above

        if working != self._file:
            with suppress(OSError):
                if rows_in(working) == 0 or not working.stat().st_size:
                    working.unlink()

    # --- what is to be done -----------------------------------------------------------------

    async def _follow(self, reconcile: bool | None, reconcile_after: float) -> None:
        state = self._database.state
        # A clock that was set back makes it due as well.
        is_due = not 0 <= time.time() - state.read_at < reconcile_after
        if state.read_at:
            # What is new doesn't wait for a reading, which may be long.
            await self._reader.catch_up()
        if state.stage == "reading":
            await self._list_reader.read()
        elif reconcile or not state.read_at or (reconcile is None and (is_due or self._is_blind)):
            await self._read_anew()
        if self._list_reader.readings:
            await self._reader.catch_up()
        if reconcile is not False:
            await self._reconcile()
        await self._tell()

    @property
    def _is_blind(self) -> bool:
        """Whether changes can't be found by asking for them."""
        return not self._reader.is_ordered

    async def _tell(self) -> None:
        """Say what this run can't explain, or could not do."""
        stats = self._stats
        if self._reader.is_settled:
            count = await call_in_thread(self._database.count)
            stats.unexplained = count - (stats.total_count or 0)
        if stats.unexplained < 0 and not self._list_reader.incomplete:
            _logger.warning(
                "%s: the server counts %d more than its pages hold: they may be missing here.",
                self._file.name,
                -stats.unexplained,
            )
        if self._is_blind:
            stats.unordered = True
            how = (
                "the whole list is read at each run"
                if self._list_reader.readings
                else "changes may be missing"
            )
            _logger.warning(
                "%s: the server doesn't list by date of change: %s.", self._file.name, how
            )

    async def _reconcile(self) -> None:
        """Find departures, as long as the counts tell that there are some."""
        is_worth_looking = True
        for _ in range(ATTEMPTS):
            excess = await self._excess()
            if not excess:
                return
            if self._list_reader.incomplete:
                self._database.state.excess = self._database.state.last_excess = excess
                await call_in_thread(self._database.save)
                return
            found = self._found
            if not (is_worth_looking and await self._search()):
                if self._list_reader.readings == READINGS:
                    return
                await self._read_anew()
            await self._reader.catch_up()
            if self._found == found:
                if self._list_reader.readings:
                    await self._accept_difference(excess)
                    return
                is_worth_looking = False

    @property
    def _found(self) -> int:
        return self._stats.added + self._stats.removed

    async def _excess(self) -> int:
        """How many more rows there are than the server counts; 0 if that difference is accepted."""
        if not self._reader.is_settled:
            return 0
        state = self._database.state
        excess = await call_in_thread(self._database.count) - (self._stats.total_count or 0)
        if not excess and (state.excess or state.last_excess):
            state.excess = state.last_excess = 0
            await call_in_thread(self._database.save)
        return 0 if excess == state.excess else excess

    async def _accept_difference(self, excess: int) -> None:
        """If two readings leave the same difference, take it for the way this server counts."""
        state = self._database.state
        if excess == state.last_excess:
            state.excess = excess
        state.last_excess = excess
        await call_in_thread(self._database.save)

    # --- a look here and there --------------------------------------------------------------

    async def _search(self) -> bool:
        """Search for departures; False if reading the whole list is cheaper."""
        pages, total = self._stats.page_count or 0, self._stats.total_count or 0
        search = await call_in_thread(DepartureSearch, self._database, pages, total)
        if search.pages_left >= pages:
            return False
        self._stats.enter("checking")
        while (number := await call_in_thread(search.next_page)) is not None:
            if not await self._compare_page(number, search):
                break
        return True

    async def _compare_page(self, number: int, search: DepartureSearch) -> bool:
        """Compare a page with the database; False if the page tells nothing."""
        try:
            page = await self._reader.page(self._listing, number)
        except PAGE_ERRORS:
            return False
        await self._reader.take(page.items)
        sample = await call_in_thread(self._database.sample, page) if page.items else None
        if sample is not None:
            self._stats.removed += await call_in_thread(self._database.compare, search, sample)
        return sample is not None

    # --- the whole list ---------------------------------------------------------------------

    async def _read_anew(self) -> None:
        """Read the whole list from its beginning."""
        first = await self._reader.page(self._changed, 1)
        newest = self._reader.newest(first)
        await call_in_thread(self._database.begin_reading, newest)
        await self._list_reader.read()
