"""The task of one process that talks to Redis: when it asks, and what it does without an answer."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import weakref
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Protocol

from reamaze_async.errors import InvalidParameter
from reamaze_async.limits.limiter import MOST_OVERTAKEN
from reamaze_async.limits.per_endpoint import LimitEvent

from .link import Away, Link
from .shared import SharedLimit, WaitingLine

_logger = logging.getLogger("reamaze_async")

SLOT = 0.005
"""Seconds between two processes that want the same turn; who has had fewer asks first."""
PAGES_LATER = 0.008
"""Seconds by which pages let single calls of other processes go first."""
SCARCE = 60.0
"""Seconds after a wait for which turns are thought scarce."""
READ_AGAIN = 0.5
"""Seconds after which a waiting process reads the log again: turns may come back early."""
FIRST_POLL, LONGEST_POLL = 0.02, 0.1
"""Seconds until it asks again, where a turn hangs on the answer of another process."""
FIRST_RETRY, LONGEST_RETRY = 0.05, 0.5
"""Seconds between two tries while Redis is away."""


class Owner(Protocol):
    """Who waits, as the pump sees it."""

    def waiting(self) -> list[WaitingLine]:
        """The lines, those that go first first."""
        ...

    def granted(self) -> None:
        """Let begin who has got a turn."""
        ...

    def tell(self, event: LimitEvent, now: float) -> None:
        """Tell people of something; `now` is Redis's time."""
        ...


class Pump:
    """Talks to Redis as long as there is something to say.

    Args:
        owner: whom to serve, held weakly: while nobody waits, it may go.
        shared: what is known.
        link: the way to Redis.
        luck: draws evenly from 0 to 1.

    Attributes:
        away: that Redis can't be reached, and why; None while it can.
    """

    def __init__(
        self,
        owner: Owner,
        shared: SharedLimit,
        link: Link,
        luck: Callable[[], float] = random.random,
    ) -> None:
        self._owner = weakref.ref(owner)
        self._shared, self._link, self._luck = shared, link, luck
        self._poked = asyncio.Event()
        self._flushed = asyncio.Event()
        self._flushed.set()
        self._ask_at = inf
        self._not_before = self._waited_at = -inf
        self._poll, self._retry = FIRST_POLL, FIRST_RETRY
        self.away: str | None = None
        self._away_since = -inf
        self._was_there = False

    def poke(self) -> None:
        """Look again what there is to do."""
        self._poked.set()

    async def flush(self) -> None:
        """Return when there is nothing to tell any more."""
        self._flushed.clear()
        self.poke()
        await self._flushed.wait()

    async def run(self) -> None:
        """Do what there is to do, until cancelled."""
        clock = asyncio.get_running_loop().time
        try:
            while True:
                self._poked.clear()
                await self._sleep(self._rest(clock()), clock)
        finally:
            self._flushed.set()
            await self._link.close()

    async def _sleep(self, seconds: float, clock: Callable[[], float]) -> None:
        if seconds <= 0:
            await self._talk(clock)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == inf else seconds):
                await self._poked.wait()

    def _rest(self, now: float) -> float:
        """Seconds until there is something to do."""
        shared, owner = self._shared, self._owner()
        lines = owner.waiting() if owner else []
        if not lines:
            self._ask_at = inf
        elif not shared.has_read_since(now - 1.5 * READ_AGAIN):
            self._ask_at = now
        else:
            self._ask_at = min(self._ask_at, self._due(lines, now))
        if shared.is_idle:
            self._flushed.set()
        must_tell = shared.must_tell(is_awaited=bool(lines))
        when = -inf if not self._flushed.is_set() else min(self._ask_at, must_tell)
        return max(when, self._not_before) - now

    def _due(self, lines: list[WaitingLine], now: float) -> float:
        """When to ask for a turn, as far as the log was read."""
        waits = []
        for line in lines:
            wait = max(0.0, self._shared.wait(line.endpoint, now, line.share))
            if wait > 0:
                self._waited_at = now
            if wait == inf:
                wait = self._poll * (0.5 + self._luck())
            elif self._shared.has_others and now - self._waited_at < SCARCE:
                wait += SLOT * (self._shared.others_first + self._luck())
                # Now and then pages go with the others, so that they get their turn.
                is_later = line.in_bulk and self._luck() * MOST_OVERTAKEN > 1
                wait += PAGES_LATER if is_later else 0.0
            waits.append(wait)
        return now + min(*waits, READ_AGAIN * (0.75 + 0.5 * self._luck()))

    async def _talk(self, clock: Callable[[], float]) -> None:
        shared, sent = self._shared, clock()
        owner = self._owner()
        call = shared.call(owner.waiting() if owner else [], sent, secrets.token_hex(8))
        try:
            reply = await self._link.ask(shared.process, call)
        except Away as away:
            shared.failed(clock())
            self._is_away(away, clock())
            return
        except asyncio.CancelledError:
            shared.failed(clock())
            raise
        now = clock()
        self._is_there(now)
        events = shared.take(call, reply, sent, now)
        self._ask_at = inf
        self._poll = FIRST_POLL if reply.granted else min(2 * self._poll, LONGEST_POLL)
        if owner:
            for event in events:
                owner.tell(event, shared.server_time(now))
            owner.granted()
        shared.give_back(now)

    def _is_away(self, away: Away, now: float) -> None:
        where = self._link.where
        if away.is_final and not self._was_there:
            message = f"Redis at {where} refuses: {away}: check the URL, the login and its rights."
            raise InvalidParameter(message) from None
        if self.away is None:
            self._away_since = now
            _logger.warning("Redis at %s is away (%s): requests wait until it is back", where, away)
        self.away = f"Redis at {where} is away ({away})"
        self._not_before = now + self._retry * (0.5 + self._luck())
        self._retry = min(2 * self._retry, LONGEST_RETRY)

    def _is_there(self, now: float) -> None:
        self._was_there, self._retry = True, FIRST_RETRY
        if self.away is not None:
            self.away = None
            _logger.warning("Redis is back after %.1f s", now - self._away_since)
