"""Lists that the server gives in the order of a date: read down to where the last run began."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from time import time
from typing import Any

from reamaze_async.http.requester import Counts
from reamaze_async.listings.changes import RawChanges, raw_news
from reamaze_async.listings.listing import raw_listing
from reamaze_async.listings.raw import RawItem
from reamaze_async.paging.newest import FIRST, is_in_order, newest, next_since
from reamaze_async.session import ReamazeSession

from .following import Following, Records, State, digest


class Dated(Following):
    """A list whose latest dates come first, where that is asked for.

    Only a whole reading tells whether an item below a date has left, or has changed without a new
    date. The state is the date to ask from, `since`, and what page 1 held from there on, `top`.
    """

    def _latest(self, session: ReamazeSession, since: datetime) -> RawChanges[Any]:
        """The list by date, latest first, down to one."""
        return raw_news(raw_listing(self._make(session)), down_to=since.timestamp())

    def read(
        self, session: ReamazeSession, state: State, known: Collection[str] | None
    ) -> AsyncGenerator[Records, None]:
        return self._news(session, state) if known is None else self._whole(session, state, known)

    async def _whole(
        self, session: ReamazeSession, state: State, known: Collection[str]
    ) -> AsyncGenerator[Records, None]:
        began = time()
        # Before the first page of the list: what is dated from here on is read the next time.
        first = await self._latest(session, datetime.now(UTC)).page(1, Counts())
        left = set(known)
        async with aclosing(self.all_pages(session)) as pages:
            async for items in pages:
                left.difference_update(item.key for item in items)
                yield self.records(items)
        if self.is_complete:  # Else it may be what is missing.
            yield self.gone(left)
        marks = [item.mark for item in first.items]
        if not self.is_complete and "since" in state:
            return  # The next run reads all news since then.
        since = next_since(FIRST, newest(marks, began), began)
        _note(state, since, first.items, is_ordered=is_in_order(marks))

    async def _news(self, session: ReamazeSession, state: State) -> AsyncGenerator[Records, None]:
        since = datetime.fromisoformat(state["since"])
        changes = self._latest(session, since)
        top: list[RawItem] | None = None
        async with aclosing(self.read_to_its_end(changes)) as pages:
            async for page in pages:
                if top is None:
                    top = list(page.items)
                    if _top(top, since) == state["top"]:
                        return
                yield self.records(page.items)
        if self.is_complete:  # Else the next run reads the same again.
            _note(state, changes.mark, top or (), is_ordered=changes.is_ordered)


def _note(state: State, mark: float, first: Iterable[RawItem], *, is_ordered: bool) -> None:
    """Note how far a run has come: up to what page 1 held when it began."""
    since = datetime.fromtimestamp(mark, UTC)
    state.update(since=since.isoformat(), top=_top(first, since) if is_ordered else None)


def _top(items: Iterable[RawItem], since: datetime) -> str:
    """What page 1 holds from a date on.

    While it stays the same, nothing is new in a list that is in order, however many pages go back
    to the date.
    """
    limit = since.timestamp()
    return digest(item for item in items if not FIRST <= item.mark < limit)
