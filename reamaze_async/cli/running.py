"""Running a piece of work until it ends, or until a signal ends it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from enum import Enum
from typing import Any, NoReturn


class Stop(Enum):
    """How a person or the system ends a run."""

    INTERRUPTED = signal.SIGINT
    TERMINATED = signal.SIGTERM

    @property
    def status(self) -> int:
        """The exit status that shells give it: 130 or 143."""
        return 128 + int(self.value)

    @property
    def word(self) -> str:
        """What happened, for people."""
        return self.name.capitalize()


class Stopped(Exception):
    """A signal has ended the run."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self.stop = stop


Work = Callable[[], Coroutine[Any, Any, None]]


def run(work: Work, hurry: Callable[[Stop], object] | None = None) -> None:
    """Run in an event loop of its own, to the end or until SIGINT or SIGTERM cancel the work.

    A second signal ends the process without waiting for the rest of the work: an export survives
    worse than that.

    Args:
        work: what to do.
        hurry: called before the process ends at a second signal.

    Raises:
        Stopped: a signal came, and the work has ended in order.
    """
    try:
        asyncio.run(_watched(work(), hurry))
    except KeyboardInterrupt:
        raise Stopped(Stop.INTERRUPTED) from None


async def _watched(work: Coroutine[Any, Any, None], hurry: Callable[[Stop], object] | None) -> None:
    task = asyncio.current_task()
    assert task
    stops: list[Stop] = []

    def stop(which: Stop) -> None:
        if stops:
            if hurry:
                hurry(stops[0])
            os._exit(stops[0].status)
        stops.append(which)
        task.cancel()

    for which in Stop:
        # Windows has no such handlers; there, asyncio itself cancels at Ctrl-C.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(which.value, stop, which)
    try:
        await work
    except asyncio.CancelledError:
        if stops:
            raise Stopped(stops[0]) from None
        raise


def stop_at_sigterm() -> None:
    """Let SIGTERM raise `Stopped` while no event loop looks after it."""
    signal.signal(signal.SIGTERM, _terminate)


def _terminate(_number: int, _frame: object) -> NoReturn:
    raise Stopped(Stop.TERMINATED)
