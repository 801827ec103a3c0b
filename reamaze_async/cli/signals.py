"""Signals: work that runs until it ends or a signal ends it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import asyncio


class Stop(Enum):
    """A signal that ends a run."""

    INTERRUPTED = signal.SIGINT
    TERMINATED = signal.SIGTERM
    if sys.platform != "win32":
        HUNG_UP = signal.SIGHUP

    @property
    def status(self) -> int:
        """The exit status for this signal, as in shells: 130, 143 or 129."""
        return 128 + int(self.value)

    @property
    def word(self) -> str:
        """The name of what happened, for people."""
        return self.name.capitalize().replace("_", " ")


class Stopped(Exception):
    """A signal has ended the run."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self.stop = stop


Work = Callable[[], Coroutine[Any, Any, None]]
OnSecondSignal = Callable[[Stop], int]


def run(work: Work, on_second_signal: OnSecondSignal | None = None) -> None:
    """Run in an event loop of its own, to the end or until a signal cancels the work.

    A second signal ends the process without waiting for the rest of the work: an export survives
    worse than that. Once the work has ended, signals are ignored: its exit status stands.

    Args:
        work: what to do.
        on_second_signal: called before the process ends at a second signal; gives the exit status.

    Raises:
        Stopped: a signal came, and the work has ended in order.
    """
    import asyncio  # noqa: PLC0415 - only when it runs

    try:
        asyncio.run(_watched(work(), on_second_signal))
    except KeyboardInterrupt:
        raise Stopped(Stop.INTERRUPTED) from None


async def _watched(
    work: Coroutine[Any, Any, None], on_second_signal: OnSecondSignal | None
) -> None:
    import asyncio  # noqa: PLC0415 - only when it runs

    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task
    stops: list[Stop] = []

    def stop(which: Stop) -> None:
        if task.done() and not stops:
            return
        if stops:
            os._exit(on_second_signal(stops[0]) if on_second_signal else stops[0].status)
        stops.append(which)
        task.cancel()

    def react(which: Stop) -> None:
        # A loop that is closed has nothing left to stop.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop, which)

    # Handlers of the loop's own would end before the loop does, and leave the rest to the system.
    _on(Stop, react)
    try:
        with _wakeup_socket(loop):
            await work
    except asyncio.CancelledError:
        if stops:
            raise Stopped(stops[0]) from None
        raise


@contextmanager
def _wakeup_socket(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Let a signal wake the loop, even if it comes just before the loop goes to sleep."""
    if sys.platform == "win32":  # The loop there sees to it itself.
        yield
        return
    from socket import socketpair  # noqa: PLC0415 - only when it runs

    reading, writing = socketpair()
    with reading, writing:
        reading.settimeout(0)
        writing.settimeout(0)
        loop.add_reader(reading, reading.recv, 4096)
        before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(reading)


def raise_signals() -> None:
    """Let a signal raise `Stopped` while no event loop looks after it.

    Another one ends the process at once: it may come while the first one is told of.
    """

    def stop(which: Stop) -> NoReturn:
        _on(Stop, lambda _: os._exit(which.status))
        if which is Stop.INTERRUPTED:
            raise KeyboardInterrupt  # What prompts wait for.
        raise Stopped(which)

    _on(Stop, stop)


def ignore_signals() -> None:
    """Ignore signals from now on: what is left is to print the summary and to leave."""
    for which in Stop:
        signal.signal(which.value, signal.SIG_IGN)


def _on(stops: Iterable[Stop], react: Callable[[Stop], object]) -> None:
    for which in stops:
        # Ignored at the start means ignored: nohup outlives the terminal, and a script's job in
        # the background the Ctrl-C that was meant for the script.
        if signal.getsignal(which.value) != signal.SIG_IGN:
            signal.signal(which.value, lambda number, _: react(Stop(number)))
