"""Raw pages, as exports and syncs read them: each item's own JSON, its key and its sort key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat
from typing import Any, Generic, NamedTuple, NoReturn

import msgspec

from reamaze_async.http.client import Client
from reamaze_async.http.requester import Counts
from reamaze_async.paging.cursor import Batch, Cursor
from reamaze_async.paging.plan import Drift, Plan
from reamaze_async.wire.decode import Decode, PageBody
from reamaze_async.wire.request import Request
from reamaze_async.wire.unreadable import Unreadable

from .fetching import Fetching
from .reading import new_unreadable, own_json, readable_items
from .source import Item, ListSource, News
from .stats import ListingStats
from .steps import Steps
from .unreadable_items import UnreadableItems


class RawItem(msgspec.Struct, frozen=True, gc=False):
    """An item as the server sent it.

    Attributes:
        json: its own bytes.
        key: the key by which it is known.
        mark: its sort key, where `sort=` was asked for; else 0.
    """

    json: bytes
    key: str
    mark: float

    def __repr__(self) -> str:
        return f"RawItem({self.key!r}, {len(self.json)} bytes)"  # There is a secret in them.


class RawPage(NamedTuple):
    """A page of raw items.

    Attributes:
        number: the page asked for, from 1.
        page_size: items on a full page.
        page_count: how many pages the list had at that moment.
        total_count: how many items it had.
        items: its items; while iterating, those not handed out before.
        cursor: where the iteration stands after this page.
        unreadable: what can't be read on it, or has no key.
    """

    number: int
    page_size: int
    page_count: int
    total_count: int
    items: Sequence[RawItem]
    cursor: Cursor
    unreadable: Sequence[Unreadable] = ()


class JsonPage(NamedTuple):
    """A page of items as an export writes them.

    Attributes:
        number: the page asked for, from 1.
        page_size: items on a full page.
        items: the JSON of each item that wasn't handed out before; also of one without a key.
        cursor: where the iteration stands after this page.
        unreadable: what can't be read on it, or has no key.
    """

    number: int
    page_size: int
    items: Sequence[bytes]
    cursor: Cursor
    unreadable: Sequence[Unreadable]


class RawListing(Generic[Item]):
    """The list behind a `Listing`, with what its users have no need of.

    Attributes:
        stats: the numbers of the latest iteration.
        news: how what is new in it can be asked for; None if it can't.
        client: what its requests go through.
    """

    def __init__(
        self,
        client: Client,
        source: ListSource[Item],
        *,
        drift: Drift,
        news: News[Item] | None = None,
    ) -> None:
        self.news: News[Item] | None = news
        self.source: ListSource[Item] = source
        self.stats: ListingStats = ListingStats()
        self.client: Client = client
        self._drift: Drift = drift

    def __reduce__(self) -> NoReturn:
        self.client.__reduce__()

    @property
    def home(self) -> str:
        """Where the brand lives, such as `https://acme.reamaze.io`."""
        return self.client.home

    @property
    def identity(self) -> dict[str, Any]:
        """What is listed, and how carefully; equal identities mean the same export."""
        origin, home = self.client.origin, self.client.home
        return {
            "origin": origin,
            # Behind another origin there may be several brands.
            **({"brand": home.removeprefix("https://")} if home != origin else {}),
            "path": self.source.path,
            "query": self.source.query,
            "drift": self._drift,
        }

    def of(self, source: ListSource[Item]) -> RawListing[Item]:
        """Another list, read through the same client and as carefully."""
        return RawListing(self.client, source, drift=self._drift)

    def item(self, json: bytes) -> RawItem:
        """An item from its own JSON, such as one that was stored; it may have no key.

        Raises:
            msgspec.DecodeError: it is no object.
        """
        return self._raw_item(json, self.source.outline(json))

    async def page(self, number: int, counts: Counts) -> RawPage:
        """One page as it is now.

        Args:
            number: from 1.
            counts: where its requests are counted.

        Raises:
            ReamazeError: the page could not be fetched.
        """
        request = self.source.request(number)
        mend = partial(self._decode, splits=True)
        requester = self.client.requester()
        body = (await requester.run(request, self._decode, counts, mend=mend)).result
        counted = number, body.size, body.pages, body.total
        unreadable = tuple(body.unreadable.values())
        return RawPage(*counted, body.readable, Cursor(number), unreadable)

    def pages(
        self,
        *,
        cursor: Cursor | None = None,
        seen: Iterable[str] = (),
        counts: Counts | None = None,
    ) -> Steps[RawPage]:
        """Iterate over the list page by page, or go on with an earlier iteration.

        The items are always in order. For each page that was accepted there is one, maybe empty.

        Args:
            cursor: where the earlier iteration stood.
            seen: the keys of all items that it handed out, which don't come again.
            counts: where requests are counted. Default: in the listing's own `stats`.
        """
        how = {**_EVERY_PAGE, "counts": counts, "cursor": cursor, "seen": seen}
        return Steps(partial(self.fetch, self._decode, **how), _raw_page)

    def json_pages(
        self,
        *,
        cursor: Cursor | None = None,
        seen: Iterable[str] = (),
        unreadable: UnreadableItems | None = None,
    ) -> Steps[JsonPage]:
        """Likewise, of items that nothing more is to be known of.

        Args:
            cursor: where the earlier iteration stood.
            seen: the keys of all items that it handed out, which don't come again.
            unreadable: items that the earlier iteration could not read, which are told again.
        """
        how = {**_EVERY_PAGE, "unreadable": unreadable, "cursor": cursor, "seen": seen}
        return Steps(partial(self.fetch, self.source.raw, **how), _json_page)

    def fetch(
        self,
        decode: Decode[PageBody[Any]],
        *,
        counts: Counts | None = None,
        unreadable: UnreadableItems | None = None,
        **how: Any,
    ) -> Fetching:
        """Begin another iteration.

        Args:
            decode: reads the pages.
            counts: where requests are counted. Default: in the listing's own `stats`.
            unreadable: items that an earlier iteration could not read.
            **how: what else the iteration's `Plan` is told.
        """
        plan = Plan(**self._settings, **how)
        return self._begin(plan, decode, counts, unreadable=unreadable)

    @property
    def _settings(self) -> dict[str, Any]:
        """What a plan is told of this list."""
        return {
            "concurrency": self.client.concurrency,
            "drift": self._drift,
            "order_moves": self.source.mark is not None,
            "short_counts": self.source.short_counts,
            "is_counted": self.source.is_counted,
            "things_leave": self.source.things_leave,
            "has_other_order": self.source.other_query is not None,
        }

    def _begin(
        self,
        plan: Plan,
        decode: Decode[PageBody[Any]],
        counts: Counts | None,
        ended: Callable[[], None] | None = None,
        unreadable: UnreadableItems | None = None,
    ) -> Fetching:
        self.stats = ListingStats()
        how = self.stats, counts, ended, unreadable
        return Fetching(self.client, self.source, decode, plan, *how)

    def _decode(self, request: Request, body: bytes, *, splits: bool = False) -> PageBody[RawItem]:
        """Read a page of raw items."""
        page: PageBody[Any] = self.source.raw(request, body, splits=splits)
        outlines, mark = page.outlines, self.source.mark
        if page.unreadable:
            pairs = zip(page.items, outlines, strict=True)
            items: list[Any] = [
                one if isinstance(one, Unreadable) else self._raw_item(json, one)
                for json, one in pairs
            ]
        else:
            marks = map(mark, outlines) if mark else repeat(0.0)
            items = list(map(RawItem, page.items, page.keys, marks))
        return PageBody(
            page.size, page.pages, page.total, items, outlines, page.keys, page.unreadable
        )

    def _raw_item(self, json: bytes, outline: Any) -> RawItem:
        if isinstance(outline, Unreadable):
            return RawItem(json, outline.key, 0.0)
        mark = self.source.mark
        return RawItem(json, self.source.key(outline), mark(outline) if mark else 0.0)


_EVERY_PAGE: dict[str, Any] = {
    "ordered": True,
    "empty_batches": True,
    "skips_failing_pages": True,
}


def _raw_page(batch: Batch) -> Iterable[RawPage]:
    read, items = batch.read, list(readable_items(batch))
    counted = read.number, read.size, read.pages, read.total
    return (RawPage(*counted, items, batch.cursor, new_unreadable(batch)),)


def _json_page(batch: Batch) -> Iterable[JsonPage]:
    number, size, items = batch.read.number, batch.read.size, own_json(batch)
    return (JsonPage(number, size, items, batch.cursor, new_unreadable(batch)),)
