"""One timer for all attempts: their time-outs are alike, so the one begun first is late first.

A timer for each would be made and cancelled in vain for nearly every request.
"""

from __future__ import annotations

import asyncio

from msgspec import Struct


class Attempt(Struct, eq=False):
    """What has to end in time.

    Attributes:
        task: what is cancelled otherwise.
        ends: when, on the loop's clock.
        cancelling: how often others had asked to cancel it before.
        is_late: whether it has been cancelled for that.
    """

    task: asyncio.Task[object]
    ends: float
    cancelling: int
    is_late: bool = False

    def has_timed_out(self, error: BaseException) -> bool:
        """Whether the time-out is why the attempt ended so, and nobody else's cancellation."""
        if not self.is_late:
            return False
        is_alone = self.task.uncancel() <= self.cancelling
        return is_alone and isinstance(error, asyncio.CancelledError)


class AttemptTimer:
    """Cancels attempts that take too long.

    Args:
        seconds: what each may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._attempts: dict[Attempt, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, loop: asyncio.AbstractEventLoop, now: float) -> Attempt:
        """Begin an attempt of the running task."""
        task = asyncio.current_task(loop)
        assert task, "a coroutine of a running loop runs in a task"
        attempt = Attempt(task, now + self._seconds, task.cancelling())
        self._attempts[attempt] = None
        if self._timer is None:
            self._timer = loop.call_at(attempt.ends, self._cancel_late_ones, loop)
        return attempt

    def end(self, attempt: Attempt) -> None:
        """Note that it has ended. The timer stays: it is likely to serve the next one."""
        self._attempts.pop(attempt, None)

    def expire(self, attempt: Attempt) -> None:
        """Cancel an attempt that is under way: its time is over."""
        del self._attempts[attempt]
        attempt.is_late = True
        attempt.task.cancel()

    def close(self) -> None:
        """Stop the timer; nothing is under way any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _cancel_late_ones(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for attempt in list(self._attempts):
            if attempt.ends > now:
                self._timer = loop.call_at(attempt.ends, self._cancel_late_ones, loop)
                return
            self.expire(attempt)
