"""Threads: what `conversations.threads` returns, to iterate by conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from reamaze_async.http.client import Client
from reamaze_async.listings.raw import RawListing
from reamaze_async.listings.steps import Iterated, Step, Steps
from reamaze_async.paging.plan import Drift

from .assembly import Assembly, Beginning
from .entries import Assembled
from .sources import ListOpener, Sources
from .stats import ThreadsStats
from .thread import Thread
from .way import Way


class Threads(Iterated[Thread]):
    """Conversations with their messages, read in the background, one by one in the loop.

    Iterating sends the requests; making it sends none. It can be iterated again and starts over.
    Leaving the loop early stops all work soon after; `async with threads as items` stops it before
    the block is left. A step that was cancelled, as by a time-out, can be taken again and goes on
    where it was.

    Raises while iterating, after the threads that came before:
        ReamazeError: a page could not be fetched.
        IncompleteListing: at the end, if conversations or messages may be missing; `slugs` names
            the conversations whose threads may lack messages.
    """

    def __init__(
        self, client: Client, sources: Sources, *, ordered: bool, drift: Drift, way: Way
    ) -> None:
        super().__init__()
        self._work = ThreadsWork(client, sources, drift=drift, way=way, ordered=ordered)

    def __repr__(self) -> str:
        source = self._work.sources.conversations
        return f"<Threads {source.path}{'?' if source.query else ''}{source.query}>"

    @property
    def stats(self) -> ThreadsStats:
        """The numbers of the latest iteration."""
        return self._work.stats

    def __aiter__(self) -> Steps[Thread]:
        return self._work.steps(_thread)

    def raw(self) -> Steps[bytes]:
        """Each thread as one JSON object, `{"conversation": ..., "messages": [...]}`.

        What stands in it are the server's own bytes; the oldest message comes first.
        """
        return self._work.steps(lambda assembled: (as_json(assembled),), is_raw=True)


class ThreadsWork:
    """What is behind `Threads`, with what its users have no need of.

    Attributes:
        sources: where conversations and messages come from.
        stats: the numbers of the latest iteration.
        way: how the threads are read.
    """

    def __init__(
        self, client: Client, sources: Sources, *, drift: Drift, way: Way, ordered: bool
    ) -> None:
        self.sources: Sources = sources
        self.stats: ThreadsStats = ThreadsStats()
        self.way: Way = way
        self._client = client
        self._drift: Drift = drift
        self._ordered = ordered

    @property
    def to_the_end(self) -> bool:
        """Whether messages are read to their end, for what is found late."""
        return self._drift == "verify"

    @property
    def identity(self) -> dict[str, Any]:
        """What is read, and how carefully; equal identities mean the same export."""
        listing = RawListing(self._client, self.sources.conversations, drift=self._drift)
        messages = {"messages": self.sources.messages.query} if self.sources.messages.query else {}
        return listing.identity | {"of": "threads"} | messages

    def steps(
        self,
        unpack: Callable[[Assembled], Iterable[Step]],
        *,
        is_raw: bool = False,
        way: Way | None = None,
        ordered: bool | None = None,
        beginning: Beginning | None = None,
    ) -> Steps[Step]:
        """Iterate.

        Args:
            unpack: gives the steps that a thread is worth.
            is_raw: whether items are bytes.
            way: how the threads are read, if not as was asked for.
            ordered: whether they come in order, if not as was asked for.
            beginning: where to begin. Default: at the top.
        """
        work = partial(
            self._assembly,
            is_raw=is_raw,
            way=way or self.way,
            ordered=self._ordered if ordered is None else ordered,
            beginning=beginning or Beginning(),
        )
        return Steps(work, unpack)

    def _assembly(self, *, is_raw: bool, way: Way, ordered: bool, beginning: Beginning) -> Assembly:
        self.stats = ThreadsStats()
        counts = self.stats
        opener = ListOpener(self._client, self.sources, self._drift, is_raw=is_raw, counts=counts)
        return Assembly(
            self._client,
            opener,
            self.stats,
            self.sources.messages.key,
            way=way,
            ordered=ordered,
            to_the_end=self.to_the_end,
            beginning=beginning,
        )


def threads_work(threads: Threads) -> ThreadsWork:
    """What is behind threads, for exports."""
    return threads._work


def as_json(assembled: Assembled) -> bytes:
    """A thread whose items are bytes, as one JSON object."""
    messages = b",".join([message.item for message in assembled.messages])
    return b'{"conversation":%b,"messages":[%b]}' % (assembled.conversation.item, messages)


def _thread(assembled: Assembled) -> tuple[Thread]:
    messages = tuple(message.item for message in assembled.messages)
    return (Thread(assembled.conversation.item, messages),)
