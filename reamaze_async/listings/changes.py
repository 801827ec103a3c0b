"""Changes: what `changes` returns, the newest end of a list down to a date."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

from reamaze_async.http.client import Client
from reamaze_async.http.requester import Counts
from reamaze_async.paging.newest import FIRST, NewestPlan, newest, next_since
from reamaze_async.wire.decode import Decode, PageBody

from .fetching import Fetching
from .listing import Item, Paged
from .raw import RawListing
from .source import ListSource
from .unreadable_items import UnreadableItems

_logger = logging.getLogger("reamaze_async")


class Changes(Paged[Item]):
    """What has changed since a time, latest change first.

    Iterating sends the requests: page by page, each when it is waited for, down to the first page
    that ends before that time. It can be iterated again, left and cancelled like a `Listing`, and
    has the same `stats`, `pages()` and `raw()`.

        changes = session.conversations.changes(since)
        async for conversation in changes:
            keep(conversation)  # by its slug: what changed about then may come again
        since = changes.mark

    What changes meanwhile may come or not; the next time it does. What has left the list isn't
    among the changes. Where a page isn't in the order of change, or without dates, the list isn't
    sorted as it should be: then all of it is read, and a warning is logged. What has no date comes
    if it is met.

    Attributes:
        since: the time asked for.
        mark: the time to ask for next. It moves on when an iteration has come to a good end, to
            what was newest when that began; until then, and after an error, it is where it was.
            Five minutes are left for changes that show up late, while the newest one is fresh.

    Raises while iterating, after the items that came before:
        ReamazeError: a page could not be fetched.
        IncompleteListing: at the end, if items may be missing, or some can't be read.
    """

    _raw: RawChanges[Item]

    def __init__(self, client: Client, source: ListSource[Item], *, since: datetime) -> None:
        super().__init__(RawChanges(client, source, since=since.timestamp()))
        self.since: datetime = since

    def __repr__(self) -> str:
        return f"<Changes {self._where} since {self.since.isoformat()}>"

    @property
    def mark(self) -> datetime:
        """The time to ask for next."""
        mark = self._raw.mark
        return self.since if mark == self._raw.since else datetime.fromtimestamp(mark, UTC)


class RawChanges(RawListing[Item]):
    """The list behind `Changes`.

    Attributes:
        since: the date asked for, as a Unix time.
        mark: the date to ask for next.
        is_ordered: whether the latest iteration that came to a good end saw them in order.
    """

    def __init__(self, client: Client, source: ListSource[Item], *, since: float) -> None:
        super().__init__(client, source, drift="repair")
        self.since: float = since
        self.mark: float = since
        self.is_ordered: bool = True

    def fetch(
        self,
        decode: Decode[PageBody[Any]],
        *,
        counts: Counts | None = None,
        unreadable: UnreadableItems | None = None,
        **how: Any,
    ) -> Fetching:
        """Begin another iteration; see `RawListing.fetch`."""
        began = time.time()
        plan = NewestPlan(self.since, **self._settings | how)
        return self._begin(plan, decode, counts, partial(self._ended, plan, began), unreadable)

    def _ended(self, plan: NewestPlan, began: float) -> None:
        """Note a good end of an iteration, all of which was handed out."""
        self.is_ordered = plan.down_to.is_ordered
        if not self.is_ordered:
            message = "%s: the server doesn't list by date of change: the whole list was read."
            _logger.warning(message, self.source.path)
        self.mark = next_since(self.since, newest(plan.top or (), began), began)


def raw_news(
    listing: RawListing[Item], since: datetime | None = None, *, down_to: float = FIRST
) -> RawChanges[Item]:
    """What is new in a list, newest first, for syncs: down to where they leave off.

    Args:
        listing: one whose news come sorted.
        since: what is older is left out, if the server can do that.
        down_to: the date below which nothing is asked for, as a Unix time.
    """
    assert listing.news
    return RawChanges(listing.client, listing.news.source(since), since=down_to)
