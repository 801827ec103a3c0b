"""Listings: what `list` returns, to iterate by items, by pages or by bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from types import TracebackType
from typing import Any, Generic, TypeVar

import msgspec

from reamaze_async.paging.plan import Batch, Cursor, Drift, Plan
from reamaze_async.wire.decode import Decode, PageBody
from reamaze_async.wire.request import list_request

from .fetching import Fetching, Host
from .source import ListSource
from .stats import ListingStats

__all__ = ["Host", "ListSource", "Listing", "ListingStats", "Page"]

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


class Listing(Generic[Item]):
    """All items of a list, page by page in the background, one by one in the loop.

    Iterating sends the requests; making a listing sends none. A listing can be iterated again and
    starts over. Leaving the loop early stops all work soon after; `async with listing as items`
    stops it before the block is left.

    Attributes:
        cursor: where the latest iteration of `raw_pages` stands, by what it handed out.

    Raises while iterating, after the items that came before:
        ReamazeError: a page could not be had.
        IncompleteListing: at the end, if the list moved so that items may be missing.
    """

    def __init__(
        self, host: Host, source: ListSource[Item], *, concurrency: int, ordered: bool, drift: Drift
    ) -> None:
        self._host = host
        self._source = source
        self._concurrency = concurrency
        self._ordered = ordered
        self._drift: Drift = drift
        self._stats = ListingStats()
        self.cursor: Cursor = Cursor()
        self._entered: list[tuple[asyncio.Task[Any] | None, AsyncGenerator[Item, None]]] = []

    def __repr__(self) -> str:
        source = self._source
        return f"<Listing {source.path}{'?' if source.query else ''}{source.query}>"

    @property
    def stats(self) -> ListingStats:
        """The numbers of the latest iteration."""
        return self._stats

    def __aiter__(self) -> AsyncGenerator[Item, None]:
        return self._items(self._source.typed)

    def raw(self) -> AsyncGenerator[bytes, None]:
        """Each item's own JSON, as the server sent it."""
        return self._items(self._source.raw)

    async def pages(self) -> AsyncGenerator[Page[Item], None]:
        """The items page by page, each item once.

        A page fetched again because of drift comes as one more `Page`, with what was new on it.
        """
        async with self._iterate(self._source.typed) as iteration:
            while (batch := await iteration.next()) is not None:
                yield _page(batch)

    async def __aenter__(self) -> AsyncGenerator[Item, None]:
        items = aiter(self)
        self._entered.append((asyncio.current_task(), items))
        return items

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The block entered last by this task; a fixture may be left by another than entered it.
        task = asyncio.current_task()
        entered = [entry for entry in self._entered if entry[0] is task] or self._entered
        self._entered.remove(entry := entered[-1])
        await entry[1].aclose()

    async def _items(self, decode: Decode[PageBody[Other]]) -> AsyncGenerator[Other, None]:
        async with self._iterate(decode) as iteration:
            while (batch := await iteration.next()) is not None:
                for item in _new_items(batch):
                    yield item

    @property
    def identity(self) -> dict[str, Any]:
        """What is listed, and how carefully: two listings with equal identities are the same."""
        origin, home = self._host.origin, self._host.home
        return {
            "origin": origin,
            # Behind another origin there may be several brands.
            **({"brand": home.removeprefix("https://")} if home != origin else {}),
            "path": self._source.path,
            "query": self._source.query,
            "drift": self._drift,
        }

    def key(self, item: bytes) -> str:
        """The key by which an item is known, from its own JSON.

        Raises:
            msgspec.DecodeError: it isn't such an item.
        """
        return self._source.key(self._source.outline(item))

    def mark(self, item: bytes) -> float:
        """The sort key of an item, from its own JSON, where `sort=` was asked for; else 0.

        Raises:
            msgspec.DecodeError: it isn't such an item.
        """
        mark = self._source.mark
        return mark(self._source.outline(item)) if mark else 0.0

    async def raw_page(self, number: int) -> Page[bytes]:
        """Each item's own JSON on one page, as it is now.

        Raises:
            ReamazeError: the page could not be had.
        """
        self._stats = ListingStats()
        request = list_request(self._source.path, self._source.query, number)
        requester = self._host.requester()
        content = (await requester.run(request, self._source.raw, self._stats)).result
        return Page(
            number=number,
            page_size=content.size,
            page_count=content.pages,
            total_count=content.total,
            items=tuple(content.items),
        )

    async def raw_pages(
        self, *, cursor: Cursor | None = None, seen: Iterable[str] = ()
    ) -> AsyncGenerator[Page[bytes], None]:
        """Each item's own JSON, page by page; going on with an earlier iteration if need be.

        Always in order, and with a page, maybe an empty one, for each that was accepted: `cursor`
        moves on with each.

        Args:
            cursor: where the earlier iteration stood.
            seen: the keys of all items that it handed out; they don't come again.
        """
        async with self._iterate(
            self._source.raw, cursor=cursor, seen=seen, keeps_cursor=True
        ) as iteration:
            while (batch := await iteration.next()) is not None:
                self.cursor = batch.cursor
                yield _page(batch)

    def _iterate(
        self,
        decode: Decode[PageBody[Any]],
        *,
        cursor: Cursor | None = None,
        seen: Iterable[str] = (),
        keeps_cursor: bool = False,
    ) -> Fetching:
        self._stats = ListingStats()
        plan = Plan(
            concurrency=self._concurrency,
            ordered=self._ordered or keeps_cursor,
            drift=self._drift,
            order_moves=self._source.mark is not None,
            short_counts=self._source.short_counts,
            empty_batches=keeps_cursor,
            skips_failing_pages=keeps_cursor,
            cursor=cursor,
            seen=seen,
        )
        return Fetching(self._host, self._source, decode, plan, self._stats)


def _new_items(batch: Batch) -> Iterable[Any]:
    items: Sequence[Any] = batch.read.items
    if len(batch.positions) == len(items):
        return items
    return [items[position] for position in batch.positions]


def _page(batch: Batch) -> Page[Any]:
    read = batch.read
    return Page(
        number=read.number,
        page_size=read.size,
        page_count=read.pages,
        total_count=read.total,
        items=tuple(_new_items(batch)),
    )
