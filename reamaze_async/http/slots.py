"""Slots for requests in flight: at most so many at once, single calls before pages of listings."""

import asyncio
from collections import deque

from reamaze_async.errors import RequestTimeout
from reamaze_async.limits.limiter import IN_BULK, MOST_OVERTAKEN
from reamaze_async.remedies import Remedy


class NoTurn(RequestTimeout):
    """Other requests of the session had all turns until the deadline: this one was never sent."""

    remedy: Remedy | None = "fewer-at-once"


class Slots:
    """A semaphore with two lines: requests that somebody waits for, then pages of listings.

    Pages have one turn in `MOST_OVERTAKEN`, however many others there are.

    Args:
        number: requests in flight at once.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._calls: deque[asyncio.Future[None]] = deque()
        self._pages: deque[asyncio.Future[None]] = deque()
        self._overtaken = 0

    def take(self) -> bool:
        """Take a slot, if one is free: then nobody waits for it. Otherwise, `wait`."""
        is_free = self._free > 0
        self._free -= is_free
        return is_free

    async def wait(self) -> None:
        """Wait for a slot until it is given to this request."""
        line = self._pages if IN_BULK.get() else self._calls
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Give a slot to the next who still waits for it; it is free if nobody does."""
        line = self._next_line() if self._calls or self._pages else None
        if line:
            line.popleft().set_result(None)
        else:
            self._free += 1

    def _next_line(self) -> deque[asyncio.Future[None]]:
        """The line whose turn it is; empty if nobody waits any more."""
        for line in (self._calls, self._pages):
            while line and line[0].done():  # cancelled
                line.popleft()
        is_overtaking = bool(self._calls and self._pages)
        line = self._calls or self._pages
        if is_overtaking and self._overtaken >= MOST_OVERTAKEN:
            line, is_overtaking = self._pages, False
        self._overtaken = self._overtaken + 1 if is_overtaking else 0
        return line
