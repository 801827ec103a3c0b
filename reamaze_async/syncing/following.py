"""Following: how a database is made equal to its list, by what the list can be asked for.

* `ByNews`: news come first, by the date of change or of creation. They are read from page 1 down
  to where all is known. What has left the list can't be found so: where the server counts other
  than the database does, it is looked for, and now and then the whole list is read again anyway.
  Where the pages show that the server doesn't list by that date, nothing but the whole list tells
  what has changed: it is read at each run. Each run reports a difference that nothing explains.
* `ByUpdate`: the server leaves out what was last changed before some time, in no order of change.
* `Wholly`: the list can't be asked for what is new, and is read whole at each run.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reamaze_async.errors import IncompleteListing
from reamaze_async.listings.changes import RawChanges, raw_news
from reamaze_async.listings.fetching import PAGE_ERRORS
from reamaze_async.listings.raw import RawListing
from reamaze_async.paging.newest import MARGIN
from reamaze_async.tasks import call_in_thread
from reamaze_async.wire.decode import PAGE_SIZE
from reamaze_async.wire.request import ROOT

from .changes import ChangeReader
from .departures import DepartureSearch
from .reading import ListReader
from .stats import SyncStats
from .taking import PageTaker, Progress

if TYPE_CHECKING:
    from .database import SyncDatabase

_logger = logging.getLogger("reamaze_async")

ATTEMPTS = 4
"""How often at most departures are searched for, while each search finds some."""

AGAIN = PAGE_SIZE // 2
"""How many known items are asked for again: half a page, so that some news fit on the same page."""

READINGS = 2
"""How often the whole list is read in one run at most."""


class Follower(ABC):
    """One run over one list.

    Args:
        database: what is made equal to the list.
        listing: the list.
        stats: the numbers of the run.
        progress: called with them after each page.
        allow_incomplete: end well although something may be missing.

    Attributes:
        incomplete: what may be missing, as a sentence, where that is allowed; else None.
    """

    def __init__(
        self,
        database: SyncDatabase,
        listing: RawListing[Any],
        stats: SyncStats,
        progress: Progress | None,
        *,
        allow_incomplete: bool,
    ) -> None:
        self.incomplete: str | None = None
        self._database = database
        self._listing = listing
        self._stats = stats
        self._progress = progress
        self._allow_incomplete = allow_incomplete
        self._taker = self._new_taker()
        self._list_reader = ListReader(
            database, listing, self._taker, stats, allow_incomplete=allow_incomplete
        )

    def _new_taker(self) -> PageTaker:
        return PageTaker(self._database, self._stats, self._progress)

    @property
    def was_read_whole(self) -> bool:
        """Whether the whole list was read, to its end, in this run."""
        return self._list_reader.readings > 0

    async def run(self, reconcile: bool | None, reconcile_after: float) -> None:
        """Do what is due, and tell of what could not be read; see `follow`."""
        await self.follow(reconcile, reconcile_after)
        unreadable = self._taker.unreadable
        if unreadable.count and not self.incomplete:
            pages, path = sorted(set(unreadable.pages)), ROOT + self._listing.source.path
            reason = str(unreadable)
            self._fail(IncompleteListing(pages, path=path, reason=reason, remedy="look-at-item"))

    @abstractmethod
    async def follow(self, reconcile: bool | None, reconcile_after: float) -> None:
        """Do what is due.

        Args:
            reconcile: whether to read the whole list; None: if it is due.
            reconcile_after: seconds from one such reading to the next.

        Raises:
            ReamazeError: a page could not be fetched; what came before is kept.
            IncompleteListing: something may be missing, and that isn't allowed.
        """

    def _is_due(self, reconcile: bool | None, reconcile_after: float) -> bool:
        """Whether to read the whole list now."""
        read_at = self._database.state.read_at
        if reconcile is not None:
            return reconcile or not read_at
        # A clock that was set back makes it due as well.
        return not read_at or not 0 <= time.time() - read_at < reconcile_after

    async def _read_whole(self, newest: float | None) -> None:
        """Read the whole list from its beginning; `newest` is the date of what is newest now."""
        await call_in_thread(self._database.begin_reading, newest)
        await self._go_on_reading()

    async def _go_on_reading(self) -> None:
        await self._list_reader.read()
        self._miss(self._list_reader.incomplete)

    def _miss(self, fact: str | None) -> None:
        """Keep the first of what may be missing."""
        self.incomplete = self.incomplete or fact

    def _fail(self, error: IncompleteListing) -> None:
        """Raise what may be missing, or keep it and warn of it if that is allowed."""
        if not self._allow_incomplete:
            raise error
        self._miss(error.fact)
        _logger.warning("%s: %s", self._database.path.name, error.fact)


class Wholly(Follower):
    """Reads the list whole at each run."""

    async def follow(self, reconcile: bool | None, reconcile_after: float) -> None:  # noqa: ARG002 - always
        """Read it; what an earlier run has left unfinished first, which may be long ago."""
        if self._database.state.stage == "reading":
            await self._go_on_reading()
        await self._read_whole(None)


class ByUpdate(Follower):
    """Asks for what has changed since the last run but one, and for some known items again.

    A run may miss a change that is older than the newest one it has read, but none that is older
    than what was known before it: so the next run asks from there. The newest few are asked for
    again in any case, since some may be dated ahead of their time and would hide later changes.
    """

    async def follow(self, reconcile: bool | None, reconcile_after: float) -> None:
        """Read the whole list if that is due, and then what is new."""
        if self._database.state.stage == "reading":
            await self._go_on_reading()
        elif self._is_due(reconcile, reconcile_after):
            if not self._database.state.read_at:
                first = await self._taker.page(self._listing, 1)
                await self._taker.take(first.items)
            await self._read_whole(await self._known())
        await self._catch_up()

    async def _known(self) -> float | None:
        """The date from which on to ask the next time, by what is known now; None: from ever."""
        return await call_in_thread(self._database.newest, AGAIN - 1)

    async def _catch_up(self) -> None:
        self._stats.enter("changes")
        state, known = self._database.state, await self._known()
        try:
            await self._take_news()
        except IncompleteListing as error:
            self._fail(error)
            return
        if known is not None and known != state.since:
            state.since = known
            await call_in_thread(self._database.save)

    async def _take_news(self) -> None:
        assert self._listing.news
        since = self._database.state.since
        source = self._listing.news.source(None if since is None else _moment(since))
        async with aclosing(self._listing.of(source).pages(counts=self._stats)) as pages:
            async for page in pages:
                self._taker.note(page, is_part=since is not None)
                await self._taker.take(page.items)


def _moment(date: float) -> datetime:
    """The time from which on to ask, so that what shows up late isn't missed."""
    return datetime.fromtimestamp(date - MARGIN, UTC)


