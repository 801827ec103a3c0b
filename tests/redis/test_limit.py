"""One limit for many: the lines of one process, what it holds, what it shows."""

import asyncio
import gc
import logging
import os
import warnings
from contextlib import suppress
from itertools import product

import pytest
from loops import every_loop, in_virtual_time, turns
from redis import asyncio as redis_client
from redis_servers import ENDPOINT, OK, RedisServer, any_program, request

from reamaze_async import InvalidParameter, RateLimited, ReamazeSession, Retry
from reamaze_async.limits.limiter import IN_BULK
from reamaze_async.limits.throttle import Outcome
from reamaze_async.redis import RedisLimit
from reamaze_async.sandbox import Sandbox

PASSWORD = "correct-horse"


def now() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


# --- one limit ------------------------------------------------------------------------------------


@in_virtual_time
async def test_turn_that_is_free_too_early(limited):
    """Between two processes: the fourth of three turns begins a window after the first answer."""
    one, other = limited(), limited()
    began = await asyncio.gather(*(request(limit, 0.1) for limit in (one, one, other, other)))
    first, *_, last = sorted(began)
    assert 1.1 <= last - first < 2.0


@in_virtual_time
async def test_limits_that_differ(limited):
    """Of two numbers under one key the smaller counts, for who has named the larger too."""
    large, small = limited(requests=50), limited(requests=2)
    await request(small)
    first = now()
    began = await asyncio.gather(*(request(large) for _ in range(3)))
    assert [at - first > 0.8 for at in sorted(began)] == [False, True, True]


@in_virtual_time
async def test_limits_of_two_lengths(limited):
    """Where processes name so many a second and so many in three, both hold."""
    short, long = limited(requests=2, per=0.5), limited(requests=3, per=2.0)
    await request(short)
    began = sorted(await asyncio.gather(*(request(limit) for limit in (long, long, short))))
    assert began[1] - began[0] > 0.4
    assert began[2] - began[0] > 1.5


@in_virtual_time
async def test_keys_that_are_one(limited):
    """Another key is another limit."""
    one, other = limited(requests=1, per=60.0), limited(requests=1, per=60.0, key="other")
    await request(one)
    async with asyncio.timeout(50):
        await request(other)


@in_virtual_time
async def test_refusal_that_others_do_not_hear_of(limited):
    """A 429 closes the gate for all until `Retry-After`, and then one probe goes alone."""
    one, other = limited(requests=50), limited(requests=50)
    await request(other)
    await request(one, outcome=Outcome(429, retry_after=0.7))
    refused = now()
    began = sorted(await asyncio.gather(*(request(each, 0.2) for each in (one, other) * 3)))
    assert began[0] >= refused + 0.69
    assert all(at >= began[0] + 0.2 for at in began[1:])
    assert (one.state.throttled, other.state.throttled) == (1, 1)


@in_virtual_time
async def test_request_that_was_never_sent(limited):
    """A turn whose request never left comes back at once, to another process too."""
    one, other = limited(requests=1, per=60.0), limited(requests=1, per=60.0)
    await request(one, outcome=Outcome(None, sent=False))
    async with asyncio.timeout(50):
        await request(other)


@in_virtual_time
async def test_ordinary_turn_that_costs_two_scripts(limited):
    """One after the other, a request costs one script: its answer is told with the next one."""
    limit = limited(requests=500)
    await request(limit)
    before = limit._shared._calls
    for _ in range(100):
        await request(limit)
    assert limit._shared._calls - before <= 110


# --- within a process --------------------------------------------------------------------------


@in_virtual_time
async def test_order_that_is_lost(limited):
    """First come, first served."""
    limit, order = limited(requests=2, per=0.2), []

    async def one(number: int) -> None:
        await limit.acquire(ENDPOINT)
        order.append(number)
        limit.answered(ENDPOINT, OK)

    await asyncio.gather(*(one(number) for number in range(8)))
    assert order == list(range(8))


@in_virtual_time
async def test_single_call_behind_pages(limited):
    """Who waits for an answer begins before pages that have waited longer."""
    limit = limited(requests=1, per=0.4)

    async def page() -> float:
        IN_BULK.set(True)
        return await request(limit)

    pages = [asyncio.create_task(page()) for _ in range(3)]
    await asyncio.sleep(0.2)
    single = await request(limit)
    began = sorted(await asyncio.gather(*pages))
    assert began[0] < single < began[1]


@in_virtual_time
async def test_background_that_uses_it_all(limited):
    """What runs in the background leaves its share to others, in other processes too."""
    export, call = limited(requests=10, per=2.0).background(0.5), limited(requests=10, per=2.0)
    first = await request(export)
    tasks = [asyncio.create_task(request(export)) for _ in range(8)]
    await asyncio.sleep(0.3)
    assert await request(call) - first < 1.0
    assert sum(at - first < 1.9 for at in await asyncio.gather(*tasks)) == 4


