"""Taking pages into a database, and catching up with the newest end of a list."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from reamaze_async.errors import IncompleteListing
from reamaze_async.listings.raw import RawListing, RawPage
from reamaze_async.tasks import in_thread

from .stats import SyncStats

if TYPE_CHECKING:
    from .database import SyncDatabase

Progress = Callable[[SyncStats], object]

MARGIN = 300.0
"""Seconds by which a change may come to light after another one that is dated later."""

AHEAD = 86400.0
"""Seconds by which a clock, here or there, may be wrong."""

ROUNDS = 3
"""How often the newest end is looked at, while it goes on changing."""


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


class ChangeReader:
    """What takes pages into a database.

    Attributes:
        is_settled: whether all that the latest page 1 of changes told of is in the database, so
            that the counts may be compared.
    """

    def __init__(
        self,
        database: SyncDatabase,
        changed: RawListing[Any],
        stats: SyncStats,
        progress: Progress | None = None,
    ) -> None:
        self.is_settled: bool = False
        self._database = database
        self._changed = changed
        self._stats = stats
        self._progress = progress

    async def catch_up(self) -> None:
        """Take in what has changed since the last time."""
        self._stats.enter("changes")
        self.is_settled = False
        state = self._database.state
        for _ in range(ROUNDS):
            first = await self.page(self._changed, 1)
            newest = self.newest(first, state.since)
            self.is_settled = await self._take_changes(first)
            if not self.is_settled:
                await self._go_down()
            if state.since != newest:
                state.since = newest
                await in_thread(lambda _: self._database.save())
            if self.is_settled:
                return

    def newest(self, page: RawPage, default: float | None = None) -> float | None:
        """The latest change on a page of changes.

        What is dated ahead of its time doesn't count, if this machine's clock isn't the one that
        is wrong: all that changes until then would seem to be known.
        """
        marks = [item.mark for item in page.items]
        soon = time.time() + AHEAD
        return max([mark for mark in marks if mark < soon] or marks, default=default)

    async def _go_down(self) -> None:
        """Read changes until all below is known."""
        doubts: Sequence[int] = ()
        async with aclosing(self._changed.pages(counts=self._stats)) as pages:
            async for page in pages:
                self.note(page)
                doubts = page.cursor.doubts_of_this_pass
                if await self._take_changes(page):
                    break
        if doubts:
            reason = "the changes could not be read without a gap"
            raise IncompleteListing(doubts, reason=reason)

    async def _take_changes(self, page: RawPage) -> bool:
        """Take in a page of changes; tell whether all below it is known."""
        news, stored = await self.take(page)
        marks = {item.json: item.mark for item in page.items}
        changed = {
            json
            for slug, json in news.items()
            if slug not in stored or self._mark(stored[slug]) != marks[json]
        }
        return is_all_below_known(marks, changed, self._database.state.since)

    def _mark(self, stored: str) -> float:
        return self._changed.item(stored.encode()).mark

    # --- a page -----------------------------------------------------------------------------

    async def page(self, listing: RawListing[Any], number: int) -> RawPage:
        """A page as it is now."""
        page = await listing.page(number, self._stats)
        self.note(page)
        return page

    def note(self, page: RawPage) -> None:
        """Count a page that came."""
        self._stats.note(page)
        if self._progress:
            self._progress(self._stats)

    async def take(
        self, page: RawPage, *, is_reading: bool = False
    ) -> tuple[dict[str, bytes], dict[str, str]]:
        """Take in those that are new or have changed; return them, and what there was before."""
        items = {item.key: item.json for item in page.items}
        stored = await in_thread(lambda _: self._database.stored(items))
        news = {
            slug: item
            for slug, item in items.items()
            if stored.get(slug) != item.decode(errors="replace")
        }
        if news or is_reading:
            seen = items if is_reading else ()
            added = await in_thread(lambda _: self._database.upsert(news, seen))
            self._stats.added += added
            self._stats.changed += len(news) - added
        return news, stored
