"""A server of its own for each test, and limits on it."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from redis_servers import RedisServer, any_program

from reamaze_async.redis import RedisLimit


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """An empty one."""
    server = RedisServer(any_program()).start()
    yield server
    server.close()


@pytest.fixture
async def limited(server: RedisServer) -> AsyncIterator[Callable[..., RedisLimit]]:
    """Makes limits on the server, each of which stands for a process; closes them at the end."""
    made: list[RedisLimit] = []

    def limited(**how: Any) -> RedisLimit:
        made.append(RedisLimit(server.url, **({"key": "acme", "requests": 3, "per": 1.0} | how)))
        return made[-1]

    yield limited
    for limit in made:
        limit._permits.clear()
        await limit.aclose()
