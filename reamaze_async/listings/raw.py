"""Raw pages, as exports and syncs read them: each item's own JSON, its key and its sort key."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Any, Generic, NamedTuple

from reamaze_async.http.client import Client
from reamaze_async.http.requester import Counts
from reamaze_async.paging.cursor import Batch, Cursor
from reamaze_async.paging.plan import Drift, Plan
from reamaze_async.wire.decode import Decode, PageBody

from .fetching import Fetching
from .source import Item, ListSource
from .stats import ListingStats


class RawItem(NamedTuple):
    """An item as the server sent it.

    Attributes:
        json: its own bytes.
        key: the key by which it is known.
        mark: its sort key, where `sort=` was asked for; else 0.
    """

    json: bytes
    key: str
    mark: float


class RawPage(NamedTuple):
    """A page of raw items.

    Attributes:
        number: the page asked for, from 1.
        page_size: items on a full page.
        page_count: how many pages the list had at that moment.
        total_count: how many items it had.
        items: its items; while iterating, those not handed out before.
        cursor: where the iteration stands after this page.
    """

    number: int
    page_size: int
    page_count: int
    total_count: int
    items: Sequence[RawItem]
    cursor: Cursor


class RawListing(Generic[Item]):
    """The list behind a `Listing`, with what its users have no need of.

    Attributes:
        stats: the numbers of the latest iteration.
    """

    def __init__(self, client: Client, source: ListSource[Item], *, drift: Drift) -> None:
        self.source: ListSource[Item] = source
        self.stats: ListingStats = ListingStats()
        self._client = client
        self._drift: Drift = drift

    @property
    def identity(self) -> dict[str, Any]:
        """What is listed, and how carefully; equal identities mean the same export."""
        origin, home = self._client.origin, self._client.home
        return {
            "origin": origin,
            # Behind another origin there may be several brands.
            **({"brand": home.removeprefix("https://")} if home != origin else {}),
            "path": self.source.path,
            "query": self.source.query,
            "drift": self._drift,
        }

    def item(self, json: bytes) -> RawItem:
        """An item from its own JSON, such as one that was stored.

        Raises:
            msgspec.DecodeError: it isn't such an item.
        """
        return self._item(json, self.source.outline(json))

    async def page(self, number: int, counts: Counts) -> RawPage:
        """One page as it is now.

        Args:
            number: from 1.
            counts: where its requests are counted.

        Raises:
            ReamazeError: the page could not be had.
        """
        request = self.source.request(number)
        body = (await self._client.requester().run(request, self.source.raw, counts)).result
        items = tuple(map(self._item, body.items, body.outlines))
        return RawPage(number, body.size, body.pages, body.total, items, Cursor(number))

    async def pages(
        self,
        *,
        cursor: Cursor | None = None,
        seen: Iterable[str] = (),
        counts: Counts | None = None,
    ) -> AsyncGenerator[RawPage, None]:
        """Iterate over the list page by page, or go on with an earlier iteration.

        The items are always in order. For each page that was accepted there is one, maybe empty.

        Args:
            cursor: where the earlier iteration stood.
            seen: the keys of all items that it handed out, which don't come again.
            counts: where requests are counted. Default: in the listing's own `stats`.
        """
        source = self.source
        fetching = self.fetch(
            source.raw,
            counts=counts,
            ordered=True,
            empty_batches=True,
            skips_failing_pages=True,
            cursor=cursor,
            seen=seen,
        )
        async with fetching:
            while (batch := await fetching.next()) is not None:
                yield _raw_page(batch)

    def fetch(
        self, decode: Decode[PageBody[Any]], *, counts: Counts | None = None, **how: Any
    ) -> Fetching:
        """Begin another iteration.

        Args:
            decode: reads the pages.
            counts: where requests are counted. Default: in the listing's own `stats`.
            **how: what else the iteration's `Plan` is told.
        """
        self.stats = ListingStats()
        plan = Plan(
            concurrency=self._client.concurrency,
            drift=self._drift,
            order_moves=self.source.mark is not None,
            short_counts=self.source.short_counts,
            is_counted=self.source.is_counted,
            things_leave=self.source.things_leave,
            **how,
        )
        return Fetching(self._client, self.source, decode, plan, self.stats, counts)

    def _item(self, json: bytes, outline: Any) -> RawItem:
        mark = self.source.mark
        return RawItem(json, self.source.key(outline), mark(outline) if mark else 0.0)


def _raw_page(batch: Batch) -> RawPage:
    read = batch.read
    marks = read.marks or [0.0] * len(read.keys)
    items = list(map(RawItem._make, zip(read.items, read.keys, marks, strict=True)))
    if len(batch.positions) < len(items):
        items = [items[position] for position in batch.positions]
    return RawPage(read.number, read.size, read.pages, read.total, items, batch.cursor)
