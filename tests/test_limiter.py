"""The waiting: order, cancellation, one timer, one gate, in virtual time."""

import asyncio

import pytest

from reamaze_async.errors import InvalidParameter
from reamaze_async.limiter import AdaptiveLimit, Outcome, RateLimit

LIST = "GET /conversations"
OK = Outcome(200)


async def settle() -> None:
    """Let everything that can run now run."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize("requests", [0, -1, True, 1.5, "60", None])
def test_number_of_requests_that_is_none(requests):
    """A number of requests must be a whole number from 1, or be refused in one sentence."""
    with pytest.raises(InvalidParameter, match="requests="):
        RateLimit(requests)


@pytest.mark.parametrize("per", [0, -1.0, float("nan"), float("inf"), True, "60"])
def test_period_that_is_none(per):
    """A period must be a positive, finite number of seconds, or be refused in one sentence."""
    with pytest.raises(InvalidParameter, match="per="):
        RateLimit(60, per)


async def test_cancelled_waiter_keeps_a_turn():
    """A waiter that is cancelled takes nothing with it: the next one begins in its place."""
    limit = RateLimit(1, 60.0)
    await limit.acquire(LIST)
    first = asyncio.create_task(limit.acquire(LIST))
    second = asyncio.create_task(limit.acquire(LIST))
    await settle()
    limit.answered(LIST, Outcome(None, sent=False))
    first.cancel()  # its turn was handed over in the same step of the loop
    await settle()
    assert (first.cancelled(), second.done()) == (True, True)


async def test_probe_answered_while_a_late_refusal_arrives():
    """A 429 sent before the gate closed is the same event: it must not close it again."""
    limit = AdaptiveLimit()
    await limit.acquire(LIST)
    late = asyncio.create_task(refused_later(limit, go := asyncio.Event()))
    await settle()
    limit.answered(LIST, Outcome(429, retry_after=0.0))
    await limit.acquire(LIST)
    assert limit.state.paused_for is None
    limit.answered(LIST, OK)
    go.set()
    await late
    assert (limit.state.paused_for, limit.state.throttled) == (0.0, 2)


async def refused_later(limit: AdaptiveLimit, go: asyncio.Event) -> None:
    """Begin a request now, and have it refused when told."""
    await limit.acquire(LIST)
    await go.wait()
    limit.answered(LIST, Outcome(429))