@in_virtual_time
async def test_waiter_that_takes_its_turn_along(limited):
    """Who gives up takes nothing along, whatever Redis was just about to grant."""
    limit = limited(requests=5, per=60.0)
    for seconds, number in product((0.0, 0.001, 0.002), range(15)):  # the way takes 0.001 s
        task = asyncio.create_task(limit.acquire(ENDPOINT))
        await asyncio.sleep(seconds)
        await turns(number)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
            limit.answered(ENDPOINT, Outcome(None, sent=False))
    async with asyncio.timeout(50):
        await asyncio.gather(*(request(limit) for _ in range(5)))
    assert limit.state.in_flight == limit.state.waiting == 0


@in_virtual_time
@pytest.mark.parametrize("pause", range(5))
async def test_turn_that_is_granted_to_nobody(limited, pause):
    """What Redis grants to who has given up meanwhile is another's at once."""
    one, other = limited(requests=1, per=60.0), limited(requests=1, per=60.0)
    task = asyncio.create_task(one.acquire(ENDPOINT))
    await asyncio.sleep(pause / 1000)  # A call takes 0.002 s, and the first one only reads.
    task.cancel()
    async with asyncio.timeout(50):
        await request(other)


@every_loop
async def test_loop_that_is_no_asyncio_loop(server):
    """It works on every loop, and leaves nothing behind."""
    async with RedisLimit(server.url, key="acme", requests=5, per=0.3) as limit:
        await asyncio.gather(*(request(limit, 0.01) for _ in range(12)))


def test_limit_that_outlives_its_loop(server):
    """A limit made at module level serves one loop after the other, and remembers its turns."""
    limit = RedisLimit(server.url, key="acme", requests=1, per=60.0)
    asyncio.run(request(limit))

    async def again() -> None:
        async with asyncio.timeout(0.5):
            await request(limit)

    with pytest.raises(TimeoutError):
        asyncio.run(again())


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_fork_that_speaks_for_its_parent(server):
    """A forked worker is a process of its own, which knows of the turns of its parent."""
    limit = RedisLimit(server.url, key="acme", requests=2, per=60.0)
    asyncio.run(request(limit))
    name = limit._shared.process
    if not (child := os.fork()):
        is_well = False
        try:
            asyncio.run(asyncio.wait_for(request(limit), 20))
            is_well = limit._shared.process != name
        finally:
            os._exit(not is_well)
    assert os.waitpid(child, 0)[1] == 0
    asyncio.run(_paused_for_long(limit))


async def _paused_for_long(limit):
    waiting = asyncio.create_task(limit.acquire(ENDPOINT))
    while (limit.state.paused_for or 0.0) < 30:
        await turns(1)
    waiting.cancel()
    await asyncio.wait([waiting])


# --- with a session --------------------------------------------------------------------------


async def test_session_that_leaves_a_connection(server):
    """A session uses it like any other limit, and its end closes the connection."""
    limit = RedisLimit(server.url, key="acme", requests=50)
    async with Sandbox(200, size="small") as sandbox:
        account = sandbox.brand, sandbox.email, sandbox.token
        for way in (limit, limit.background(0.9)):
            async with ReamazeSession(
                *account, base_url=sandbox.base_url, rate_limit=way
            ) as session:
                assert len([one async for one in session.conversations.list(filter="all")]) == 200
                assert session.limiter.state.requests == 50
            assert limit._task is None


async def test_session_that_closes_the_limit_of_another(server):
    """What one session closes, another goes on with."""
    limit = RedisLimit(server.url, key="acme", requests=50)
    async with Sandbox(10, size="small") as sandbox:
        account = sandbox.brand, sandbox.email, sandbox.token
        how = {"base_url": sandbox.base_url, "rate_limit": limit}
        async with ReamazeSession(*account, **how) as one:
            async with ReamazeSession(*account, **how) as other:
                await other.conversations.count()
            assert await one.conversations.count(filter="all") == 10


async def test_deadline_while_redis_is_away(tmp_path):
    """`Retry(deadline=)` ends waiting; nothing was sent, and the error blames no rate limit."""
    limit = RedisLimit(at := f"unix://{tmp_path}/none", key="acme", requests=50)
    async with Sandbox(10, size="small") as sandbox:
        async with ReamazeSession(
            sandbox.brand,
            sandbox.email,
            sandbox.token,
            base_url=sandbox.base_url,
            rate_limit=limit,
            retry=Retry(deadline=0.3),
        ) as session:
            with pytest.raises(RateLimited, match=rf": Redis at {at} is away .*: check") as told:
                await session.conversations.count()
            assert f"{session.limiter.state.away}." in str(told.value)
        assert (sandbox.requests, told.value.retry_after) == ([], None)


