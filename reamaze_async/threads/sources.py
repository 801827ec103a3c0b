"""Sources: where the conversations and messages of threads come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reamaze_async.http.client import Client
from reamaze_async.http.requester import Counts
from reamaze_async.listings.fetching import Fetching
from reamaze_async.listings.raw import RawListing
from reamaze_async.listings.source import ListSource
from reamaze_async.listings.stats import ListingStats
from reamaze_async.paging.plan import Drift
from reamaze_async.wire.decode import Decode, PageBody
from reamaze_async.wire.request import Request

from . import reading


@dataclass(frozen=True, slots=True)
class Sources:
    """The lists that threads are made of.

    Attributes:
        conversations: which conversations.
        messages: the messages of the whole brand.
        messages_of: those of one conversation, by its slug.
        look: asks for one conversation, by its slug.
        total: reads of a page how many items its list has.
    """

    conversations: ListSource[Any]
    messages: ListSource[Any]
    messages_of: Callable[[str], ListSource[Any]]
    look: Callable[[str], Request]
    total: Callable[[Request, bytes], int]


@dataclass(frozen=True, slots=True)
class OpenList:
    """One list under way.

    Attributes:
        fetching: its work.
        stats: its own numbers; its requests are counted elsewhere.
    """

    fetching: Fetching
    stats: ListingStats


class ListOpener:
    """Begins to read the lists, typed or raw.

    Args:
        client: what requests go through.
        sources: the lists.
        drift: what to do about pages that shift.
        is_raw: whether items are bytes.
        counts: where requests are counted.
    """

    def __init__(
        self, client: Client, sources: Sources, drift: Drift, *, is_raw: bool, counts: Counts
    ) -> None:
        self._client = client
        self._sources = sources
        self._drift: Drift = drift
        self._is_raw = is_raw
        self._counts = counts

    def conversations(self, **how: Any) -> OpenList:
        """Begin to read the list of conversations; `how` is what its `Plan` is told."""
        opened = self._open(self._sources.conversations, reading.conversations, how)
        opened.fetching.begin()
        return opened

    def messages(self, **how: Any) -> OpenList:
        """Begin to read the messages of the whole brand."""
        opened = self._open(self._sources.messages, reading.messages, how)
        opened.fetching.begin()
        return opened

    def messages_of(self, slug: str) -> OpenList:
        """The messages of one conversation, for a task of the caller's to begin."""
        return self._open(self._sources.messages_of(slug), reading.messages, {})

    async def count_messages(self) -> int:
        """How many messages the whole brand has, by one request, as the server counts.

        Raises:
            ReamazeError: the answer could not be fetched.
        """
        request, requester = self._sources.messages.request(1), self._client.requester()
        return (await requester.run(request, self._sources.total, self._counts)).result

    async def look(self, slug: str) -> None:
        """Ask for one conversation, to see whether it is there.

        Raises:
            NotFound: it is gone.
            ReamazeError: nobody knows.
        """
        request = self._sources.look(slug)
        await self._client.requester().run(request, lambda *_: None, self._counts)

    def _open(
        self,
        source: ListSource[Any],
        rows: Callable[[Decode[PageBody[Any]]], Decode[PageBody[Any]]],
        how: dict[str, Any],
    ) -> OpenList:
        listing = RawListing(self._client, source, drift=self._drift)
        decode = rows(source.raw if self._is_raw else source.typed)
        fetching = listing.fetch(decode, counts=self._counts, **how)
        return OpenList(fetching, listing.stats)
