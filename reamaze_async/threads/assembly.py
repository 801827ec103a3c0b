"""Assembly: threads, put together in the background from what several lists bring.

A driver task feeds the `Join` from the list of conversations and, if the messages of the brand are
read together, from theirs; threads that must be read alone are read by workers beside it. Threads
under way and not yet taken are at most twice `concurrency`. All state is kept outside the tasks, so
that a pause can cancel them at any moment and loses nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from anyio.abc import TaskGroup

from reamaze_async.errors import IncompleteListing, NotFound, ReamazeError
from reamaze_async.http.client import Client
from reamaze_async.listings.driver import Driver
from reamaze_async.listings.reading import readable_items
from reamaze_async.paging.cursor import Batch, Cursor
from reamaze_async.tasks import task_group, wait_for_end

from .doubts import Doubts
from .entries import Assembled, Entries, Entry
from .join import Join, Joined, ListedConversation, Next
from .sources import ListOpener, OpenList
from .stats import ThreadsStats
from .way import Way, cheaper


@dataclass(frozen=True, slots=True)
class Beginning:
    """How an assembly begins, or goes on where an earlier one stood.

    Attributes:
        conversations: what the `Plan` of the list of conversations is told.
        messages: what that of the brand's messages is told.
        join: what puts threads together; None: a new one.
        on_messages: called with each batch of the brand's messages, before anything is made of it.
        doubts: why threads that were read alone may lack messages, by slug; added to.
    """

    conversations: dict[str, Any] = field(default_factory=dict)
    messages: dict[str, Any] = field(default_factory=dict)
    join: Join | None = None
    on_messages: Callable[[Batch], object] | None = None
    doubts: dict[str, str] = field(default_factory=dict)


class Assembly:
    """One iteration over threads: the driver task, its workers, and what they have finished.

    After `begin`, `next` gives threads until `end` or `drop`.

    Args:
        client: what requests go through.
        opener: begins to read the lists.
        stats: where everything is counted.
        key: gives the key of a message's outline.
        way: how the threads are read.
        ordered: whether they come in the order of the conversations.
        to_the_end: whether all messages of the brand are read in any case.
        beginning: where to begin.
    """

    def __init__(
        self,
        client: Client,
        opener: ListOpener,
        stats: ThreadsStats,
        key: Callable[[Any], str],
        *,
        way: Way,
        ordered: bool,
        to_the_end: bool,
        beginning: Beginning,
    ) -> None:
        self._client = client
        self._opener = opener
        self._stats = stats
        self._key = key
        self._way: Way = way
        self._ordered = ordered
        self._to_the_end = to_the_end
        self._beginning = beginning
        self._join: Join | None = None
        self._lists: dict[Next, OpenList] = {}
        self._places: deque[tuple[Cursor, int]] = deque()
        self._entries = Entries(2 * client.concurrency, ordered=ordered)
        self._doubts = Doubts(beginning.doubts)
        self._failure: Exception | None = None
        self._is_fed = False
        self._changed, self._taken, self._read = (asyncio.Event() for _ in range(3))
        self._driver = Driver(client, "reamaze_async threads", self._changed.set)
        self._group: TaskGroup | None = None
        self._past = [0, 0]

    # --- as `Steps` drives it ---------------------------------------------------------------

    def begin(self) -> None:
        """Start the driver, in the running event loop."""
        self._client.requester()
        self._stats.begin()
        self._driver.start(self._drive())

    def pause(self) -> None:
        """Stop all work until `next` is called again."""
        self._driver.pause()

    async def end(self) -> None:
        """Stop all work, and wait for its end; ending again does nothing."""
        self._stats.end()
        if not self._driver.is_at_home:
            self.drop()
            return
        tasks = self._driver.cancel()
        tasks += [task for each in self._under_way() for task in each.fetching.cancel()]
        await wait_for_end(tasks)

    def drop(self) -> None:
        """Stop all work soon; may be called from anywhere."""
        self._stats.end()
        for each in self._under_way():
            each.fetching.drop()
        self._driver.drop()

    @property
    def is_next_there(self) -> bool:
        """Whether there is a thread that wasn't taken."""
        entry = self._entries.next(is_last=self._is_fed)
        return entry is not None and entry.error is None

    async def next(self) -> Assembled | None:
        """The next thread, as soon as there is one; None at the end.

        Raises:
            ReamazeError: a page could not be fetched, or the session was closed.
            IncompleteListing: conversations or messages may be missing.
        """
        self._driver.check_loop()
        if self._driver.is_paused:
            await self._driver.wait_for_pause()
            self._driver.start(self._drive())
        while (entry := self._entries.take(is_last=self._is_fed)) is None:
            if self._is_fed and not self._entries:
                self._check_end()
                return None
            if not self._driver.is_running:
                self._driver.explain()
            self._changed.clear()
            await self._changed.wait()
        self._taken.set()
        if entry.error is not None:
            raise entry.error
        assembled = entry.assembled()
        self._stats.items += 1
        self._stats.conversations += 1
        self._stats.messages += len(assembled.messages)
        return assembled

    def _under_way(self) -> list[OpenList]:
        return [*self._lists.values(), *(entry.opened for entry in self._entries if entry.opened)]

    def _check_end(self) -> None:
        """Raise what went wrong, or say what may be missing; do nothing at a good end."""
        if self._failure is not None:
            raise self._failure
        if self._join is not None and (error := self._doubts.error(self._join)):
            raise error

    # --- the driver -------------------------------------------------------------------------

    async def _drive(self) -> None:
        try:
            async with task_group() as self._group:
                for entry in self._entries:  # after a pause
                    if not entry.is_done:
                        self._group.start_soon(self._read_alone, entry)
                await self._work()
        finally:
            self._group = None
            # Also a list that began when whoever left had looked for those under way already.
            for each in self._under_way():
                each.fetching.pause() if self._driver.is_paused else each.fetching.cancel()

    async def _work(self) -> None:
        """Feed the join until it is over, or something can't be fetched."""
        try:
            join = self._join = self._join or self._begin_join()
            if not self._stats.way:
                await self._choose(join)
            while not (self._is_fed or self._entries.is_failing):
                await self._feed(join)
        except ReamazeError as error:
            self._failure = error
        self._is_fed = True
        self._changed.set()

    def _begin_join(self) -> Join:
        """Begin to read the list of conversations, and to join messages to it."""
        # Joined in time, conversations must come in their order.
        ordered = self._ordered or self._way != "each"
        how = {"ordered": ordered} | self._beginning.conversations
        self._lists["conversations"] = self._opener.conversations(**how)
        return self._beginning.join or Join(self._key, to_the_end=self._to_the_end)

    async def _choose(self, join: Join) -> None:
        """Choose the cheaper way if that is wanted, and begin it."""
        way, first = self._way, self._lists["conversations"].stats
        if way == "auto":
            if first.total_count is None:
                await self._take(join, "conversations")
            total = first.total_count or 0
            messages = await self._opener.count_messages() if total > 1 else 0
            way = cheaper(total, join.waiting, messages)
        self._stats.way = way
        if way == "each":
            join.read_each()
            return
        how = {"ordered": True} | self._beginning.messages
        self._lists["messages"] = self._opener.messages(**how)

    async def _feed(self, join: Join) -> None:
        """Do one thing of those that the join says are to be done."""
        if self._entries.is_full:
            self._taken.clear()
            await self._taken.wait()
            return
        if self._stats.way == "each":
            # Neighbouring pages of conversations are read close together, not between threads.
            await self._lists["conversations"].fetching.idle()
        step = join.next()
        self._stats.held = join.held
        if isinstance(step, Joined):
            self._add(step)
        elif step == "nothing":
            self._is_fed = True
        elif step == "a read":
            self._read.clear()
            await self._read.wait()
        else:
            await self._take(join, step)

    async def _take(self, join: Join, which: Next) -> None:
        """Take a batch of a list."""
        opened = self._lists[which]
        try:
            batch = await opened.fetching.next()
        except IncompleteListing as error:
            if which == "messages":
                self._doubts.messages, self._doubts.missing = error, opened.fetching.missing
            else:
                self._doubts.conversations = error
            batch = None
        if batch is None:
            join.end(which)
        elif which == "messages":
            if self._beginning.on_messages:
                self._beginning.on_messages(batch)
            join.take_messages(readable_items(batch))
        else:
            self._take_conversations(join, batch)
        self._report()

    def _take_conversations(self, join: Join, batch: Batch) -> None:
        rows: list[ListedConversation] = list(readable_items(batch))
        join.take_conversations(rows)
        self._places.extend((batch.cursor, pending) for pending in reversed(range(len(rows))))

    def _add(self, joined: Joined) -> None:
        """Make an entry of a conversation, and read its thread if that is to be read alone."""
        cursor, pending = self._places.popleft()
        entry = Entry(joined, cursor, pending, list(joined.messages))
        self._entries.add(entry)
        if not joined.alone:
            entry.is_done = True
            self._changed.set()
            return
        self._stats.alone += self._stats.way == "together"
        entry.opened = self._opener.messages_of(joined.conversation.slug)
        entry.messages = []
        assert self._group is not None
        self._group.start_soon(self._read_alone, entry)

    async def _read_alone(self, entry: Entry) -> None:
        """Read a thread by itself; after a pause, go on with it."""
        assert entry.opened is not None
        assert self._join is not None
        slug = entry.joined.conversation.slug
        try:
            await entry.opened.fetching.begin_here()
            while (batch := await entry.opened.fetching.next()) is not None:
                entry.messages += readable_items(batch)
            self._doubts.threads.pop(slug, None)
        except IncompleteListing as error:
            self._doubts.threads[slug] = error.reason
        except NotFound as error:
            entry.is_gone = not await self._is_there(slug)
            entry.error = None if entry.is_gone else error
        except ReamazeError as error:
            entry.error = error
        if entry.is_gone or entry.error:
            self._join.give_up(entry.joined, is_gone=entry.is_gone)
            self._stats.gone += entry.is_gone
        else:
            self._join.read_alone(entry.joined, entry.messages)
        self._past[0] += entry.opened.stats.duplicates
        self._past[1] += entry.opened.stats.unreadable
        entry.opened, entry.is_done = None, True
        self._report()
        for event in (self._changed, self._read, self._taken):
            event.set()

    async def _is_there(self, slug: str) -> bool:
        try:
            await self._opener.look(slug)
        except NotFound:
            return False
        except ReamazeError:
            pass  # Nobody knows; the thread can't be read in any case.
        return True

    def _report(self) -> None:
        stats, listed = self._stats, [each.stats for each in self._lists.values()]
        first = self._lists["conversations"].stats
        if "messages" in self._lists:
            self._doubts.unreadable = self._lists["messages"].fetching.unreadable
        stats.pages, stats.page_count, stats.total_count = (
            first.pages,
            first.page_count,
            first.total_count,
        )
        stats.duplicates = self._past[0] + sum(each.duplicates for each in listed)
        stats.unreadable = self._past[1] + sum(each.unreadable for each in listed)
        stats.contradictions = first.contradictions
