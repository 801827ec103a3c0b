"""The reading of a whole list into a database, some pages at a time, resumed after any end."""

from __future__ import annotations

import logging
import time
from contextlib import aclosing, suppress
from math import inf
from typing import TYPE_CHECKING, Any

from reamaze_async.errors import ExportFailed, IncompleteListing
from reamaze_async.listings.raw import RawListing, RawPage
from reamaze_async.paging.cursor import Cursor
from reamaze_async.tasks import call_in_thread

from .stats import SyncStats
from .taking import PageTaker

if TYPE_CHECKING:
    from .database import SyncDatabase

_logger = logging.getLogger("reamaze_async")

PAGES = 10
"""Pages that are stored in one transaction at most."""

SECONDS = 1.0
"""Seconds from one such transaction to the next at most, as long as pages come."""


class ListReader:
    """Reads the whole list into the database.

    Args:
        database: where it is stored.
        listing: the list.
        reader: stores the items.
        stats: the numbers of the run.
        allow_incomplete: take a reading for whole though something may be missing.

    Attributes:
        readings: how often the list was read to its end.
        incomplete: what the latest reading may have missed, as a sentence; else None.
    """

    def __init__(
        self,
        database: SyncDatabase,
        listing: RawListing[Any],
        reader: PageTaker,
        stats: SyncStats,
        *,
        allow_incomplete: bool,
    ) -> None:
        self.readings: int = 0
        self.incomplete: str | None = None
        self._database = database
        self._listing = listing
        self._reader = reader
        self._stats = stats
        self._allow_incomplete = allow_incomplete
        self._waiting: list[RawPage] = []

    async def read(self) -> None:
        """Read the list, from where an earlier run has stopped.

        Raises:
            IncompleteListing: something may be missing, and that isn't allowed.
        """
        self.incomplete = None
        try:
            await self._read()
        except BaseException as error:
            with suppress(ExportFailed):
                await self._store()
                if isinstance(error, IncompleteListing):
                    await self._begin_pass(error)
            if not (isinstance(error, IncompleteListing) and self._allow_incomplete):
                raise
            self.incomplete = error.fact
            _logger.warning("%s: %s", self._database.path.name, error.fact)
        self._stats.removed += await call_in_thread(
            self._database.end_reading, time.time(), is_complete=self.incomplete is None
        )
        self.readings += 1

    async def _read(self) -> None:
        seen = await call_in_thread(self._database.seen)
        self._stats.enter("reading", earlier=len(seen))
        cursor = self._database.state.cursor
        pages = self._listing.pages(cursor=cursor, seen=iter(seen), counts=self._stats)
        del seen
        stored = -inf
        async with aclosing(pages):
            async for page in pages:
                self._reader.note(page)
                self._waiting.append(page)
                if len(self._waiting) >= PAGES or time.monotonic() - stored >= SECONDS:
                    await self._store()
                    stored = time.monotonic()
        await self._store()

    async def _store(self) -> None:
        """Store the pages that wait in one transaction, with the cursor from which to go on."""
        pages, self._waiting = self._waiting, []
        if pages:
            self._database.state.cursor = pages[-1].cursor
            items = [item for page in pages for item in page.items]
            await self._reader.take(items, is_reading=True)

    async def _begin_pass(self, error: IncompleteListing) -> None:
        """Let the next run read the list once more, for the sake of the doubtful pages."""
        state = self._database.state
        state.cursor = Cursor(pass_number=state.cursor.pass_number + 1, doubts=error.pages)
        await call_in_thread(self._database.save)
