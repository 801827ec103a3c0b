"""A listing: pages through the exchange, decided by a `Plan`, handed to whoever iterates.

The generator that the consumer steps holds no task group and no cancel scope across a `yield`
(PEP 789): those live in a driver task of their own, which the generator's `finally` cancels and
awaits. Between the two is a queue of whole pages, bounded by the plan's window.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

import anyio
import msgspec
from anyio.abc import TaskGroup

from . import wire
from .decode import Content, Decode
from .errors import IncompleteListing, SessionUnusable
from .exchange import Exchange
from .paging import Batch, Drift, Place, Plan, Read

logger = logging.getLogger("reamaze_async")

Item = TypeVar("Item")
Other = TypeVar("Other")


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """Some of a listing's items, as one answer brought them.

    Attributes:
        number: the page asked for, from 1.
        page_size: items on a full page.
        page_count: how many pages the list had at that moment.
        total_count: how many items it had.
        items: while iterating, those not handed out before.
    """

    number: int
    page_size: int
    page_count: int
    total_count: int
    items: Sequence[Item]


@dataclass(slots=True)
class ListingStats:
    """What an iteration did so far; live while it runs.

    Attributes:
        pages: pages handed out.
        items: items handed out.
        duplicates: items that came again, because pages had shifted.
        requests: requests sent.
        retries: tries after a failure, 429s not counted.
        throttled: answers 429.
        repaired: pages fetched again because of drift.
        contradictions: items that the filter asked for should have left out.
        total_count: the list's size by the latest answer; None before the first.
        page_count: its pages, likewise.
    """

    pages: int = 0
    items: int = 0
    duplicates: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    repaired: int = 0
    contradictions: int = 0
    total_count: int | None = None
    page_count: int | None = None
    _began: float | None = field(default=None, repr=False)
    _ended: float | None = field(default=None, repr=False)
    _clock: Callable[[], float] = field(default=lambda: 0.0, repr=False)

    @property
    def elapsed(self) -> float:
        """Seconds since the iteration began, or that it took."""
        if self._began is None:
            return 0.0
        return (self._clock() if self._ended is None else self._ended) - self._began

    def begin(self, clock: Callable[[], float]) -> None:
        """Start the clock."""
        self._clock = clock
        self._began = clock()

    def end(self) -> None:
        """Stop the clock."""
        self._ended = self._clock()


class Host(Protocol):
    """What a listing needs of its session."""

    @property
    def origin(self) -> str:
        """Where the requests go."""
        ...

    def exchange(self) -> Exchange:
        """The exchange of the running loop; raises `SessionUnusable`."""
        ...

    def adopt(self, driver: asyncio.Task[None]) -> None:
        """Cancel this task when the session closes."""
        ...


@dataclass(frozen=True, slots=True)
class Listed(Generic[Item]):
    """How one kind of list is asked for and understood.

    Attributes:
        path: below `/api/v1`.
        query: encoded parameters, without the page.
        typed: reads a page into Structs.
        raw: reads a page into each item's bytes.
        outline: what paging needs of an item's own bytes.
        key: an item's key, from its outline.
        mark: its sort key where the order itself moves; None where it doesn't.
        contradicts: whether an item shouldn't be there, from its outline.
        short_counts: whether the server's counts may leave one out.
    """

    path: str
    query: str
    typed: Decode[Content[Item]]
    raw: Decode[Content[bytes]]
    outline: Callable[[bytes], Any]
    key: Callable[[Any], str]
    mark: Callable[[Any], Any] | None = None
    contradicts: Callable[[Any], bool] | None = None
    short_counts: bool = False


class Listing(Generic[Item]):
    """All items of a list, page by page in the background, one by one in the loop.

    Iterating sends the requests; making a listing sends none. A listing can be iterated again and
    starts over. Leaving the loop early stops all work soon after; `async with listing as items`
    stops it before the block is left.

    Attributes:
        place: where the latest iteration of `raw_pages` stands, by what it handed out.

    Raises while iterating, after the items that came before:
        ReamazeError: a page could not be had.
        IncompleteListing: at the end, if the list moved so that items may be missing.
    """

    def __init__(
        self, host: Host, listed: Listed[Item], *, concurrency: int, ordered: bool, drift: Drift
    ) -> None:
        self._host = host
        self._listed = listed
        self._concurrency = concurrency
        self._ordered = ordered
        self._drift: Drift = drift
        self._stats = ListingStats()
        self.place = Place()
        self._entered: list[AsyncGenerator[Item, None]] = []

    def __repr__(self) -> str:
        listed = self._listed
        return f"<Listing {listed.path}{'?' if listed.query else ''}{listed.query}>"

    @property
    def stats(self) -> ListingStats:
        """The numbers of the latest iteration."""
        return self._stats

    def __aiter__(self) -> AsyncIterator[Item]:
        return self._items(self._listed.typed)

    def raw(self) -> AsyncGenerator[bytes, None]:
        """Each item's own JSON, as the server sent it."""
        return self._items(self._listed.raw)

    async def pages(self) -> AsyncGenerator[Page[Item], None]:
        """The items page by page, each item once.

        A page fetched again because of drift comes as one more `Page`, with what was new on it.
        """
        async with self._run(self._listed.typed) as run:
            while (batch := await run.next()) is not None:
                yield _page(batch)

    async def __aenter__(self) -> AsyncIterator[Item]:
        items = self._items(self._listed.typed)
        self._entered.append(items)
        return items

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._entered.pop().aclose()

    async def _items(self, decode: Decode[Content[Other]]) -> AsyncGenerator[Other, None]:
        async with self._run(decode) as run:
            while (batch := await run.next()) is not None:
                for item in _fresh(batch):
                    yield item

    @property
    def identity(self) -> dict[str, Any]:
        """What is listed, and how carefully: two listings with equal identities are the same."""
        return {
            "origin": self._host.origin,
            "path": self._listed.path,
            "query": self._listed.query,
            "drift": self._drift,
        }

    def key(self, item: bytes) -> str:
        """The key by which an item is known, from its own JSON.

        Raises:
            msgspec.DecodeError: it isn't such an item.
        """
        return self._listed.key(self._listed.outline(item))

    async def raw_pages(
        self, *, place: Place | None = None, seen: Iterable[str] = ()
    ) -> AsyncGenerator[Page[bytes], None]:
        """Each item's own JSON, page by page; going on with an earlier iteration if need be.

        Always in order, and with a page, maybe an empty one, for each that was accepted: `place`
        moves on with each.

        Args:
            place: where the earlier iteration stood.
            seen: the keys of all items that it handed out; they don't come again.
        """
        async with self._run(self._listed.raw, place=place, seen=seen, keeps_place=True) as run:
            while (batch := await run.next()) is not None:
                self.place = batch.place
                yield _page(batch)

    def _run(
        self,
        decode: Decode[Content[Any]],
        *,
        place: Place | None = None,
        seen: Iterable[str] = (),
        keeps_place: bool = False,
    ) -> Run:
        self._stats = ListingStats()
        plan = Plan(
            concurrency=self._concurrency,
            ordered=self._ordered or keeps_place,
            drift=self._drift,
            moving=self._listed.mark is not None,
            short_counts=self._listed.short_counts,
            every=keeps_place,
            place=place,
            seen=seen,
        )
        return Run(self._host, self._listed, decode, plan, self._stats)


