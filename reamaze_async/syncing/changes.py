"""Changes: pages are taken into a database, from the newest end of a list downwards."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from reamaze_async.errors import IncompleteListing
from reamaze_async.listings.changes import RawChanges
from reamaze_async.listings.raw import RawPage
from reamaze_async.paging.newest import FIRST, MARGIN, is_in_order, newest
from reamaze_async.tasks import call_in_thread

from .stats import SyncStats
from .taking import PageTaker, Progress

if TYPE_CHECKING:
    from .database import SyncDatabase

_logger = logging.getLogger("reamaze_async")

ROUNDS = 3
"""How often the changes are read at most, until the first page alone shows all that is new."""


def is_all_below_known(
    marks: Mapping[bytes, float], changed: Set[bytes], since: float | None
) -> bool:
    """Whether nothing below a page of changes can be new.

    Args:
        marks: the items and when they changed.
        changed: those that the database holds with another date, or not at all.
        since: all changes up to this one had been taken in; None if there was none.
    """
    if not marks:
        return True
    if since is None:
        return False
    if not changed and min(marks.values()) <= since:
        return True
    old = {item for item, mark in marks.items() if mark < since - MARGIN}
    return bool(old) and not old & changed


class ChangeReader(PageTaker):
    """Reads pages of a list, and stores their items in the database.

    Attributes:
        is_settled: whether the database holds all changes that the latest read of page 1 told of,
            so that the counts may be compared.
        is_ordered: whether the server lists changes in their order, by all that was seen. A server
            that ignores `sort` shows nothing of what has changed below the pages that were read.
        incomplete: what may be missing, as a sentence, where that is allowed; else None.
    """

    _changed: RawChanges[Any]

    def __init__(
        self,
        database: SyncDatabase,
        news: Callable[[], Awaitable[RawChanges[Any]]],
        stats: SyncStats,
        progress: Progress | None = None,
        *,
        is_counted: bool = True,
        allow_incomplete: bool = False,
    ) -> None:
        """Read news into a database.

        Args:
            database: where they are stored.
            news: gives the list of what may be new now.
            stats: the numbers of the run.
            progress: called with them after each page.
            is_counted: whether its counts are those of the whole list, and can be trusted.
            allow_incomplete: end well although something may be missing.
        """
        super().__init__(database, stats, progress)
        self.is_settled: bool = False
        self.is_ordered: bool = True
        self.incomplete: str | None = None
        self._news = news
        self._is_counted = is_counted
        self._allow_incomplete = allow_incomplete
        self._seen: set[str] = set()
        self._lowest: Sequence[str] = ()

    async def catch_up(self) -> None:
        """Read what has changed since the last sync into the database.

        Raises:
            IncompleteListing: something may be missing, and that isn't allowed.
        """
        self._stats.enter("changes")
        self._changed = await self._news()
        self.is_settled = False
        self._seen.clear()
        try:
            await self._settle()
        except IncompleteListing as error:
            if not self._allow_incomplete:
                raise
            self.incomplete = error.fact
            _logger.warning("%s: %s", self._database.path.name, error.fact)

    async def _settle(self) -> None:
        """Read changes until one page alone shows all that is new, or they come too fast."""
        for _ in range(ROUNDS):
            self.is_settled = await self._read_changes()
            if self.is_settled:
                self.is_ordered = self.is_settled = await self._is_order_credible()
            if self.is_settled or not self.is_ordered:
                return

    async def _read_changes(self) -> bool:
        """Read changes down to the first page below which nothing can be new.

        Returns:
            Whether page 1 was that one, which then tells the count of what the database holds.

        Raises:
            IncompleteListing: something may be missing.
        """
        state = self._database.state
        latest, is_first = state.since, True
        doubts: Sequence[int] = ()
        async with aclosing(self._changed.pages(counts=self._stats)) as pages:
            async for page in pages:
                self.note(page, is_part=not self._is_counted)
                doubts = page.cursor.doubts_of_this_pass
                latest = self.newest(page, latest) if is_first else latest
                is_known = await self._take_changes(page)
                if is_known or not self.is_ordered:
                    break
                is_first = False
        if not self.is_ordered:
            return False
        if doubts:
            reason = "the changes could not be read without a gap"
            raise IncompleteListing(doubts, reason=reason)
        if state.since != latest:
            state.since = latest
            await call_in_thread(self._database.save)
        return is_first

    async def first_page(self) -> RawPage:
        """Page 1 of what may be new, as it is now."""
        self._changed = await self._news()
        page = await self._changed.page(1, self._stats)
        self.note(page, is_part=not self._is_counted)
        return page

    def newest(self, page: RawPage, default: float | None = None) -> float | None:
        """The latest change on page 1, up to which the database holds all once it has caught up."""
        latest = newest((item.mark for item in page.items), time.time())
        return default if latest is None else latest

    async def _is_order_credible(self) -> bool:
        """Whether what stands in the database could stand below the pages that were read.

        Rows that changed later than the lowest page of changes, and stand on none of the pages,
        have left the list. If they are more than the rows that the server doesn't count, the pages
        aren't those of the latest changes.
        """
        if not (self._lowest and self._is_counted):
            return True
        missing = await call_in_thread(self._database.newer, self._lowest) - self._seen
        excess = await call_in_thread(self._database.count) - (self._stats.total_count or 0)
        excess -= self._database.state.excess
        return len(missing) <= max(0, excess)

    async def _take_changes(self, page: RawPage) -> bool:
        """Store a page of changes; tell whether nothing below it can be new."""
        self.is_ordered = self.is_ordered and is_in_order(item.mark for item in page.items)
        news, stored = await self.take(page.items)
        self._seen.update(item.key for item in page.items)
        self._lowest = [item.key for item in page.items] or self._lowest
        marks = {item.json: item.mark for item in page.items}
        changed = {
            json
            for slug, json in news.items()
            if slug not in stored or self._mark_of(stored[slug]) != marks[json]
        }
        if not page.items:
            return page.total_count == 0
        dates = {json: mark for json, mark in marks.items() if mark >= FIRST}
        return is_all_below_known(dates, changed, self._database.state.since)

    def _mark_of(self, stored: str) -> float | None:
        """The date of a change by the JSON in the database; None if a user has changed that."""
        try:
            return self._changed.item(stored.encode()).mark
        except msgspec.DecodeError:
            return None
