"""Limiters: who waits, in which order, and for how long.

The decisions are in `per_endpoint` and below; here is the waiting, and nothing else reads the
loop's clock. Requests wait in lines, first come first served: a line for each endpoint, and apart
from each other single calls, pages of listings, and each share of the limit. Among the lines that
may go, single calls go before pages, so that nobody waits behind an export; apart from that the
longest waiter goes first. One timer stands at the nearest moment at which somebody may begin.
Nothing polls: the lines move when a request ends, when the timer fires, when a waiter gives up.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple, Protocol

from reamaze_async import validation
from reamaze_async.errors import SessionUnusable

from .adaptive import Adaptive
from .per_endpoint import EndpointThrottle, EventKind, FixedLimit, LimitEvent, PerEndpoint
from .throttle import Outcome, Permit

_logger = logging.getLogger("reamaze_async")
WORTH_TELLING = 1.0
"""Seconds. Shorter pauses aren't logged."""
MOST_OVERTAKEN = 30
"""Requests that may overtake pages in a row; then the pages have one turn."""
IN_BULK: ContextVar[bool] = ContextVar("in_bulk", default=False)
"""Whether the requests of this context are pages of a listing, which others may overtake."""


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
        away: what can't be reached, and why, while requests wait for that, such as the Redis of a
            shared limit. None: nothing.
    """

    paused_for: float | None = 0.0
    refused: bool = False
    waiting: int = 0
    in_flight: int = 0
    throttled: int = 0
    requests: int | None = None
    per: float | None = None
    away: str | None = None


class Limiter(Protocol):
    """Decides when a request may be sent. `ReamazeSession(rate_limit=...)` takes any such object.

    `endpoint` is a short name of a family of requests such as ``"GET /conversations"`` or
    ``"GET /conversations/*"``. A limiter that holds connections may have a coroutine
    ``session_closed()``, which each session that used it awaits when it closes.
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


class Line(NamedTuple):
    """Who waits in one line: requests to one endpoint that are alike in all that matters here."""

    endpoint: str
    in_bulk: bool
    share: float


@dataclass(slots=True, eq=False)
class _Waiter:
    arrival: int
    asked: float
    future: asyncio.Future[Permit]


