"""Work that would hold up the event loop, in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread

from .ending import until_ended

Result = TypeVar("Result")
Check = Callable[[], None]


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
            await until_ended([job])
        finally:
            if not job.cancelled():
                job.exception()
        raise
