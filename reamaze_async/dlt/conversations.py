"""Conversations for a warehouse: the whole list at first, then what has changed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from hashlib import blake2b
from time import time
from typing import Any

from reamaze_async.formats.conversations import conversations
from reamaze_async.formats.table import Table
from reamaze_async.http.requester import Counts
from reamaze_async.listings.changes import raw_changes
from reamaze_async.listings.listing import raw_listing
from reamaze_async.listings.raw import RawItem
from reamaze_async.paging.newest import FIRST, dated, is_in_order, newest, next_since
from reamaze_async.session import ReamazeSession
from reamaze_async.wire.parameters import Filter

from .following import Following, Records, State


class Conversations(Following):
    """Follows `session.conversations`, of one filter."""

    name = "conversations"
    key = "slug"

    def __init__(self, session: ReamazeSession, filter: Filter) -> None:  # noqa: A002 - the API's own word
        self._filter: Filter = filter
        self._listing = raw_listing(session.conversations.list(filter=filter))
        self.table: Table = conversations(self._listing.home)

    @property
    def identity(self) -> Mapping[str, Any]:
        return {name: value for name, value in self._listing.identity.items() if name != "drift"}

    async def whole(
        self, session: ReamazeSession, state: State, known: Collection[str]
    ) -> AsyncGenerator[Records, None]:
        listing = session.conversations.list(filter=self._filter)
        changed = session.conversations.list(filter=self._filter, sort="changed")
        began = time()
        # Before the first page of the list: what changes from here on is read the next time.
        first = await raw_listing(changed).page(1, Counts())
        latest = newest([item.mark for item in first.items], began)
        since = next_since(FIRST, latest, began)
        left = set(known)
        async with aclosing(raw_listing(listing).pages()) as pages:
            async for page in pages:
                left.difference_update(item.key for item in page.items)
                yield self.records(page.items)
        yield self.gone(left)
        state.update(since=since, top=_digest(first.items, since))

    async def news(self, session: ReamazeSession, state: State) -> AsyncGenerator[Records, None]:
        since = datetime.fromtimestamp(state["since"], UTC)
        changes = raw_changes(session.conversations.changes(since, filter=self._filter))
        top: list[RawItem] | None = None
        async with aclosing(changes.pages()) as pages:
            async for page in pages:
                if top is None:
                    top = list(page.items)
                    if _digest(top, state["since"]) == state["top"]:
                        return
                yield self.records(page.items)
        state.update(since=changes.mark, top=_digest(top or (), changes.mark))


def _digest(items: Iterable[RawItem], since: float) -> str | None:
    """What page 1 of the changes since a time holds; None if it tells nothing of what is below.

    Nothing has changed while it stays the same, however many pages go back to that time.
    """
    latest = [item for item in items if not FIRST <= item.mark < since]
    if not is_in_order(item.mark for item in latest) or not dated(item.mark for item in latest):
        return None
    return blake2b(b"\n".join(item.json for item in latest), digest_size=16).hexdigest()
