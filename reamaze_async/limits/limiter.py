"""Limiters: who waits, in which order, and for how long.

The decisions are in `per_endpoint` and below; here is the waiting, and nothing else reads the
loop's clock. One queue per endpoint, first come first served; between endpoints the longest waiter
goes first among those that may go. One timer, for the nearest moment at which somebody may begin.
Nothing polls: the queues move when a request ends, when the timer fires, when a waiter gives up.
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from math import inf
from typing import Protocol

from .adaptive import Adaptive
from .per_endpoint import Change, Configured, Lanes, Notice
from .throttle import Outcome, Permit

_logger = logging.getLogger("reamaze_async")
WORTH_TELLING = 1.0
"""Seconds. Shorter pauses aren't logged."""


@dataclass(frozen=True, slots=True)
class LimiterState:
    """What a limiter knows at one moment.

    Attributes:
        paused_for: seconds until the next request may begin, for whatever reason; 0.0 now, None
            while that hangs on an answer under way, such as the probe's.
        refused: whether a 429 has closed the gate (rather than its own reckoning).
        waiting: callers that wait for a permit.
        in_flight: requests that have begun and not ended.
        throttled: 429s so far.
        requests: how many requests a window of ``per`` seconds allows: configured, or learned
            from the server's answers. None while nothing is known.
        per: the window's length in seconds. None while nothing is known.
    """

    paused_for: float | None = 0.0
    refused: bool = False
    waiting: int = 0
    in_flight: int = 0
    throttled: int = 0
    requests: int | None = None
    per: float | None = None


class Limiter(Protocol):
    """Decides when a request may be sent. `ReamazeSession(rate_limit=...)` takes any such object.

    Write your own to share one limit between processes. `endpoint` is a short name of a family of
    requests such as ``"GET /conversations"`` or ``"GET /conversations/*"``.
    """

    @property
    def state(self) -> LimiterState:
        """What the limiter knows now."""
        ...

    async def acquire(self, endpoint: str) -> None:
        """Return when one request to `endpoint` may be sent.

        May be cancelled at any time: a cancelled waiter takes nothing with it.
        """
        ...

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        """Learn how a request ended; called exactly once for each `acquire` that returned.

        It isn't awaited: a limiter that must tell another process schedules that. A session calls
        it in the task that has acquired.
        """
        ...


@dataclass(slots=True, eq=False)
class _Waiter:
    arrival: int
    future: asyncio.Future[Permit]


