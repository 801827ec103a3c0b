"""A server of its own for each test, and limits on it."""

import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from redis_servers import RedisServer, any_program
from virtual_redis import VirtualRedis

from reamaze_async.redis import RedisLimit, link


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for a while doesn't make Redis away, but in virtual time."""
    if "virtual_redis" not in request.fixturenames:
        monkeypatch.setattr(link, "TIMEOUT", 60.0)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """An empty one."""
    server = RedisServer(any_program()).start()
    yield server
    server.close()


@pytest.fixture
async def virtual_redis(server: RedisServer) -> AsyncIterator[VirtualRedis]:
    """A client of it in virtual time, before which all runs are alike."""
    random.seed(1)
    client = VirtualRedis(server)
    yield client
    await client.aclose()


@pytest.fixture
async def limited(virtual_redis: VirtualRedis) -> AsyncIterator[Callable[..., RedisLimit]]:
    """Makes limits in virtual time, each of which stands for a process; closes them at the end."""
    made: list[RedisLimit] = []

    def limited(**how: Any) -> RedisLimit:
        facts = {"key": "acme", "requests": 3, "per": 1.0} | how
        made.append(RedisLimit(virtual_redis, **facts))
        return made[-1]

    yield limited
    for limit in made:
        limit._permits.clear()
        await limit.aclose()
