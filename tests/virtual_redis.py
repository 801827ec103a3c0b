"""A real Redis in virtual time: what happens doesn't hang on how fast the machine is."""

import asyncio
from collections.abc import Callable
from typing import Any

from redis import Redis, exceptions
from redis import asyncio as redis_client
from redis_servers import RedisServer

FUTURE = 4e9
"""What Redis's clock shows when the loop's shows nothing: the script never goes back in time."""


def set_clock(client: Redis, state: Any, now: float) -> None:
    """Let it be so late for the script that runs next; see `log.lua`."""
    client.hset(state, "now", int((FUTURE + now) * 1e6))
    client.hdel(state, "ahead")


class VirtualRedis(redis_client.Redis):
    """A client whose Redis runs the scripts for real, with the loop's clock.

    Args:
        server: the real one.
        way: seconds to it, and back.
    """

    def __init__(self, server: RedisServer, way: float = 0.001) -> None:
        super().__init__()
        self._real = Redis(unix_socket_path=server.url.removeprefix("unix://"))
        self._way = way
        self._life = 0
        self._is_there, self._goes_on = True, asyncio.Event()
        self._goes_on.set()

    def leave(self) -> None:
        """Be killed: whatever it knew is gone, and what was asked gets no answer."""
        self._is_there, self._life = False, self._life + 1
        self._real.flushall()

    def come_back(self) -> None:
        """Be there again, empty."""
        self._is_there = True

    def stop(self) -> None:
        """Take what is asked from now on, but do nothing of it."""
        self._goes_on.clear()

    def go_on(self) -> None:
        """Do now what was asked meanwhile."""
        self._goes_on.set()

    async def evalsha(self, *arguments: Any) -> Any:
        return await self._asked(self._real.evalsha, arguments)

    async def eval(self, *arguments: Any) -> Any:
        return await self._asked(self._real.eval, arguments)

    async def _asked(self, run: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        # Who gives up waiting doesn't take back what was sent.
        answer = asyncio.create_task(self._answer(run, arguments))
        answer.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(answer)

    async def _answer(self, run: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        life = self._life
        await asyncio.sleep(self._way)
        await self._goes_on.wait()
        self._check(life)
        set_clock(self._real, arguments[3], asyncio.get_running_loop().time())
        answer = run(*arguments)
        await asyncio.sleep(self._way)
        self._check(life)
        return answer

    def _check(self, life: int) -> None:
        if self._life != life or not self._is_there:
            raise exceptions.ConnectionError

    def turns(self) -> int:
        """How many turns are under way, as it knows."""
        return int(self._real.hlen("{reamaze:acme}:turns"))

    async def aclose(self, *_: Any) -> None:
        self._real.close()
