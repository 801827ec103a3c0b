"""One request until it has an answer: slot, permit, attempt, judgement, and again.

Every request of a session goes through its `Requester`: listings and single calls share its slots
and its limiter. A slot is held from the permit to the answer; while a request waits for the limit
or pauses before another try, it holds none.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

from reamaze_async.errors import ConnectionFailed, RateLimited, ReamazeError
from reamaze_async.limits.limiter import Limiter
from reamaze_async.limits.throttle import TOO_MANY_REQUESTS, Outcome
from reamaze_async.wire.request import Request
from reamaze_async.wire.response import Response, date_of, error_of, retry_after

from .retry import Retry

if TYPE_CHECKING:
    from .transport import Transport

_logger = logging.getLogger("reamaze_async")

Result = TypeVar("Result")


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


COUNTED = tuple(Counts.__dataclass_fields__)
"""The names of the counts."""


@dataclass(frozen=True, slots=True)
class Reply(Generic[Result]):
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
        self._slots = asyncio.Semaphore(concurrency)
        # One queue per endpoint keeps those that wait for one endpoint's limit out of the way of
        # the others, and keeps the limiter's own queue as short as the slots are few.
        self._queues: dict[str, asyncio.Semaphore] = {}

    async def run(
        self,
        request: Request,
        decode: Callable[[Request, bytes], Result],
        counts: Counts | None = None,
    ) -> Reply[Result]:
        """Send a request, again if need be, and decode the good response.

        Raises:
            ReamazeError: the last failure, when trying again is of no use or not allowed.
        """
        counts = Counts() if counts is None else counts
        clock = asyncio.get_running_loop().time
        started = clock()
        deadline = inf if self._retry.deadline is None else started + self._retry.deadline
        attempt = 0
        while True:
            try:
                response = await self._attempt(request, started, counts)
                if response.status == TOO_MANY_REQUESTS and clock() < deadline:
                    continue  # An error, its body redacted, is only made when it is raised.
                failure: ReamazeError | None = error_of(request, response)
                if failure is None:
                    return Reply(response.read(request, decode), response.began, response.ended)
            except RateLimited:  # no permit before the deadline
                raise
            except ReamazeError as error:
                failure = error
            attempt += 1
            await self._pause(request, failure, attempt, started)
            counts.retries += 1

    async def _pause(
        self, request: Request, failure: ReamazeError, attempt: int, started: float
    ) -> None:
        """Wait as long as the retry policy says, or raise the failure if it says to give up."""
        delay = self._retry.delay_after(
            failure,
            method=request.method,
            attempt=attempt,
            elapsed=asyncio.get_running_loop().time() - started,
            luck=self._luck(),
        )
        if delay is None:
            raise failure
        if delay:
            _logger.info("%s Trying again in %.1f s.", failure, delay)
            await asyncio.sleep(delay)

    async def _attempt(self, request: Request, started: float, counts: Counts) -> Response:
        queue = self._queues.get(request.endpoint)
        if queue is None:
            queue = self._queues[request.endpoint] = asyncio.Semaphore(self._concurrency)
        async with queue:
            response = None
            while response is None:
                await self._take_permit(request, started)
                response = await self._use_permit(request, counts)
        counts.throttled += response.status == TOO_MANY_REQUESTS
        return response

    async def _take_permit(self, request: Request, started: float) -> None:
        """Wait for the limiter, unless it is sure to take longer than the deadline allows."""
        if self._retry.deadline is None:
            await self._limiter.acquire(request.endpoint)
            return
        until = started + self._retry.deadline
        paused_for = self._limiter.state.paused_for
        if not paused_for or asyncio.get_running_loop().time() + paused_for <= until:
            try:
                async with asyncio.timeout_at(until):
                    await self._limiter.acquire(request.endpoint)
                return
            except TimeoutError:
                paused_for = self._limiter.state.paused_for
        raise RateLimited(**request.facts, retry_after=paused_for or None)

    async def _use_permit(self, request: Request, counts: Counts) -> Response | None:
        """Send; None if a 429 came while the request waited for a slot: its permit is void."""
        outcome = Outcome(None, sent=False)
        refusals = self._limiter.state.throttled if self._slots.locked() else None
        try:
            async with self._slots:
                if refusals is not None and refusals != self._limiter.state.throttled:
                    return None
                counts.requests += 1
                outcome = Outcome(None)
                response = await self._transport.send(request)
                outcome = _outcome(response)
                return response
        except ConnectionFailed as error:
            outcome = Outcome(None, sent=error.sent)
            raise
        finally:
            self._limiter.answered(request.endpoint, outcome)


def _outcome(response: Response) -> Outcome:
    if response.status != TOO_MANY_REQUESTS:
        return Outcome(response.status)
    return Outcome(response.status, retry_after=retry_after(response), date=date_of(response))
