"""An event loop whose clock jumps to the next timer: hours pass at once, and in order."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _Selector(selectors.SelectSelector):
    """Lets time pass instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Move the clock by the time-out; nothing will ever come from outside."""
        if timeout is None:
            msg = "everybody waits for something that never comes"
            raise RuntimeError(msg)
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._virtual.now

    def jump(self, seconds: float) -> None:
        """Let time pass in the middle of a step, as if that had taken so long."""
        self._virtual.now += seconds


def play(main: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end in virtual time; waiting for ever is an error."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
