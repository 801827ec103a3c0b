"""One request until it has an answer: slot, permit, attempt, judgement, and again.

Every request of a session goes through its `Requester`: listings and single calls share its slots
and its limiter. A slot is held from the permit to the answer; while a request waits for the limit
or pauses before another try, it holds none.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from reamaze_async.errors import (
    ConnectionFailed,
    DecodeError,
    RateLimited,
    ReamazeError,
)
from reamaze_async.limits.limiter import IN_BULK, Limiter
from reamaze_async.limits.throttle import TOO_MANY_REQUESTS, Outcome
from reamaze_async.wire.request import Request
from reamaze_async.wire.response import Response, date_of, error_of, retry_after

from .retry import Retry
from .slots import NoTurn, Slots

if TYPE_CHECKING:
    from .transport import Transport

_logger = logging.getLogger("reamaze_async")

Result = TypeVar("Result")

WINDOW = 60.0
"""Seconds of the server's window (documented: "per minute"), as long as no other is known."""


@dataclass(slots=True)
class Counts:
    """What requests cost; live while they are made.

    Attributes:
        requests: requests sent.
        retries: tries after a failure, 429s not counted.
        throttled: answers 429.
        repaired: pages fetched again because of drift.
    """

    requests: int = 0
    retries: int = 0
    throttled: int = 0
    repaired: int = 0


UNSENT = Outcome(None, sent=False)
UNANSWERED = Outcome(None)
_answered = cache(Outcome)

COUNTED = tuple(Counts.__dataclass_fields__)
"""The names of the counts."""


class Reply(msgspec.Struct, Generic[Result], frozen=True, gc=False):
    """The good response that a request got in the end.

    Attributes:
        result: the decoded body.
        began: when the good attempt was sent, on the loop's clock.
        ended: when its response was complete.
    """

    result: Result
    began: float
    ended: float


