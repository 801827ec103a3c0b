"""Steps: the iterator over a listing, whose every step may be cancelled and taken again.

An async generator ends for good when a step of it is cancelled, and what it does then looks like
the end of the list. So this is none: between two steps all state is in the iterator, and a step
takes nothing out of it before it has something to return.

Whoever is cancelled inside a step may have gone for good, and an error report or a cycle may keep
the iterator alive. So when no other step is taken soon after, the work is paused: nothing is left
running, and another step takes it up again.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from itertools import chain
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

Step = TypeVar("Step")
Piece = TypeVar("Piece")
Piece_co = TypeVar("Piece_co", covariant=True)

PATIENCE = 0.25
"""Seconds after a cancelled step until the work is paused; after each pause twice as many, so that
a page comes at last to whoever takes short steps with long breaks in between."""


class Work(Protocol[Piece_co]):
    """One iteration's work in the background, as `Steps` drives it; `Fetching` is one."""

    def begin(self) -> None:
        """Begin, in the running event loop."""
        ...

    @property
    def is_next_there(self) -> bool:
        """Whether `next` has a piece, without waiting."""
        ...

    async def next(self) -> Piece_co | None:
        """The next piece; None at the end. Cancelled, it has taken nothing."""
        ...

    def pause(self) -> None:
        """Stop all work until `next` is called again."""
        ...

    async def end(self) -> None:
        """Stop all work and wait for its end; ending again does nothing."""
        ...

    def drop(self) -> None:
        """Stop all work soon; may be called from anywhere."""
        ...


class Steps(AsyncGenerator[Step, None]):
    """What a listing hands out, step by step.

    `async with` closes it at once on leaving. Forgotten, it stops its work soon after.

    Args:
        fetch: makes the work of an iteration; called at the first step.
        unpack: gives the steps that a piece of it is worth.
    """

    def __init__(
        self, fetch: Callable[[], Work[Piece]], unpack: Callable[[Piece], Iterable[Step]]
    ) -> None:
        self._fetch: Callable[[], Work[Any]] = fetch
        self._unpack: Callable[[Any], Iterable[Step]] = unpack
        self._fetching: Work[Any] | None = None
        self._ready: Iterator[Step] = iter(())
        self._closed = False
        self._failure: Exception | None = None
        self._taken = self._waiting = 0
        self._patience = PATIENCE

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Step:
        for step in self._ready:
            return step
        while not self._closed:
            used_up = self._ready
            if (piece := await self._next_piece()) is not None:
                steps, ready = self._unpack(piece), self._ready
                # Another task's step may have brought a piece meanwhile: this one stands below.
                self._ready = iter(steps) if ready is used_up else chain(ready, steps)
            for step in self._ready:
                return step
        raise StopAsyncIteration

    async def _next_piece(self) -> Any:
        """The next piece; None at the list's end, when all has stopped."""
        self._taken += 1
        if self._failure is not None:
            raise self._failure  # An end that isn't the list's never looks like it.
        if self._fetching is None:
            self._fetching = self._fetch()
            self._fetching.begin()
        self._waiting += 1
        try:
            piece = await self._fetching.next()
        except asyncio.CancelledError:
            self._pause_later()
            raise
        except Exception as error:
            self._failure = error
            await self._fetching.end()
            raise
        finally:
            self._waiting -= 1
        if piece is None:
            self._closed = True
            await self._fetching.end()
        return piece

    def _pause_later(self) -> None:
        """Pause in a while, unless another step is taken until then."""
        own, taken = weakref.ref(self), self._taken

        def pause() -> None:
            steps = own()
            if steps and steps._fetching and steps._taken == taken and not steps._waiting:
                steps._patience *= 2
                steps._fetching.pause()

        asyncio.get_running_loop().call_later(self._patience, pause)

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

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if self._fetching is not None:
            self._fetching.drop()


async def next_steps(steps: Steps[Step], most: int) -> list[Step]:
    """The next step and, up to so many, those behind it that are there already; none at the end."""
    found: list[Step] = []
    async for step in steps:
        found.append(step)
        if len(found) >= most or not (steps._fetching and steps._fetching.is_next_there):
            break
    return found


class Iterated(Generic[Step]):
    """What can be iterated again and again, also as `async with iterated as steps`."""

    def __init__(self) -> None:
        self._entered: list[tuple[asyncio.Task[Any] | None, Steps[Step]]] = []

    def __aiter__(self) -> Steps[Step]:
        raise NotImplementedError

    async def __aenter__(self) -> Steps[Step]:
        steps = aiter(self)
        self._entered.append((asyncio.current_task(), steps))
        return steps

    async def __aexit__(self, *_: object) -> None:
        # The block entered last by this task; a fixture may be left by another than entered it.
        task = asyncio.current_task()
        entered = [entry for entry in self._entered if entry[0] is task] or self._entered
        self._entered.remove(entry := entered[-1])
        await entry[1].aclose()