class Queue:
    """The lines of waiting requests, which all limiters here share."""

    def __init__(self, limit: EndpointThrottle) -> None:
        self._limit = limit
        self._lines: dict[Line, deque[_Waiter]] = {}
        self._arrivals = 0
        self._overtaken = 0
        """Requests that somebody waits for, begun in a row while pages waited longer."""
        self._permits: dict[object, Permit] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_loop: asyncio.AbstractEventLoop | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last = "", 1.0
        """Endpoint and share of the latest request."""
        self._paused_at: dict[str | None, float] = {}

    @property
    def state(self) -> LimiterState:
        """What the limiter knows now; outside a running loop it can't tell of a pause."""
        requests, per = self._limit.learned() or (None, None)
        return LimiterState(
            paused_for=self._paused_for(),
            refused=self._limit.is_refused,
            waiting=sum(map(len, self._lines.values())),
            in_flight=len(self._permits),
            throttled=self._limit.throttled,
            requests=requests,
            per=per,
        )

    def _paused_for(self) -> float | None:
        try:
            now = asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0
        asked = [(line.endpoint, line.share) for line in self._lines] or [self._last]
        delay = min(self._expected(endpoint, now, share) for endpoint, share in asked)
        return None if delay == inf else delay

    def _expected(self, endpoint: str, now: float, share: float) -> float:
        """Seconds until a request may begin, as far as is known here; ``inf``: not known."""
        return self._limit.delay(endpoint, now, share)

    def paused_for(self, endpoint: str, share: float = 1.0) -> float | None:
        """Seconds until a request to `endpoint` may begin if nobody else asks; None: not known."""
        delay = self._expected(endpoint, asyncio.get_running_loop().time(), share)
        return None if delay == inf else delay

    def background(self, share: float = 0.9) -> Limiter:
        """The same limit for work that nobody waits for: it leaves room, and goes last.

        Its requests begin only while all requests together use at most `share` of what the limit
        allows in a window, and after those of everybody else. They still get one turn in
        `MOST_OVERTAKEN`, however much others ask for.

        Args:
            share: above 0, at most 1.

        Raises:
            InvalidParameter: a share that is none.
        """
        return _Background(self, validation.share("share", share))

    async def session_closed(self) -> None:
        """Be told that a session which used the limit has closed."""

    def acquire(self, endpoint: str) -> Coroutine[Any, Any, None]:
        """Return when one request to `endpoint` may be sent. A cancelled waiter takes nothing."""
        return self.acquire_share(endpoint, 1.0)

    async def acquire_share(self, endpoint: str, share: float) -> None:
        """Return when one request may be sent with at most this share of the limit in use."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._last = endpoint, share
        if not self._lines and self._limit.delay(endpoint, now, share) <= 0:
            permit = self._limit.began(endpoint, now, now)
        else:
            line = Line(endpoint, IN_BULK.get() or share < 1.0, share)
            permit = await self._wait(line, now, loop)
        # A request begins and ends in one task. That tells apart a probe's answer and a late one
        # of a request sent before the gate closed, without a ticket in every caller's hands.
        task = asyncio.current_task(loop)
        self._permits[permit if task in self._permits else task] = permit

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        """Be told, exactly once for each `acquire` that returned, how the request ended."""
        loop = asyncio.get_running_loop()
        self._end(self._release(endpoint, loop), loop, outcome)

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

    async def _wait(self, line: Line, now: float, loop: asyncio.AbstractEventLoop) -> Permit:
        if self._lines and self._loop is not loop:
            msg = "Requests of another event loop wait for this limiter: share it within one loop."
            raise SessionUnusable(msg)
        self._loop = loop
        waiter = _Waiter(self._arrivals, now, loop.create_future())
        self._arrivals += 1
        self._lines.setdefault(line, deque()).append(waiter)
        self._wake(loop)
        try:
            return await waiter.future
        except asyncio.CancelledError:
            self._abandon(line, waiter, loop)
            raise

    def _abandon(self, line: Line, waiter: _Waiter, loop: asyncio.AbstractEventLoop) -> None:
        if waiter.future.done() and not waiter.future.cancelled():
            self._end(waiter.future.result(), loop, Outcome(None, sent=False))
            return
        waiting = self._lines.get(line, deque())
        if waiter in waiting:
            waiting.remove(waiter)
            if not waiting:
                del self._lines[line]
        if not any(other.in_bulk for other in self._lines):
            self._overtaken = 0
        if not self._lines:
            self._set_timer(loop, inf)

    def _end(self, permit: Permit, loop: asyncio.AbstractEventLoop, outcome: Outcome) -> None:
        now = loop.time()
        if event := self._limit.ended(permit, now, outcome):
            self._tell(event, now)
        if self._lines:
            self._wake(loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let begin who may begin, and set the timer for who comes next."""
        now = loop.time()
        nearest = inf
        ready = dict(self._lines)
        while ready:
            is_bulks_turn = self._overtaken >= MOST_OVERTAKEN
            line = self._next_of(ready, is_bulks_turn=is_bulks_turn)
            share = 1.0 if is_bulks_turn else line.share
            delay = self._limit.delay(line.endpoint, now, share)
            if delay > 0:
                nearest = min(nearest, delay)
                del ready[line]
                continue
            waiter = ready[line].popleft()
            if not waiter.future.done():  # else cancelled, and not told yet
                waiter.future.set_result(self._limit.began(line.endpoint, now, waiter.asked))
                is_overtaking = not line.in_bulk and any(other.in_bulk for other in self._lines)
                self._overtaken = self._overtaken + 1 if is_overtaking else 0
            if not ready[line]:
                del ready[line], self._lines[line]
        self._set_timer(loop, now + nearest)

    @staticmethod
    def _next_of(ready: dict[Line, deque[_Waiter]], *, is_bulks_turn: bool) -> Line:
        """The line to serve: who is waited for before pages, else who has waited longest."""

        def order(line: Line) -> tuple[bool, int]:
            return line.in_bulk is not is_bulks_turn, ready[line][0].arrival

        return min(ready, key=order)

    def _set_timer(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        if self._timer:
            if self._timer_loop is loop:
                self._timer.cancel()
            self._timer = None
        if when < inf:
            self._timer = loop.call_at(when, self._wake, loop)
            self._timer_loop = loop

    def _tell(self, event: LimitEvent, now: float) -> None:
        endpoint = event.endpoint
        whose = f" for {endpoint}" if endpoint else ""
        wait = event.throttle.delay(now)
        if event.kind is EventKind.APART:
            _logger.info("%s has a limit of its own: it answers while others are refused", endpoint)
        elif event.kind is EventKind.TOGETHER:
            self._paused_at.pop(endpoint, None)
            _logger.info("%s has no limit of its own: it is refused together with others", endpoint)
        elif event.kind is EventKind.RESUMED:
            if (since := self._paused_at.pop(endpoint, None)) is not None:
                _logger.info("going on%s after %.0f s", whose, now - since)
        elif wait >= WORTH_TELLING:
            self._paused_at.setdefault(endpoint, now)
            if event.kind is EventKind.PAUSED:
                text = "rate limit reached (429)%s, waiting %.0f s before one probe"
                _logger.info(text, whose, wait)
            else:
                requests, per = event.throttle.learned() or (0, 0.0)
                text = "used up about %d requests per %.0f s%s, resting %.0f s"
                _logger.info(text, requests, per, whose, wait)


class _Background:
    """What `background` gives."""

    def __init__(self, limit: Queue, share: float) -> None:
        self._limit, self._share = limit, share

    def __repr__(self) -> str:
        return f"{self._limit!r}.background({self._share})"

    @property
    def state(self) -> LimiterState:
        """What the limiter knows now."""
        return self._limit.state

    def paused_for(self, endpoint: str) -> float | None:
        """Seconds until a request to `endpoint` may begin if nobody else asks; None: not known."""
        return self._limit.paused_for(endpoint, self._share)

    async def session_closed(self) -> None:
        """Be told that a session which used the limit has closed."""
        await self._limit.session_closed()

    async def acquire(self, endpoint: str) -> None:
        """Return when one request to `endpoint` may be sent."""
        await self._limit.acquire_share(endpoint, self._share)

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        """Be told how the request ended."""
        self._limit.answered(endpoint, outcome)


class RateLimit(Queue):
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
        super().__init__(FixedLimit(requests, per))
        self._requests, self._per = requests, per

    def __repr__(self) -> str:
        return f"RateLimit({self._requests}, per={self._per})"


class AdaptiveLimit(Queue):
    """A limit that nobody knows, learned from what the server answers. The default.

    Full speed until the first 429. From then on it sends what a window was seen to hold, rests
    until the next, and asks now and then whether there is more. Costs nothing where nothing is
    ever refused.

    Several sessions may share one object; it may be made before any event loop runs.
    """

    def __init__(self) -> None:
        super().__init__(PerEndpoint(Adaptive))

    def __repr__(self) -> str:
        return "AdaptiveLimit()"