class Requester:
    """Sends requests, at most `concurrency` at once, through one limiter.

    Args:
        transport: makes one attempt.
        limiter: gives permits, and is told how each request ended.
        retry: what to try again.
        concurrency: requests in flight at once.
        luck: draws the jitter, evenly from 0 to 1.
    """

    def __init__(
        self,
        transport: Transport,
        limiter: Limiter,
        retry: Retry,
        concurrency: int,
        luck: Callable[[], float] = random.random,
    ) -> None:
        self._transport = transport
        self._limiter = limiter
        self._retry = retry
        self._concurrency = concurrency
        self._luck = luck
        self._slots = Slots(concurrency)
        # One queue per endpoint keeps those that wait for one endpoint's limit out of the way of
        # the others, and keeps the limiter's own queue as short as the slots are few. Pages have
        # a queue of their own, or single calls would wait behind them here.
        self._queues: dict[tuple[str, bool], Slots] = {}
        self._was_refused = False
        self._pause_ends = -inf

    async def run(
        self,
        request: Request,
        decode: Callable[[Request, bytes], Result],
        counts: Counts | None = None,
        mend: Callable[[Request, bytes], Result] | None = None,
    ) -> Reply[Result]:
        """Send a request, again if need be, and decode the good response.

        Args:
            request: what to ask.
            decode: reads the good response.
            counts: where it is counted what that costs.
            mend: reads a response that isn't JSON as a whole, once it has come twice so, or
                there is no other try.

        Raises:
            ReamazeError: the last failure, when trying again is of no use or not allowed.
        """
        counts = Counts() if counts is None else counts
        clock = asyncio.get_running_loop().time
        started, deadline = 0.0, inf
        if self._retry.deadline is not None:  # Else nobody asks when it started.
            started = clock()
            deadline = started + self._retry.deadline
        attempt = 0
        came: int | None = None
        while True:
            response = None
            try:
                response = await self._attempt(request, started, counts)
                if response.status == TOO_MANY_REQUESTS and clock() < deadline:
                    continue  # An error, its body redacted, is only made when it is raised.
                failure: ReamazeError | None = error_of(request, response)
                if failure is None:
                    try:
                        result = response.read(request, decode)
                    except DecodeError as error:
                        came, before = hash(response.body), came
                        may_pass = came != before and attempt + 1 < self._retry.attempts
                        if mend is None or may_pass or not error.is_garbled:
                            raise
                        result = response.read(request, mend)
                    return Reply(result, response.began, response.ended)
            except RateLimited:  # no permit before the deadline
                raise
            except ReamazeError as error:
                failure = error
            attempt += 1
            asked = None if response is None else retry_after(response)
            delay = self._delay_after(request, failure, attempt, started, asked)
            counts.retries += 1
            await asyncio.sleep(delay)

    def _delay_after(
        self,
        request: Request,
        failure: ReamazeError,
        attempt: int,
        started: float,
        asked: float | None,
    ) -> float:
        """How long the retry policy waits; raises the failure if it says to give up."""
        delay = self._retry.delay_after(
            failure,
            method=request.method,
            attempt=attempt,
            elapsed=asyncio.get_running_loop().time() - started,
            luck=self._luck(),
            asked=asked,
        )
        if delay is None:
            raise self._with_a_wait(failure)
        if delay:
            tries, fact = self._retry.attempts, failure.fact.removesuffix(".")
            _logger.info("%s, try %d of %d; again in %.1f s", fact, attempt, tries, delay)
        return delay

    def _with_a_wait(self, failure: ReamazeError) -> ReamazeError:
        """A 429 that didn't say how long to wait says after how long it is likely to work."""
        if isinstance(failure, RateLimited) and failure.retry_after is None:
            facts = {name: getattr(failure, name) for name in ("method", "path", "page")}
            wait = self._likely_wait()
            return RateLimited(message=failure.message, retry_after=wait, **facts)
        return failure

    def _likely_wait(self) -> float:
        """Seconds after which the rate limit is likely to let a request in."""
        left = self._pause_ends - asyncio.get_running_loop().time()
        if left > 0:
            return left
        state = self._limiter.state
        return max(state.paused_for or 0.0, state.per or WINDOW)

    async def _attempt(self, request: Request, started: float, counts: Counts) -> Response:
        endpoint = request.endpoint
        line = endpoint, IN_BULK.get()
        queue = self._queues.get(line)
        if queue is None:
            queue = self._queues[line] = Slots(self._concurrency)
        if not queue.take():
            await self._in_time(queue.wait(), request, started)
        try:
            response = None
            while response is None:
                if self._retry.deadline is None:
                    await self._limiter.acquire(endpoint)
                else:
                    await self._acquire_in_time(request, endpoint, started)
                response = await self._use_permit(request, endpoint, started, counts)
        finally:
            queue.give_back()
        is_refused = response.status == TOO_MANY_REQUESTS
        counts.throttled += is_refused
        if is_refused or _logger.isEnabledFor(logging.DEBUG):
            self._tell(request, response)
        return response

    def _tell(self, request: Request, response: Response) -> None:
        """Log an answer: each at DEBUG, the first 429 at INFO."""
        is_refused = response.status == TOO_MANY_REQUESTS
        is_news = is_refused and not self._was_refused
        if is_refused:
            self._was_refused = True
            if (wait := retry_after(response)) is not None:
                self._pause_ends = asyncio.get_running_loop().time() + wait
        page = "" if request.page is None else f" page {request.page}"
        _logger.log(
            logging.INFO if is_news else logging.DEBUG,
            "%s %s%s: HTTP %d, %d bytes, %.2f s%s",
            request.method,
            request.path,
            page,
            response.status,
            len(response.body),
            response.ended - response.began,
            "; the rate limit is reached, requests wait for it from now on" if is_news else "",
        )

    async def _acquire_in_time(self, request: Request, endpoint: str, started: float) -> None:
        """Wait for the limiter, unless it is sure to take longer than the deadline allows."""
        left = started + (self._retry.deadline or 0.0) - asyncio.get_running_loop().time()
        if (paused_for := self._paused_for(endpoint)) and paused_for > left:
            raise self._no_turn(request)
        await self._in_time(self._limiter.acquire(endpoint), request, started, is_limits=True)

    async def _in_time(
        self, turn: Awaitable[object], request: Request, started: float, *, is_limits: bool = False
    ) -> None:
        """Wait for a turn, at most until the deadline: the limiter's, or one of other requests."""
        deadline = self._retry.deadline
        if deadline is None:
            await turn
            return
        with suppress(TimeoutError):
            async with asyncio.timeout_at(started + deadline):
                await turn
            return
        if is_limits or self._limiter.state.waiting or self._paused_for(request.endpoint) != 0:
            raise self._no_turn(request)
        raise NoTurn(**request.facts, timeout=deadline)

    def _no_turn(self, request: Request) -> RateLimited:
        """The error of a request that the limiter didn't let be sent before the deadline."""
        if away := self._limiter.state.away:
            return RateLimited(**request.facts, reason=away, remedy="check-shared-limit")
        reason = f"no turn to send it within {self._retry.deadline:g} s"
        return RateLimited(**request.facts, retry_after=self._likely_wait(), reason=reason)

    def _paused_for(self, endpoint: str) -> float | None:
        """Seconds until the limiter lets this endpoint's requests begin; None: not known."""
        ask = getattr(self._limiter, "paused_for", None)  # ours know it by endpoint and share
        return ask(endpoint) if ask else self._limiter.state.paused_for

    async def _use_permit(
        self, request: Request, endpoint: str, started: float, counts: Counts
    ) -> Response | None:
        """Send; None if a 429 came while the request waited for a slot: its permit is void."""
        outcome = UNSENT
        try:
            if not self._slots.take():
                refusals = self._limiter.state.throttled
                await self._in_time(self._slots.wait(), request, started)
                if refusals != self._limiter.state.throttled:
                    self._slots.give_back()
                    return None
            try:
                counts.requests += 1
                outcome = UNANSWERED
                response = await self._transport.send(request)
                outcome = _outcome(response)
                return response
            finally:
                self._slots.give_back()
        except ConnectionFailed as error:
            outcome = UNANSWERED if error.sent else UNSENT
            raise
        finally:
            self._limiter.answered(endpoint, outcome)


def _outcome(response: Response) -> Outcome:
    if response.status != TOO_MANY_REQUESTS:
        return _answered(response.status)
    return Outcome(response.status, retry_after=retry_after(response), date=date_of(response))
