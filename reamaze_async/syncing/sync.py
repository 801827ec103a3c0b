"""Keeping a database like a list, at the cost of what has changed."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from reamaze_async.errors import InvalidParameter
from reamaze_async.formats import table_of
from reamaze_async.listings.listing import Listing, raw_listing
from reamaze_async.listings.raw import RawListing
from reamaze_async.resources.conversations import ConversationQuery
from reamaze_async.tasks import call_in_thread
from reamaze_async.validation import invalid, seconds

from .file import (
    check_database,
    create_database,
    locked,
    place_database,
    remove_if_empty,
    working_file,
)
from .following import Follower, follower_of
from .state import FED
from .stats import SUMMARIZED, SyncStats, SyncSummary
from .taking import Progress

if TYPE_CHECKING:
    from reamaze_async.session import ReamazeSession

_logger = logging.getLogger("reamaze_async")

WEEK = 7 * 86400.0


async def sync(
    source: ReamazeSession | Listing[Any],
    path: str | os.PathLike[str],
    *,
    reconcile: bool | None = None,
    reconcile_after: float = WEEK,
    progress: Progress | None = None,
    allow_incomplete: bool = False,
    feed: bool = False,
    **conditions: Unpack[ConversationQuery],
) -> SyncSummary:
    """Make a SQLite database hold what a list holds now.

    May be killed at any time and run again at once. The first run builds `FILE.sync`, which
    becomes FILE when all in it is whole. The tables are those of an export to SQLite; several
    resources of a brand may be kept in the same database, by a run each. They can be read
    meanwhile; if you read for longer than half a minute at a time, let SQLite keep a write-ahead
    log (`PRAGMA journal_mode = WAL`, once).

    What is found at which cost:

    * Conversations: all that has changed, and what has left the list.
    * Contacts: new ones, and those that have left. Changes of known ones are found when the whole
      list is read, since the API can't be asked for them.
    * Messages: new ones. Deleted ones go with their conversation, if all conversations
      (`filter="all"`, nothing else) are kept in the same database; else when all of it is read.
    * Satisfaction ratings: new and changed ones; those that have left when the whole list is read.
    * Everything else is read whole at each run.

    Args:
        source: a listing, such as `session.messages.list()`; or the session, for its
            conversations.
        path: the database, ending in `.sqlite`.
        reconcile: whether to read the whole list, to find what has left it. None: if the
            server's count differs from the database's and a few looks don't tell why, or
            `reconcile_after` has passed.
        reconcile_after: seconds; `math.inf`: never. Default: a week.
        progress: called with the live numbers, first before anything is asked, then after each
            page.
        allow_incomplete: end well although something may be missing; the summary and a warning
            say what. Nothing is removed then, since it may be what is missing.
        feed: tell in a table `feed` which conversations have changed, from now on: `seq`, `slug`,
            `gone` (1: removed) and `at`, with an entry for each row that is there when it is made.
            A database that has one keeps it, also without this.
        **conditions: with a session: as for `session.conversations.list`, without `sort`;
            `filter` is `"all"` unless given.

    Raises:
        InvalidParameter: it isn't to be a database, or a condition can't be used.
        FileInUse: another process is syncing this resource to it; that of another is waited for.
        ExportRefused: the file is something else, or follows another list.
        ExportFailed: it could not be written; what was written is kept.
        ReamazeError: a page could not be fetched; what came before is kept.
        IncompleteListing: everything that came is in the database, but some may be missing; the
            same sync run again reads what is doubtful once more.
    """
    listing = raw_listing(_listing_of(source, conditions))
    file = check_database(path)
    if any(pair.startswith("sort=") for pair in listing.source.query.split("&")):
        message = "sort: a sync has its own order; leave it out."
        raise InvalidParameter(message)
    if feed and listing.source.schema.name != FED:
        raise invalid("feed", feed, f"is for {FED} alone: leave it out.")
    if reconcile_after != inf:
        seconds("reconcile_after", reconcile_after, zero=True)
    run = _Sync(listing, file, progress, allow_incomplete=allow_incomplete, has_feed=feed)
    return await run.run(reconcile, reconcile_after)


def _listing_of(source: Any, conditions: ConversationQuery) -> Listing[Any]:
    """The list to follow.

    Raises:
        InvalidParameter: it is none, or a condition can't be used.
    """
    from reamaze_async.session import ReamazeSession  # noqa: PLC0415 - loads all else

    if isinstance(source, ReamazeSession):
        conditions.setdefault("filter", "all")
        return source.conversations.list(**conditions)
    if not isinstance(source, Listing):
        message = (
            f"{type(source).__name__} can't be synced: give the session, for its conversations, or "
            "a listing, such as session.messages.list()."
        )
        raise InvalidParameter(message)
    if conditions:
        names = ", ".join(conditions)
        message = f"{names}: a listing has its own conditions; give them to its list()."
        raise InvalidParameter(message)
    return source


class _Sync:
    """One run of a sync."""

    _follower: Follower

    def __init__(
        self,
        listing: RawListing[Any],
        file: Path,
        progress: Progress | None,
        *,
        allow_incomplete: bool,
        has_feed: bool,
    ) -> None:
        self._listing = listing
        self._file = file
        self._progress = progress
        self._allow_incomplete = allow_incomplete
        self._has_feed = has_feed
        self._stats = SyncStats()

    async def run(self, reconcile: bool | None, reconcile_after: float) -> SyncSummary:
        """Do what is due, and return the summary."""
        began = time.monotonic()
        if self._progress:
            self._progress(self._stats)
        async with locked(self._file, self._listing.source.schema.name):
            working = working_file(self._file)
            try:
                if not working.exists():
                    await call_in_thread(create_database, working, self._file)
                items, unfinished = await self._keep(working, reconcile, reconcile_after)
                if working != self._file:
                    working = self._placed(working, unfinished)
            except BaseException:
                if working != self._file:
                    remove_if_empty(working)
                raise
        return self._summary(working, items, time.monotonic() - began)

    def _placed(self, working: Path, unfinished: Sequence[str]) -> Path:
        """Give a new database its name, once all in it is whole; return where it is."""
        if unfinished:
            _logger.warning(
                "%s: it waits as %s until %s has been synced to the end, too.",
                self._file.name,
                working.name,
                unfinished[0],
            )
            return working
        place_database(working, self._file)
        return self._file

    async def _keep(
        self, working: Path, reconcile: bool | None, reconcile_after: float
    ) -> tuple[int, list[str]]:
        """Make the database equal to the list.

        Returns:
            How many rows there are, and which resources in it wait to be read to their end.
        """
        from .database import SyncDatabase  # noqa: PLC0415 - SQLite is loaded when it is used
        from .tables import Tables  # noqa: PLC0415 - likewise

        listing, source = self._listing, self._listing.source
        identity = {k: v for k, v in listing.identity.items() if k != "drift"}
        rows = table_of(source.schema, source.key_of, home=listing.home)
        tables = Tables(rows, listing.news.dates if listing.news else "")
        with SyncDatabase(working, identity, tables, has_feed=self._has_feed) as database:
            self._follower = follower_of(
                database,
                listing,
                self._stats,
                self._progress,
                allow_incomplete=self._allow_incomplete,
            )
            await self._follower.run(reconcile, reconcile_after)
            return await call_in_thread(lambda: (database.count(), database.unfinished))

    def _summary(self, file: Path, items: int, elapsed: float) -> SyncSummary:
        stats = self._stats
        return SyncSummary(
            path=str(file),
            items=items,
            was_read_whole=self._follower.was_read_whole,
            incomplete=self._follower.incomplete,
            **{name: getattr(stats, name) for name in SUMMARIZED},
            total_count=stats.total_count or 0,
            elapsed=elapsed,
        )