class _Queue:
    """The queues of waiting requests, which `RateLimit` and `AdaptiveLimit` share."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._queues: dict[str, deque[_Waiter]] = {}
        self._arrivals = 0
        self._permits: dict[object, Permit] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_loop: asyncio.AbstractEventLoop | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last_endpoint = ""
        self._paused_at: dict[str | None, float] = {}

    @property
    def state(self) -> LimiterState:
        """What the limiter knows now; outside a running loop it can't tell of a pause."""
        requests, per = self._lanes.learned() or (None, None)
        return LimiterState(
            paused_for=self._paused_for(),
            refused=self._lanes.is_refused,
            waiting=sum(map(len, self._queues.values())),
            in_flight=len(self._permits),
            throttled=self._lanes.throttled,
            requests=requests,
            per=per,
        )

    def _paused_for(self) -> float | None:
        try:
            now = asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0
        asked = self._queues or [self._last_endpoint]
        delay = min(self._lanes.delay(endpoint, now) for endpoint in asked)
        return None if delay == inf else delay

    async def acquire(self, endpoint: str) -> None:
        """Return when one request to `endpoint` may be sent. A cancelled waiter takes nothing."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._last_endpoint = endpoint
        if not self._queues and self._lanes.delay(endpoint, now) <= 0:
            self._hold(self._lanes.began(endpoint, now), loop)
        else:
            self._hold(await self._wait(endpoint, loop), loop)

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        """Be told, exactly once for each `acquire` that returned, how the request ended."""
        loop = asyncio.get_running_loop()
        self._end(self._release(endpoint, loop), loop, outcome)

    def _hold(self, permit: Permit, loop: asyncio.AbstractEventLoop) -> None:
        # A request begins and ends in one task. That tells apart a probe's answer and a late one
        # of a request sent before the gate closed, without a ticket in every caller's hands.
        task = asyncio.current_task(loop)
        self._permits[permit if task in self._permits else task] = permit

    def _release(self, endpoint: str, loop: asyncio.AbstractEventLoop) -> Permit:
        task = asyncio.current_task(loop)
        permit = self._permits.get(task)
        if permit and permit.endpoint == endpoint:
            return self._permits.pop(task)
        for key, permit in self._permits.items():
            if permit.endpoint == endpoint:
                return self._permits.pop(key)
        msg = f"answered({endpoint!r}) without an acquire before it: call each once per request"
        raise RuntimeError(msg)

    async def _wait(self, endpoint: str, loop: asyncio.AbstractEventLoop) -> Permit:
        if self._queues and self._loop is not loop:
            msg = "requests of another event loop wait for this limiter: share it within one loop"
            raise RuntimeError(msg)
        self._loop = loop
        waiter = _Waiter(self._arrivals, loop.create_future())
        self._arrivals += 1
        self._queues.setdefault(endpoint, deque()).append(waiter)
        self._wake(loop)
        try:
            return await waiter.future
        except asyncio.CancelledError:
            self._abandon(endpoint, waiter, loop)
            raise

    def _abandon(self, endpoint: str, waiter: _Waiter, loop: asyncio.AbstractEventLoop) -> None:
        if waiter.future.done() and not waiter.future.cancelled():
            self._end(waiter.future.result(), loop, Outcome(None, sent=False))
            return
        queue = self._queues.get(endpoint, deque())
        if waiter in queue:
            queue.remove(waiter)
            if not queue:
                del self._queues[endpoint]
        if not self._queues:
            self._set_timer(loop, inf)

    def _end(self, permit: Permit, loop: asyncio.AbstractEventLoop, outcome: Outcome) -> None:
        now = loop.time()
        if notice := self._lanes.ended(permit, now, outcome):
            self._tell(notice, now)
        if self._queues:
            self._wake(loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let every request begin that may, and set the timer for the next one."""
        now = loop.time()
        nearest = inf
        ready = dict(self._queues)
        while ready:
            endpoint = min(ready, key=lambda name: ready[name][0].arrival)
            delay = self._lanes.delay(endpoint, now)
            if delay > 0:
                nearest = min(nearest, delay)
                del ready[endpoint]
                continue
            waiter = ready[endpoint].popleft()
            if not waiter.future.done():  # else cancelled, and not told yet
                waiter.future.set_result(self._lanes.began(endpoint, now))
            if not ready[endpoint]:
                del ready[endpoint], self._queues[endpoint]
        self._set_timer(loop, now + nearest)

    def _set_timer(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        if self._timer:
            if self._timer_loop is loop:
                self._timer.cancel()
            self._timer = None
        if when < inf:
            self._timer = loop.call_at(when, self._wake, loop)
            self._timer_loop = loop

    def _tell(self, notice: Notice, now: float) -> None:
        endpoint = notice.endpoint
        whose = f" for {endpoint}" if endpoint else ""
        wait = notice.pace.delay(now)
        if notice.change is Change.APART:
            _logger.info("%s has a limit of its own: it answers while others are refused", endpoint)
        elif notice.change is Change.RESUMED:
            if (since := self._paused_at.pop(endpoint, None)) is not None:
                _logger.info("going on%s after %.0f s", whose, now - since)
        elif wait >= WORTH_TELLING:
            self._paused_at.setdefault(endpoint, now)
            if notice.change is Change.PAUSED:
                text = "rate limit reached (429)%s, waiting %.0f s before one probe"
                _logger.info(text, whose, wait)
            else:
                requests, per = notice.pace.learned() or (0, 0.0)
                text = "used up about %d requests per %.0f s%s, resting %.0f s"
                _logger.info(text, requests, per, whose, wait)


class RateLimit(_Queue):
    """A limit that you know: the server sees never more than `requests` in any window of `per`.

    Whatever the latency: a permit comes back `per` seconds after its request's answer. Should the
    server refuse all the same (another client uses the token), one gate closes for everyone, until
    `Retry-After` or for a while that grows, and one probe opens it.

    Several sessions may share one object; it may be made before any event loop runs.

    Args:
        requests: a whole number from 1.
        per: seconds, above 0.

    Raises:
        InvalidParameter: a number that is none, or out of its range.
    """

    def __init__(self, requests: int, per: float = 60.0) -> None:
        super().__init__(Configured(requests, per))
        self._requests, self._per = requests, per

    def __repr__(self) -> str:
        return f"RateLimit({self._requests}, per={self._per})"


class AdaptiveLimit(_Queue):
    """A limit that nobody knows, learned from what the server answers. The default.

    Full speed until the first 429. From then on it sends what a window was seen to hold, rests
    until the next, and asks now and then whether there is more. Costs nothing where nothing is
    ever refused.

    Several sessions may share one object; it may be made before any event loop runs.
    """

    def __init__(self) -> None:
        super().__init__(Lanes(Adaptive))

    def __repr__(self) -> str:
        return "AdaptiveLimit()"
