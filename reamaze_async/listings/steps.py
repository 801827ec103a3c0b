"""Steps: the iterator over a listing, whose every step may be cancelled and taken again.

An async generator ends for good when a step of it is cancelled, and what it does then looks like
the end of the list. So this is none: between two steps all state is in the iterator, and a step
takes nothing out of it before it has something to return.

Whoever is cancelled inside a step may have gone for good, and an error report or a cycle may keep
the iterator alive. So when the task that was cancelled has ended, and no other takes a step, the
work is paused: nothing is left running, and another step takes it up again.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from reamaze_async.paging.cursor import Batch

from .fetching import Fetching

Step = TypeVar("Step")

PATIENCE = 0.25
"""Seconds after the end of a task that was cancelled inside a step, until the work is paused."""


class Steps(AsyncGenerator[Step, None]):
    """What a listing hands out, step by step.

    `async with` closes it at once on leaving. Forgotten, it stops its work soon after.

    Args:
        fetch: begins an iteration; called at the first step.
        unpack: gives the steps that a batch is worth.
    """

    def __init__(
        self, fetch: Callable[[], Fetching], unpack: Callable[[Batch], Iterable[Step]]
    ) -> None:
        self._fetch = fetch
        self._unpack = unpack
        self._fetching: Fetching | None = None
        self._ready: Iterator[Step] = iter(())
        self._closed = False
        self._failure: Exception | None = None
        self._taken = self._waiting = 0
        self._watched: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Step:
        self._taken += 1
        while not self._closed:
            for step in self._ready:
                return step
            if (batch := await self._next_batch()) is not None:
                self._ready = iter(self._unpack(batch))
        raise StopAsyncIteration

    async def _next_batch(self) -> Batch | None:
        """The next batch; None at the list's end, when all has stopped."""
        if self._failure is not None:
            raise self._failure  # An end that isn't the list's never looks like it.
        if self._fetching is None:
            self._fetching = self._fetch()
            self._fetching.begin()
        self._waiting += 1
        try:
            batch = await self._fetching.next()
        except asyncio.CancelledError:
            self._watch(asyncio.current_task())
            raise
        except Exception as error:
            self._failure = error
            await self._fetching.end()
            raise
        finally:
            self._waiting -= 1
        if batch is None:
            await self.aclose()
        return batch

    def _watch(self, task: asyncio.Task[Any] | None) -> None:
        """Pause once this task has ended, unless it was made for this one step (by `wait_for`)."""
        code = getattr(task and task.get_coro(), "cr_code", None)
        if task is None or task in self._watched or code is Steps.__anext__.__code__:
            return
        self._watched.add(task)
        own, loop = weakref.ref(self), asyncio.get_running_loop()

        def pause(taken: int) -> None:
            steps = own()
            if steps and steps._fetching and steps._taken == taken and not steps._waiting:
                steps._fetching.pause()

        def ended(_: object) -> None:
            if steps := own():
                loop.call_later(PATIENCE, pause, steps._taken)

        task.add_done_callback(ended)

    async def asend(self, value: None) -> Step:  # noqa: ARG002 - a generator's own signature
        """Take a step."""
        return await anext(self)

    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> Step:
        """Stop all work, and raise the exception."""
        await self.aclose()
        error = typ if isinstance(typ, BaseException) else val
        if not isinstance(error, BaseException):
            kind: Any = typ
            error = kind() if val is None else kind(val)
        raise error.with_traceback(tb)

    async def aclose(self) -> None:
        """Stop all work and wait for its end; closing again does nothing."""
        self._closed = True
        self._ready = iter(())
        if self._fetching is not None:
            await self._fetching.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if self._fetching is not None:
            self._fetching.drop()
