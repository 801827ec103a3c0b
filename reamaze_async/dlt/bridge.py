"""The bridge between dlt, which calls from threads and can't await, and a session in its loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Generic, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from reamaze_async.session import ReamazeSession

Step = TypeVar("Step")


class Bridge:
    """One session, in an event loop of its own thread, for as long as somebody iterates.

    Several iterations at once share the session: its slots and its limiter. The last one to end
    closes it and ends the thread, however it ends.

    Args:
        connect: makes a session; called in the loop's thread.
    """

    def __init__(self, connect: Callable[[], ReamazeSession]) -> None:
        self._connect = connect
        self._lock = Lock()
        self._users = 0
        self._opened = ExitStack()
        self._portal: BlockingPortal
        self._session: ReamazeSession

    def iterate(
        self, steps_of: Callable[[ReamazeSession], AsyncGenerator[Step, None]]
    ) -> Iterator[Step]:
        """Iterate over what an asynchronous generator makes of the session, from any thread.

        Raises:
            ReamazeError: as the generator does.
        """
        with self._open() as (portal, session):
            steps = _Steps(steps_of(session))
            try:
                while (found := _result(portal, steps.next)) is not None:
                    yield found[0]
            finally:
                portal.call(steps.close)

    @contextmanager
    def _open(self) -> Iterator[tuple[BlockingPortal, ReamazeSession]]:
        with self._lock:
            if not self._users:
                self._begin()
            self._users += 1
        try:
            yield self._portal, self._session
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._opened.close()

    def _begin(self) -> None:
        with ExitStack() as opening:
            self._portal = opening.enter_context(start_blocking_portal())
            self._session = self._portal.call(self._made)
            opening.callback(self._portal.call, self._session.close)
            self._opened = opening.pop_all()

    async def _made(self) -> ReamazeSession:
        return await self._connect().open()


class _Steps(Generic[Step]):
    """An asynchronous generator, of which one step at a time is taken."""

    def __init__(self, steps: AsyncGenerator[Step, None]) -> None:
        self._steps = steps
        self._turn = asyncio.Lock()

    async def next(self) -> tuple[Step] | None:
        """The next step; None at the end."""
        async with self._turn:
            async for found in self._steps:
                return (found,)
        return None

    async def close(self) -> None:
        """Close it, once the step under way has ended."""
        async with self._turn:
            await self._steps.aclose()


def _result(portal: BlockingPortal, step: Callable[[], Awaitable[Step]]) -> Step:
    """What a step returns; it is cancelled if this thread is interrupted while it waits."""
    future = portal.start_task_soon(step)
    try:
        return future.result()
    finally:
        future.cancel()
