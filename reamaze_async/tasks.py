"""Work that must end before its caller goes on: cancelled tasks, and functions in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Check = Callable[[], None]


async def wait_for_end(futures: Iterable[asyncio.Future[Any]]) -> None:
    """Wait until all have ended, however often the caller is cancelled meanwhile.

    A cancel scope's shield holds only what scopes cancel; a second `Task.cancel()`, as of a
    time-out and then a shutdown, goes through it.

    Raises:
        asyncio.CancelledError: at the end, if the caller was.
    """
    cancelled: asyncio.CancelledError | None = None
    waiting = list(futures)
    with anyio.CancelScope(shield=True):
        while waiting := [future for future in waiting if not future.done()]:
            try:
                await asyncio.wait(waiting)
            except asyncio.CancelledError as error:
                cancelled = error
    if cancelled is not None:
        raise cancelled


@asynccontextmanager
async def task_group() -> AsyncIterator[TaskGroup]:
    """A task group whose first error is raised as itself, not in a group."""
    try:
        async with anyio.create_task_group() as group:
            yield group
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


class Abandoned(Exception):
    """Raised inside the work in a thread, once its caller was cancelled."""


async def in_thread(work: Callable[[Check], Result]) -> Result:
    """Run `work` in a thread, and wait for its end also when cancelled.

    The work never goes on alone: whoever is told of the cancellation may touch the same files.

    Args:
        work: gets a function to call now and then, which ends the work after a cancellation.
    """
    is_abandoned = threading.Event()

    def check() -> None:
        if is_abandoned.is_set():
            raise Abandoned

    job = asyncio.ensure_future(to_thread.run_sync(work, check))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        is_abandoned.set()
        try:
            await wait_for_end([job])
        finally:
            if not job.cancelled():
                job.exception()
        raise


async def call_in_thread(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Call a function in a thread, and wait for its end also when cancelled."""
    return await in_thread(lambda _: function(*args, **kwargs))