def _fresh(batch: Batch) -> Iterable[Any]:
    items: Sequence[Any] = batch.read.items
    if len(batch.fresh) == len(items):
        return items
    return [items[position] for position in batch.fresh]


def _page(batch: Batch) -> Page[Any]:
    read = batch.read
    return Page(
        number=read.number,
        page_size=read.size,
        page_count=read.pages,
        total_count=read.total,
        items=tuple(_fresh(batch)),
    )


class Run:
    """One iteration: the driver task, and the queue that it fills.

    Used with `async with`; then `next` gives batches, in the order to hand them out.
    """

    _driver: asyncio.Task[None]

    def __init__(
        self,
        host: Host,
        listed: Listed[Any],
        decode: Decode[Content[Any]],
        plan: Plan,
        stats: ListingStats,
    ) -> None:
        self._host = host
        self._listed = listed
        self._decode = decode
        self._plan = plan
        self._stats = stats
        self._exchange = host.exchange()
        self._ready: deque[Batch] = deque()
        self._failure: tuple[int, Exception] | None = None
        self._changed = asyncio.Event()
        self._done = asyncio.Event()
        self._group: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._stats.begin(asyncio.get_running_loop().time)
        self._driver = asyncio.create_task(self._drive(), name="reamaze_async listing")
        self._host.adopt(self._driver)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stats.end()
        self._driver.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([self._driver])

    async def next(self) -> Batch | None:
        """The next batch, as soon as there is one; None at the end.

        Raises:
            ReamazeError: a page could not be had, or the session was closed.
            IncompleteListing: items may be missing.
        """
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
        self._stats.items += len(batch.fresh)
        return batch

    def _check_end(self) -> None:
        if self._failure is not None:
            raise self._failure[1]
        if not self._plan.done:
            message = "The session was closed while a listing was still being read."
            raise SessionUnusable(message)
        if self._plan.doubts:
            raise IncompleteListing(sorted(set(self._plan.doubts)))

    async def _drive(self) -> None:
        try:
            async with anyio.create_task_group() as self._group:
                self._fill()
                await self._done.wait()
                self._group.cancel_scope.cancel()
        finally:
            self._group = None
            self._changed.set()

    def _fill(self) -> None:
        """Start what the plan allows to be started."""
        while self._group is not None and (number := self._plan.next_page()) is not None:
            self._group.start_soon(self._work, number)

    async def _work(self, number: int | None) -> None:
        while number is not None:
            try:
                self._ready += self._plan.arrived(await self._fetch(number))
            except Exception as error:  # noqa: BLE001 - the consumer gets it, as itself
                self._fail(number, error)
            self._report()
            number = self._plan.next_page()
            self._fill()

    async def _fetch(self, number: int) -> Read:
        request = wire.list_request(self._listed.path, self._listed.query, number)
        reply = await self._exchange.run(request, self._decode, self._stats)
        content: Content[Any] = reply.result
        self._check(content.outlines)
        mark = self._listed.mark
        return Read(
            number=number,
            keys=list(map(self._listed.key, content.outlines)),
            size=max(1, content.size),
            pages=content.pages,
            total=content.total,
            began=reply.began,
            ended=reply.ended,
            items=content.items,
            marks=list(map(mark, content.outlines)) if mark else (),
        )

    def _check(self, outlines: Sequence[Any]) -> None:
        """Notice a server that ignores the filter (seen by one user); drop nothing."""
        contradicts = self._listed.contradicts
        found = sum(map(contradicts, outlines)) if contradicts else 0
        if found and not self._stats.contradictions:
            logger.warning(
                "%s: the answer holds items that the filter should have left out; "
                "nothing is dropped, check `status` yourself.",
                self._listed.path,
            )
        self._stats.contradictions += found

    def _fail(self, number: int, error: Exception) -> None:
        self._plan.failed(number)
        if self._failure is None or number < self._failure[0]:
            self._failure = number, error

    def _report(self) -> None:
        plan, stats = self._plan, self._stats
        stats.duplicates, stats.repaired = plan.duplicates, plan.repaired
        stats.page_count, stats.total_count = plan.page_count, plan.total_count
        if plan.done:
            self._done.set()
        self._changed.set()
