"""A driver: the task in which an iteration does its work, one at a time, in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NoReturn

from reamaze_async.errors import SessionUnusable
from reamaze_async.http.client import Client
from reamaze_async.tasks import wait_for_end


class Driver:
    """Starts the work of an iteration, pauses it and ends it.

    Args:
        client: ends the work when it is closed.
        name: of the task.
        at_end: called whenever the work has ended, also where it was cancelled before it began.

    Attributes:
        loop: the event loop in which it was made.
        is_paused: whether it was paused and not started since.
    """

    def __init__(self, client: Client, name: str, at_end: Callable[[], object]) -> None:
        self._client = client
        self._name = name
        self._at_end = at_end
        self._task: asyncio.Task[None] | None = None
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.is_paused: bool = False

    @property
    def is_started(self) -> bool:
        """Whether it was ever started."""
        return self._task is not None

    @property
    def is_running(self) -> bool:
        """Whether the work is going on."""
        return self._task is not None and not self._task.done()

    @property
    def is_at_home(self) -> bool:
        """Whether the caller runs in its event loop."""
        return asyncio.get_running_loop() is self.loop

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin to work."""
        self.is_paused = False
        self._task = self.loop.create_task(work, name=self._name)
        self._task.add_done_callback(lambda _: self._at_end())
        self._client.adopt(self._task)

    def pause(self) -> None:
        """Stop working until the next `start`."""
        self.is_paused = True
        self.cancel()

    async def wait_for_pause(self) -> None:
        """Wait until what was paused has ended, so that it can be started again.

        Raises:
            SessionUnusable: the session was closed.
        """
        await wait_for_end([self._task] if self._task is not None else [])
        self._client.requester()

    def cancel(self) -> list[asyncio.Task[None]]:
        """Stop working; it has stopped when the tasks that are returned have ended."""
        if self._task is None:
            return []
        self._task.cancel()
        return [self._task]

    def drop(self) -> None:
        """Stop working soon; may be called from anywhere."""
        if self._task is not None and self.is_running and not self.loop.is_closed():
            with suppress(RuntimeError):  # It may be closed by now, in another thread.
                self.loop.call_soon_threadsafe(self._task.cancel)

    def check_loop(self) -> None:
        """Refuse callers in another event loop.

        Raises:
            SessionUnusable: it is another one.
        """
        if asyncio.get_running_loop() is not self.loop:
            message = "This iteration belongs to another event loop: begin one in each loop."
            raise SessionUnusable(message)

    def explain(self) -> NoReturn:
        """Raise the reason why it stopped too early."""
        task = self._task
        if task is not None and not task.cancelled() and (error := task.exception()):
            raise error
        self._client.requester()
        message = "This iteration was closed, or a task of it cancelled, meanwhile: iterate again."
        raise SessionUnusable(message)
