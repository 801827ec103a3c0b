"""Waiting for the end of what was cancelled, whatever else happens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import anyio


async def until_ended(futures: Iterable[asyncio.Future[Any]]) -> None:
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