# --- closing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("decode", [False, True])
async def test_client_of_the_caller_that_is_closed(server, decode):
    """A client of the caller's is used, whatever it decodes, and not closed."""
    client = redis_client.Redis.from_url(server.url, decode_responses=decode)
    async with RedisLimit(client, key="acme", requests=5, per=60.0) as limit:
        await request(limit)
        assert limit.state.requests == 5
    connections = client.connection_pool._available_connections
    assert [connection.is_connected for connection in connections] == [True]
    assert (await client.ping()) is True
    await client.connection_pool.disconnect()


async def test_limit_that_nobody_closes(server):
    """What is garbage closes its connection, and nothing is said."""
    limit = RedisLimit(server.url, key="acme", requests=5)
    await request(limit)
    task = limit._task
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        del limit
        gc.collect()
        await asyncio.wait([task], timeout=60)
        gc.collect()
    assert task.done()
    assert [str(warning.message) for warning in told] == []


@pytest.mark.parametrize("between", range(8))
async def test_limit_closed_twice_at_once(server, between):
    """Two sessions that end together leave no connection open."""
    limit = RedisLimit(server.url, key="acme", requests=5)
    await request(limit)
    first = asyncio.create_task(limit.aclose())
    await turns(between)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        await asyncio.gather(first, limit.aclose())
        gc.collect()
    assert [str(warning.message) for warning in told] == []


async def test_end_that_waits_for_a_redis_that_is_away(server):
    """Closing takes no longer than a while, though there is something left to tell."""
    limit = RedisLimit(server.url, key="acme", requests=5)
    await limit.acquire(ENDPOINT)
    server.kill()
    limit.answered(ENDPOINT, OK)
    async with asyncio.timeout(60):
        await limit.aclose()


# --- what is refused, and what is shown -----------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"key": ""}, "key='' is empty"),
        ({"key": 7}, "key=7 must be a string"),
        ({"requests": 0}, "requests=0 must be a whole number from 1"),
        ({"requests": 1.5}, "requests=1.5 must be a whole number"),
        ({"per": 0}, "per=0 must be a positive number"),
        ({"lease": float("nan")}, "lease=nan must be a positive number"),
        ({"url_or_client": 7}, "url_or_client=<class 'int'> must be a URL"),
        ({"url_or_client": "http://localhost"}, "The Redis URL can't be used: write it as redis:"),
        ({"url_or_client": "redis://localhost:x"}, "The Redis URL can't be used"),
        ({"url_or_client": "redis://localhost?sucket=1"}, "The Redis URL can't be used"),
    ],
)
def test_argument_that_is_none(how, told):
    """What can't be used is refused in one sentence, which shows no password."""
    with pytest.raises(InvalidParameter) as refused:
        RedisLimit(**({"url_or_client": "redis://localhost", "key": "acme"} | how))
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://me:{PASSWORD}@localhost:6380/3",
        f"rediss://:{PASSWORD}@[::1]/",
        f"unix://me:{PASSWORD}@/tmp/socket",
        f"redis://localhost?password={PASSWORD}",
        f"http://me:{PASSWORD}@localhost",
        f"redis://:{PASSWORD}@localhost:port",
    ],
)
def test_password_in_a_repr_or_an_error(url):
    """Neither a repr nor an error nor its frames show a password."""
    try:
        shown = repr(RedisLimit(url, key="acme"))
    except InvalidParameter as error:
        shown, trace = str(error), error.__traceback__
        while trace := trace.tb_next:  # the first frame is this test's
            shown += repr(trace.tb_frame.f_locals)
    assert PASSWORD not in shown


@pytest.mark.parametrize("login", ["", ":wrong@", f"me:{PASSWORD}@"])
async def test_login_that_is_refused(login, caplog):
    """A Redis that refuses us is told in one sentence at once, without the password."""
    server = RedisServer(any_program(), "--requirepass", PASSWORD).start()
    limit = RedisLimit(server.url.replace("unix://", f"unix://{login}"), key="acme")
    told = r"^Redis at unix://.* refuses: .*: check the URL"
    try:
        with pytest.raises(InvalidParameter, match=told):
            await limit.acquire(ENDPOINT)
    finally:
        server.close()
    assert limit.state.waiting == 0
    assert PASSWORD not in caplog.text


async def test_outage_that_nobody_hears_of(server, caplog):
    """That Redis is away is told once, and that it is back."""
    caplog.set_level(logging.INFO, "reamaze_async")
    async with RedisLimit(server.url, key="acme", requests=3, per=0.1) as limit:
        await request(limit)
        server.kill()
        waiting = asyncio.create_task(request(limit))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        server.start()
        await waiting
    away, back = caplog.messages
    assert away.startswith(f"Redis at {server.url} is away")
    assert back.startswith("Redis is back after ")


def test_repr():
    """It says where, for whom and how many."""
    limit = RedisLimit("redis://localhost", key="acme", requests=100)
    told = "'redis://localhost:6379', key='acme', requests=100, per=60.0, lease=60.0"
    assert repr(limit) == f"RedisLimit({told})"
    assert repr(limit.background(0.9)) == f"{limit!r}.background(0.9)"
