"""The task that talks to Redis: when it asks, and that it keeps still."""

import asyncio
import logging

import pytest
from loops import in_virtual_time
from redis_servers import ENDPOINT, OK, request

from reamaze_async.limits.throttle import Outcome
from reamaze_async.redis import RedisLimit, pump


@in_virtual_time
async def test_pump_that_never_rests(limited):
    """Where nobody waits and nothing is under way, nothing is asked."""
    limit = limited()
    await request(limit)
    await asyncio.sleep(0.1)
    before = limit._shared._calls
    await asyncio.sleep(0.5)
    assert limit._shared._calls == before


@in_virtual_time
async def test_wait_that_is_spent_asking(limited):
    """Who waits long asks about twice a second whether a turn has come back early."""
    limit = limited(requests=1, per=60.0)
    await request(limit)
    waiter = asyncio.create_task(limit.acquire(ENDPOINT))
    await asyncio.sleep(0.3)
    before = limit._shared._calls
    await asyncio.sleep(20.0)
    waiter.cancel()
    assert 20 <= limit._shared._calls - before <= 50


@in_virtual_time
async def test_turn_that_comes_back_early_and_is_not_seen(limited):
    """A turn that another process gives back unsent is found before its time."""
    one, other = limited(requests=1, per=60.0), limited(requests=1, per=60.0)
    await one.acquire(ENDPOINT)
    waiter = asyncio.create_task(request(other))
    await asyncio.sleep(0.2)
    one.answered(ENDPOINT, Outcome(None, sent=False))
    async with asyncio.timeout(50):
        await waiter


@in_virtual_time
async def test_end_that_nobody_tells(limited):
    """The end of a request is told though nobody asks for another."""
    one, other = limited(requests=1, per=0.3), limited(requests=1, per=0.3)
    await one.acquire(ENDPOINT)
    one.answered(ENDPOINT, OK)
    async with asyncio.timeout(50):
        await request(other)


@in_virtual_time
async def test_pause_that_only_one_process_tells(limited, caplog):
    """A pause is told in each process that hears of it, once."""
    caplog.set_level(logging.INFO, "reamaze_async")
    one, other = limited(requests=50), limited(requests=50)
    await request(other)
    await request(one, outcome=Outcome(429, retry_after=1.4))
    await asyncio.gather(request(one), request(other))
    paused = "rate limit reached (429), waiting 1 s before one probe"
    assert caplog.messages.count(paused) == 2
    assert sum(text.startswith("going on after") for text in caplog.messages) == 2


async def test_bug_that_leaves_all_waiting(server, monkeypatch):
    """Should the pump fail, whoever waits is told, and the next one starts it again."""
    limit = RedisLimit(server.url, key="acme", requests=50)
    troubles: list[dict] = []
    loop = asyncio.get_running_loop()
    with monkeypatch.context() as patch:
        patch.setattr(pump.SharedLimit, "call", lambda *_: 1 / 0)
        before = loop.get_exception_handler()
        loop.set_exception_handler(lambda _, context: troubles.append(context))
        with pytest.raises(ZeroDivisionError):
            await limit.acquire(ENDPOINT)
        loop.set_exception_handler(before)
    assert len(troubles) == 1
    await request(limit)
    await limit.aclose()
