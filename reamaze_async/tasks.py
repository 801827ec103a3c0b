"""Work that must be over before one goes on: tasks that were cancelled, and threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import anyio
from anyio import to_thread

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


class Abandoned(Exception):
    """Whoever waited for the work was cancelled."""


async def in_thread(work: Callable[[Check], Result]) -> Result:
    """Run `work` in a thread, and wait for its end also when cancelled.

    It never goes on alone: what it was writing, whoever is told of the cancellation may touch.

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
