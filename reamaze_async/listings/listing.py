"""Listings: what `list` returns, to iterate by items, by pages or by bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from reamaze_async.http.client import Client
from reamaze_async.paging.cursor import Batch
from reamaze_async.paging.plan import Drift
from reamaze_async.wire.decode import Decode, PageBody

from .raw import RawListing
from .reading import own_json, readable_items
from .source import ListSource, News
from .stats import ListingStats
from .steps import Iterated, Step, Steps

Item = TypeVar("Item")


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


class Paged(Iterated[Item]):
    """What listings and changes have in common: the ways to iterate, step by step."""

    def __init__(self, raw: RawListing[Item], *, ordered: bool = True) -> None:
        super().__init__()
        self._raw = raw
        self._ordered = ordered

    @property
    def _where(self) -> str:
        """The path and the query, for people."""
        source = self._raw.source
        return f"{source.path}{'?' if source.query else ''}{source.query}"

    @property
    def stats(self) -> ListingStats:
        """The numbers of the latest iteration."""
        return self._raw.stats

    def __aiter__(self) -> Steps[Item]:
        return self._steps(self._raw.source.typed, readable_items)

    def raw(self) -> Steps[bytes]:
        """Each item's own JSON, as the server sent it; also of an object without a key."""
        return self._steps(self._raw.source.raw, own_json)

    def pages(self) -> Steps[Page[Item]]:
        """The items page by page, each item once.

        A page fetched again because of drift comes as one more `Page`, with what was new on it.
        """
        return self._steps(self._raw.source.typed, _page)

    def _steps(
        self, decode: Decode[PageBody[Any]], unpack: Callable[[Batch], Iterable[Step]]
    ) -> Steps[Step]:
        return Steps(lambda: self._raw.fetch(decode, ordered=self._ordered), unpack)


class Listing(Paged[Item]):
    """All items of a list, page by page in the background, one by one in the loop.

    Iterating sends the requests; making a listing sends none. A listing can be iterated again and
    starts over. Leaving the loop early stops all work soon after; `async with listing as items`
    stops it before the block is left, and so does `async with` of its pages and its raw items.
    A step that was cancelled, as by a time-out, can be taken again and goes on where it was.

    Of what was handed out only the keys are kept, since each comes exactly once: about 100 bytes
    an item (measured, with slugs of 22 characters).

    Raises while iterating, after the items that came before:
        ReamazeError: a page could not be fetched.
        IncompleteListing: at the end, if items may be missing, or some can't be read.
    """

    def __init__(
        self,
        client: Client,
        source: ListSource[Item],
        *,
        ordered: bool,
        drift: Drift,
        news: News[Item] | None = None,
    ) -> None:
        super().__init__(RawListing(client, source, drift=drift, news=news), ordered=ordered)

    def __repr__(self) -> str:
        return f"<Listing {self._where}>"


def raw_listing(listing: Listing[Item]) -> RawListing[Item]:
    """The raw pages behind a listing, for exports and syncs."""
    return listing._raw


def _page(batch: Batch) -> Iterable[Page[Any]]:
    read = batch.read
    page: Page[Any] = Page(
        number=read.number,
        page_size=read.size,
        page_count=read.pages,
        total_count=read.total,
        items=tuple(readable_items(batch)),
    )
    return (page,)