class ByNews(Follower):
    """Reads news from the newest on, down to where all is known."""

    _taker: ChangeReader

    def _new_taker(self) -> ChangeReader:
        return ChangeReader(
            self._database,
            self._news,
            self._stats,
            self._progress,
            is_counted=self._is_counted,
            allow_incomplete=self._allow_incomplete,
        )

    @property
    def _is_counted(self) -> bool:
        """Whether the counts of the news tell how many rows there should be."""
        news = self._listing.news
        return not (self._listing.source.short_counts or (news and news.is_narrowed))

    async def _news(self) -> RawChanges[Any]:
        """What may be new; where the server leaves out the rest, with a page of what is known."""
        news, since = self._listing.news, self._database.state.since
        if not (news and news.is_narrowed) or since is None:
            return raw_news(self._listing)
        known = await call_in_thread(self._database.newest, PAGE_SIZE - 1)
        return raw_news(self._listing, None if known is None else _moment(min(since, known)))

    async def follow(self, reconcile: bool | None, reconcile_after: float) -> None:
        """Read news, the whole list if that is due, and look for what has left."""
        state = self._database.state
        is_due = self._is_due(reconcile, reconcile_after)
        if state.read_at:
            # News doesn't wait for a reading, which may be long.
            await self._catch_up()
        if state.stage == "reading":
            await self._go_on_reading()
        elif is_due or (reconcile is None and self._is_blind):
            await self._read_anew()
        if self.was_read_whole:
            await self._catch_up()
        if reconcile is not False and self._is_counted:
            await self._reconcile()
        await self._tell()

    async def _catch_up(self) -> None:
        await self._taker.catch_up()
        self._miss(self._taker.incomplete)

    async def _read_anew(self) -> None:
        """Read the whole list from its beginning."""
        first = await self._taker.first_page()
        await self._read_whole(self._taker.newest(first))

    @property
    def _is_blind(self) -> bool:
        """Whether changes can't be found by asking for them."""
        return not self._taker.is_ordered

    async def _tell(self) -> None:
        """Say what this run can't explain, or could not do."""
        stats = self._stats
        if self._taker.is_settled and self._is_counted:
            count = await call_in_thread(self._database.count)
            stats.unexplained = count - (stats.total_count or 0)
        if stats.unexplained < 0 and not self.incomplete:
            _logger.warning(
                "%s: the server counts %d more than its pages hold: they may be missing here.",
                self._database.path.name,
                -stats.unexplained,
            )
        if self._is_blind:
            stats.unordered = True
            how = (
                "the whole list is read at each run"
                if self.was_read_whole
                else "changes may be missing"
            )
            _logger.warning(
                "%s: the server doesn't list by date of change: %s.", self._database.path.name, how
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
            await self._catch_up()
            if self._found == found:
                if self.was_read_whole:
                    await self._accept_difference(excess)
                    return
                is_worth_looking = False

    @property
    def _found(self) -> int:
        return self._stats.added + self._stats.removed

    async def _excess(self) -> int:
        """How many more rows there are than the server counts; 0 if that difference is accepted."""
        if not self._taker.is_settled:
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
            page = await self._taker.page(self._listing, number)
        except PAGE_ERRORS:
            return False
        await self._taker.take(page.items)
        sample = await call_in_thread(self._database.sample, page) if page.items else None
        if sample is not None:
            self._stats.removed += await call_in_thread(self._database.compare, search, sample)
        return sample is not None


def follower_of(
    database: SyncDatabase,
    listing: RawListing[Any],
    stats: SyncStats,
    progress: Progress | None,
    *,
    allow_incomplete: bool,
) -> Follower:
    """What follows a list, by what it can be asked for.

    Args:
        database: what is made equal to the list.
        listing: the list.
        stats: the numbers of the run.
        progress: called with them after each page.
        allow_incomplete: end well although something may be missing.
    """
    news = listing.news
    kind = Wholly if news is None else ByNews if news.is_sorted else ByUpdate
    if news is not None and news.is_sorted and news.dates == "created_at":
        # In this order the whole list moves least.
        listing = _in_order(listing)
    return kind(database, listing, stats, progress, allow_incomplete=allow_incomplete)


def _in_order(listing: RawListing[Any]) -> RawListing[Any]:
    assert listing.news
    source = replace(listing.news.source(None), mark=None)
    found = listing.of(source)
    found.news = listing.news
    return found
