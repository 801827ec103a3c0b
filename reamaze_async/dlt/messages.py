"""Messages for a warehouse: all of them at first, then those that were written since."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from datetime import datetime

from reamaze_async.listings.listing import raw_listing
from reamaze_async.session import ReamazeSession

from .following import Following, Records, State, digest

OVERLAP = 29
"""Known messages that are read again, for those that show up late. One more would fill a page, and
a full page is followed by another, since counts of messages may be short."""


class Messages(Following):
    """All messages of the brand, by the time when they were written.

    Its state is the date to ask from, `since`, and what page 1 held from there on, `top`. What is
    deleted stays in the warehouse.

    Args:
        template: a session that is never opened.
    """

    is_reread = False

    async def read(
        self, session: ReamazeSession, state: State, known: Collection[str] | None
    ) -> AsyncGenerator[Records, None]:
        since: str | None = None if known is not None else state["since"]
        start = None if since is None else datetime.fromisoformat(since)
        listing = raw_listing(session.messages.list(start_date=start))
        begin: str | None = None
        top: str | None = None
        async with aclosing(self.read_to_its_end(listing)) as pages:
            async for page in pages:
                records = self.records(page.items)
                if top is None:
                    # What is written from now on is newer than page 1, and read the next time.
                    begin = _start_of(records) or since
                    top = digest(page.items[:OVERLAP])
                    if since is not None and top == state["top"]:
                        return
                yield records
        if self.is_complete or known is not None:  # Else the next run reads the same again.
            state.update(since=begin, top=top)


def _start_of(records: Records) -> str | None:
    """The date to ask from next, so that some of page 1 comes again; None if none has a date."""
    dates = [record["created_at"] for record in records[:OVERLAP] if record["created_at"]]
    return min(dates).isoformat() if dates else None
