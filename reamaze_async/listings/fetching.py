"""One iteration of a list: pages through the requester, decided by a `Plan`, batch by batch.

Whoever iterates holds no task group and no cancel scope while the loop body runs (PEP 789): those
live in a driver task of their own. Between the two is a queue of whole pages, bounded by the
plan's window.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import anyio
from anyio.abc import TaskGroup

from reamaze_async.errors import (
    DecodeError,
    IncompleteListing,
    RequestTimeout,
    ServerError,
    SessionUnusable,
)
from reamaze_async.http.client import Client
from reamaze_async.http.requester import Counts
from reamaze_async.paging.cursor import Batch
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Plan
from reamaze_async.tasks import wait_for_end
from reamaze_async.wire.decode import Decode, PageBody
from reamaze_async.wire.request import ROOT

from .source import ListSource
from .stats import ListingStats

_logger = logging.getLogger("reamaze_async")

PAGE_ERRORS = (ServerError, DecodeError, RequestTimeout)
"""Errors that may concern one page alone: the others may still come."""


class Fetching:
    """One iteration: the driver task, and the queue of batches that it fills.

    Used with `async with`; then `next` gives batches, in the order to hand them out.
    """

    _driver: asyncio.Task[None]
    _loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        client: Client,
        source: ListSource[Any],
        decode: Decode[PageBody[Any]],
        plan: Plan,
        stats: ListingStats,
        counts: Counts | None = None,
    ) -> None:
        self._client = client
        self._source = source
        self._decode = decode
        self._plan = plan
        self._stats = stats
        self._counts = stats if counts is None else counts
        self._repaired = 0
        self._requester = client.requester()
        self._ready: deque[Batch] = deque()
        self._errors: dict[int, Exception] = {}
        self._changed = asyncio.Event()
        self._done = asyncio.Event()
        self._group: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._stats.begin()
        self._driver = self._loop.create_task(self._drive(), name="reamaze_async listing")
        self._client.adopt(self._driver)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stats.end()
        if not self._is_at_home:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._driver.cancel)
            return
        self._driver.cancel()
        await wait_for_end([self._driver])

    @property
    def _is_at_home(self) -> bool:
        return asyncio.get_running_loop() is self._loop

    async def next(self) -> Batch | None:
        """The next batch, as soon as there is one; None at the end.

        Raises:
            ReamazeError: a page could not be had, or the session was closed.
            IncompleteListing: items may be missing.
        """
        if not self._is_at_home:
            message = "This iteration belongs to another event loop: begin one in each loop."
            raise SessionUnusable(message)
        while not self._ready:
            if self._plan.done or self._driver.done():
                self._check_end()
                return None
            self._changed.clear()
            await self._changed.wait()
        batch = self._ready.popleft()
        self._plan.taken()
        self._fill()
        self._stats.pages += 1
        self._stats.items += len(batch.positions)
        return batch

    def _check_end(self) -> None:
        """Raise the error of a page, or say what may be missing; do nothing at a good end."""
        if self._plan.stopped_before is not None:
            raise self._errors[self._plan.stopped_before]
        if not self._plan.done:
            self._explain()
        plan, path = self._plan, ROOT + self._source.path
        doubts = sorted(set(plan.doubts))
        if doubts and plan.left_out:
            last = self._errors[plan.left_out[-1]]
            reason = f"a page kept failing ({str(last).partition('. ')[0]})"
            raise IncompleteListing(doubts, path=path, reason=reason) from last
        if doubts and plan.is_miscounted:
            reason = f"the server counts {plan.total_count} items, but fewer came"
            raise IncompleteListing(doubts, path=path, reason=reason)
        if doubts:
            raise IncompleteListing(doubts, path=path)

    def _explain(self) -> None:
        """Raise the reason why the driver stopped too early."""
        if not self._driver.cancelled() and (error := self._driver.exception()):
            raise error
        self._client.requester()
        message = "A task of this listing was cancelled from outside: iterate again."
        raise SessionUnusable(message)

    async def _drive(self) -> None:
        try:
            async with anyio.create_task_group() as self._group:
                self._fill()
                await self._done.wait()
                self._group.cancel_scope.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            self._group = None
            self._changed.set()

    def _fill(self) -> None:
        """Start a worker for each page that the plan allows to be fetched now."""
        while self._group is not None and (number := self._plan.next_page()) is not None:
            self._group.start_soon(self._work, number)

    async def _work(self, number: int | None) -> None:
        while number is not None:
            await self._read(number)
            self._report()
            number = self._plan.next_page()
            self._fill()

    async def _read(self, number: int) -> None:
        try:
            read = await self._fetch(number)
        except Exception as error:  # noqa: BLE001 - the consumer gets it, as itself
            self._errors[number] = error
            self._plan.failed(number, is_its_own=isinstance(error, PAGE_ERRORS))
        else:
            self._ready += self._plan.arrived(read)

    async def _fetch(self, number: int) -> PageRead:
        request = self._source.request(number)
        reply = await self._requester.run(request, self._decode, self._counts)
        body: PageBody[Any] = reply.result
        self._check(body.outlines)
        mark = self._source.mark
        return PageRead(
            number=number,
            keys=list(map(self._source.key, body.outlines)),
            size=max(1, body.size),
            pages=body.pages,
            total=body.total,
            began=reply.began,
            ended=reply.ended,
            items=body.items,
            marks=list(map(mark, body.outlines)) if mark else (),
        )

    def _check(self, outlines: Sequence[Any]) -> None:
        """Warn of a server that ignores the filter (seen by one user); drop nothing."""
        contradicts = self._source.contradicts
        found = sum(map(contradicts, outlines)) if contradicts else 0
        if found and not self._stats.contradictions:
            _logger.warning(
                "%s: the answer holds items that the filter should have left out; "
                "nothing is dropped, check `status` yourself.",
                self._source.path,
            )
        self._stats.contradictions += found

    def _report(self) -> None:
        plan, stats = self._plan, self._stats
        stats.duplicates = plan.duplicates
        self._counts.repaired += plan.repaired - self._repaired
        self._repaired = plan.repaired
        stats.page_count, stats.total_count = plan.page_count, plan.total_count
        if plan.done:
            self._done.set()
        self._changed.set()
