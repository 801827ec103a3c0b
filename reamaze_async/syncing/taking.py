"""Taking: pages that came are stored in the database, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from reamaze_async.listings.raw import RawItem, RawListing, RawPage
from reamaze_async.listings.unreadable_items import UnreadableItems
from reamaze_async.tasks import call_in_thread

from .stats import SyncStats

if TYPE_CHECKING:
    from .database import SyncDatabase

Progress = Callable[[SyncStats], object]


class PageTaker:
    """Stores the items of pages in the database.

    Args:
        database: where they are stored.
        stats: the numbers of the run.
        progress: called with them after each page.

    Attributes:
        unreadable: the items of those pages that can't be stored.
    """

    def __init__(
        self, database: SyncDatabase, stats: SyncStats, progress: Progress | None = None
    ) -> None:
        self.unreadable: UnreadableItems = UnreadableItems()
        self._database = database
        self._stats = stats
        self._progress = progress

    async def page(self, listing: RawListing[Any], number: int) -> RawPage:
        """Read one page as it is now."""
        page = await listing.page(number, self._stats)
        self.note(page)
        return page

    def note(self, page: RawPage, *, is_part: bool = False) -> None:
        """Count a page that came, and tell of the progress.

        Args:
            page: what came.
            is_part: whether it is one of a part of the list, and counts only that.
        """
        self._stats.note(page, is_part=is_part)
        self.unreadable.add(page.number, page.unreadable)
        if self._progress:
            self._progress(self._stats)

    async def take(
        self, items: Iterable[RawItem], *, is_reading: bool = False
    ) -> tuple[dict[str, bytes], dict[str, str]]:
        """Store new and changed items; return them, and the JSON that was stored before.

        Args:
            items: of one page or several; of two with the same key the later one counts.
            is_reading: whether they were seen by a reading of the whole list.
        """
        by_key = {item.key: item.json for item in items}
        return await call_in_thread(self._store, by_key, is_reading=is_reading)

    def _store(
        self, items: Mapping[str, bytes], *, is_reading: bool
    ) -> tuple[dict[str, bytes], dict[str, str]]:
        stored = self._database.stored(items)
        news = {
            key: item
            for key, item in items.items()
            if stored.get(key) != item.decode(errors="replace")
        }
        if news or is_reading:
            self._database.upsert(news, stored.keys(), items if is_reading else ())
            added = len(news.keys() - stored.keys())
            self._stats.added += added
            self._stats.changed += len(news) - added
        return news, stored
