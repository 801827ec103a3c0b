"""One iteration of a list: pages through the requester, decided by a `Plan`, batch by batch.

Whoever iterates holds no task group and no cancel scope while the loop body runs (PEP 789): those
live in a driver task of their own. Between the two is a queue of whole pages, bounded by the
plan's window.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from anyio.abc import TaskGroup

from reamaze_async.errors import (
    DecodeError,
    IncompleteListing,
    NotFound,
    RequestTimeout,
    ServerError,
)
from reamaze_async.http.client import Client
from reamaze_async.http.requester import Counts, Reply
from reamaze_async.limits.limiter import IN_BULK
from reamaze_async.paging.cursor import Batch
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Plan
from reamaze_async.tasks import task_group, wait_for_end
from reamaze_async.wire.decode import Decode, PageBody
from reamaze_async.wire.request import ROOT
from reamaze_async.wire.unreadable import Unreadable

from .driver import Driver
from .reading import new_unreadable, page_read, past_the_end
from .source import ListSource
from .stats import ListingStats
from .unreadable_items import UnreadableItems

_logger = logging.getLogger("reamaze_async")

PAGE_ERRORS = (ServerError, DecodeError, RequestTimeout)
"""Errors that may concern one page alone: the others may still come."""


_Errand = tuple[int, bool]
"""A page, and whether it is one of the other order."""


class Fetching:
    """One iteration: the driver task, and the queue of batches that it fills.

    After `begin`, `next` gives batches, in the order to hand them out, until `end` or `drop`.
    """

    def __init__(
        self,
        client: Client,
        source: ListSource[Any],
        decode: Decode[PageBody[Any]],
        plan: Plan,
        stats: ListingStats,
        counts: Counts | None = None,
        ended: Callable[[], None] | None = None,
        unreadable: UnreadableItems | None = None,
    ) -> None:
        """Prepare an iteration.

        Args:
            client: what requests go through.
            source: the list.
            decode: reads its pages.
            plan: decides what to fetch and to hand out.
            stats: the numbers of this iteration.
            counts: where requests are counted. Default: in `stats`.
            ended: called at a good end, when the consumer has had everything.
            unreadable: items that an earlier iteration could not read. Default: none.
        """
        self._client = client
        self._source = source
        self._decode = decode
        self._plan = plan
        self._stats = stats
        self._counts = stats if counts is None else counts
        self._ended = ended
        self._repaired = 0
        self._requester = client.requester()
        self._ready: deque[Batch] = deque()
        self._errors: dict[int, Exception] = {}
        self._unreadable = unreadable or UnreadableItems()
        stats.unreadable = self._unreadable.count
        self._mend = partial(decode, splits=True)
        self._changed = asyncio.Event()
        self._driver = Driver(client, "reamaze_async listing", self._changed.set)
        self._done = asyncio.Event()
        self._group: TaskGroup | None = None
        self._under_way: set[_Errand] = set()
        self._idle: deque[asyncio.Future[_Errand]] = deque()

    def begin(self) -> None:
        """Start the driver, in the running event loop."""
        self._stats.begin()
        self._driver.start(self._drive())

    async def begin_here(self) -> None:
        """Read page 1 in the caller's task; the driver is started only if there is more to read.

        For many short lists, whose drivers would cost more than they do. Cancelled, it can be
        called again.
        """
        if not self._driver.is_started and not self._plan.done:
            errand = next(iter(self._under_way), None) or self._next_errand()
            assert errand is not None, "nothing is in flight yet"
            IN_BULK.set(True)
            await self._read(*errand)
            if not self._plan.done:
                self._driver.start(self._drive())

    def pause(self) -> None:
        """Stop all work until `next` is called again."""
        self._driver.pause()

    async def end(self) -> None:
        """Stop all work, and wait for its end; ending again does nothing."""
        if not self._driver.is_at_home:
            self.drop()
            return
        await wait_for_end(self.cancel())

    def cancel(self) -> list[asyncio.Task[None]]:
        """Stop all work; it has stopped when the tasks that are returned have ended."""
        self._stats.end()
        return self._driver.cancel()

    def drop(self) -> None:
        """Stop all work soon; may be called from anywhere."""
        self._stats.end()
        self._driver.drop()

    @property
    def is_next_there(self) -> bool:
        """Whether there is a batch that wasn't taken."""
        return bool(self._ready)

    async def next(self) -> Batch | None:
        """The next batch, as soon as there is one; None at the end.

        Raises:
            ReamazeError: a page could not be fetched, or the session was closed.
            IncompleteListing: items may be missing.
        """
        self._driver.check_loop()
        if self._driver.is_paused and not self._plan.done:
            await self._driver.wait_for_pause()
            self._driver.start(self._drive())
        if not self._ready and self._plan.asked():
            self._fill()
        while not self._ready:
            if self._plan.done or not self._driver.is_running:
                self._check_end()
                if self._ended is not None:
                    self._ended()
                return None
            self._changed.clear()
            await self._changed.wait()
        batch = self._ready.popleft()
        self._plan.taken()
        self._fill()
        self._stats.pages += 1
        self._stats.items += len(batch.positions)
        if batch.read.unreadable:
            self._stats.items -= self._note_unreadable(batch)
        return batch

    def _note_unreadable(self, batch: Batch) -> int:
        """Note what can't be read, and tell how many items that are."""
        unreadable = told = new_unreadable(batch)
        if batch.read.is_by_other_order and self._unreadable.count:
            # What says nothing of itself can't be told from what the list's own order has shown.
            told = [one for one in unreadable if one.json is not None]
        self._unreadable.add(batch.read.number, told)
        self._stats.unreadable = self._unreadable.count
        return len(unreadable)

    def _check_end(self) -> None:
        """Raise the error of a page, or say what may be missing; do nothing at a good end."""
        if self._plan.stopped_before is not None:
            raise self._errors[self._plan.stopped_before]
        if not self._plan.done:
            self._driver.explain()
        plan, path = self._plan, ROOT + self._source.path
        doubts = sorted({*plan.doubts, *self._unreadable.pages})
        self._tell_of_ties()
        if not doubts:
            return
        last = self._errors[plan.left_out[-1]] if plan.left_out else None
        raise IncompleteListing(doubts, path=path, **self._reasons(last)) from last

    async def idle(self) -> None:
        """Wait until no page is under way: those to come wait for the consumer."""
        while self._under_way and self._driver.is_running:
            self._changed.clear()
            await self._changed.wait()

    @property
    def unreadable(self) -> UnreadableItems:
        """What can't be read, or has no key, as far as it was taken."""
        return self._unreadable

    @property
    def missing(self) -> int:
        """How many items fewer came than are counted, if that is all that is wrong."""
        plan = self._plan
        is_more = plan.stopped_before is not None or plan.left_out or self._unreadable.count
        if is_more or not plan.completeness.is_miscounted:
            return 0
        return max(0, self._counted - self._stats.items)

    @property
    def _counted(self) -> int:
        """How many items the server counts, or one of its copies does."""
        return max(self._plan.total_count or 0, self._plan.completeness.regained)

    def _reasons(self, last: Exception | None) -> dict[str, Any]:
        """Why items may be missing, and what to do about it."""
        plan, reasons, remedy = self._plan, [], {}
        if last is not None:
            reasons.append(f"a page kept failing ({str(last).partition('. ')[0]})")
        elif plan.completeness.is_miscounted:
            reasons.append(self._shortage())
            remedy["remedy"] = "list-otherwise"
        elif plan.doubts:
            reasons.append(IncompleteListing.MOVED)
        if self._unreadable.count:
            reasons.append(str(self._unreadable))
        if not plan.doubts:
            remedy["remedy"] = "look-at-item"
        return {"reason": ", and since ".join(reasons), **remedy}

    def _shortage(self) -> str:
        """What is known of items that are counted and don't come."""
        recount = self._plan.completeness.recount
        told = f"the server counts {self._counted} items"
        if self._plan.completeness.regained:
            return f"{told}, but fewer in other answers, as where copies of a list are out of step"
        if recount is None or not recount.has_repeats:
            return f"{told}, but fewer came"
        tried = recount.found.get("other order") is not None
        also = f", also by {self._source.other_order}" if tried else ""
        return (
            f"{told}, but fewer came{also}: these pages repeat items, as where several have the "
            "same sort key and stand in another order in each answer"
        )

    def _tell_of_ties(self) -> None:
        """Say which order had to be read as well, if that found what was missing."""
        recount = self._plan.completeness.recount
        if recount is not None and (number := recount.found.get("other order", 0)):
            _logger.warning(
                "%s: %d of %s items stand in no fixed order, and were found by %s only.",
                self._source.path,
                number,
                self._plan.total_count,
                self._source.other_order,
            )

    async def _drive(self) -> None:
        try:
            async with task_group() as self._group:
                self._idle.clear()
                for errand in self._under_way:  # after a pause
                    self._group.start_soon(self._work, errand)
                self._fill()
                await self._done.wait()
                self._group.cancel_scope.cancel()
        finally:
            self._group = None

    def _fill(self) -> None:
        """Give each page that the plan allows to be fetched now to a worker."""
        while self._group is not None and len(self._under_way) < self._client.concurrency:
            if (errand := self._next_errand()) is None:
                return
            if not self._idle:
                self._group.start_soon(self._work, errand)
            elif not (turn := self._idle.popleft()).done():
                turn.set_result(errand)
            # Else that worker is cancelled, and so are all; the page is still under way.

    def _next_errand(self) -> _Errand | None:
        number = self._plan.next_page()
        if number is None:
            return None
        errand = number, self._plan.is_by_other_order
        self._under_way.add(errand)
        return errand

    async def _work(self, errand: _Errand) -> None:
        """Fetch pages, one after another, until the driver ends."""
        IN_BULK.set(True)  # in this worker's own task
        while True:
            await self._read(*errand)
            following = self._next_errand()
            if following is None:
                self._idle.append(turn := self._driver.loop.create_future())
                following = await turn
            else:
                self._fill()
            errand = following

    async def _read(self, number: int, other: bool) -> None:
        read: PageRead | None = None
        try:
            read = self._page(number, await self._ask(number, other), other)
        except NotFound as error:
            read = await self._end_before(number, error, other)
        except Exception as error:  # noqa: BLE001 - the consumer gets it, as itself
            self._errors[number] = error
        self._under_way.discard((number, other))
        if read is not None:
            self._ready += self._plan.arrived(read)
        else:
            is_its_own = isinstance(self._errors[number], PAGE_ERRORS)
            self._plan.failed(number, is_its_own=is_its_own, by_other=other)
        self._report()

    async def _end_before(self, number: int, error: Exception, other: bool) -> PageRead | None:
        """Where no page is found, the list may have shrunk meanwhile; page 1 tells."""
        try:
            if number > 1 and (reply := await self._ask(1, other)).result.pages < number:
                return past_the_end(number, reply, is_by_other_order=other)
        except Exception as another:  # noqa: BLE001 - likewise
            error = another
        self._errors[number] = error
        return None

    def _page(self, number: int, reply: Reply[PageBody[Any]], other: bool) -> PageRead:
        if self._check(reply.result) and other:
            facts = self._source.request(number, by_other_order=True).facts
            reason = f"with {self._source.other_order} the filter isn't heeded"
            raise DecodeError(**facts, reason=reason, place="$")
        return page_read(self._source, number, reply, other)

    def _ask(self, number: int, other: bool) -> Awaitable[Reply[PageBody[Any]]]:
        request = self._source.request(number, other)
        return self._requester.run(request, self._decode, self._counts, self._mend)

    def _check(self, body: PageBody[Any]) -> int:
        """Warn of a server that ignores the filter (seen by one user); return how often it does."""
        if self._source.contradictions is None:
            return 0
        outlines = body.outlines
        if body.unreadable:
            outlines = [one for one in outlines if not isinstance(one, Unreadable)]
        found = self._source.contradictions(outlines)
        if found and not self._stats.contradictions:
            _logger.warning(
                "%s: the answer holds items that the filter should have left out; "
                "nothing is dropped, check `status` yourself.",
                self._source.path,
            )
        self._stats.contradictions += found
        return found

    def _report(self) -> None:
        plan, stats = self._plan, self._stats
        stats.duplicates = plan.duplicates
        if (repaired := plan.prefetch.repaired) != self._repaired:
            self._counts.repaired += repaired - self._repaired
            self._repaired = repaired
        stats.page_count, stats.total_count = plan.page_count, plan.total_count
        if plan.done:
            self._done.set()
        self._changed.set()
