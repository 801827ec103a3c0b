"""Displays of the progress: a bar on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, Self, TextIO

import click

from reamaze_async.files.paths import printable

from .progress import Lines, Moment
from .verbose import log_to

if TYPE_CHECKING:
    import asyncio

EVERY = 0.1
"""Seconds between two updates of the display."""


def say(line: str) -> None:
    """Write a line on standard error, even if nobody reads it any more."""
    with suppress(OSError):
        write(line, sys.stderr)


def write(line: str, stream: TextIO | None) -> None:
    """Write a line to a stream; what its encoding can't hold is escaped.

    Raises:
        OSError: it can't be written to.
    """
    if stream is not None:
        click.echo(printable(line, stream.encoding or "utf-8"), file=stream)


class Display(Protocol):
    """Shows moments, and lines that stay."""

    def show(self, moment: Moment) -> None:
        """Show the state of the run."""

    def say(self, line: str) -> None:
        """Write a line that stays."""

    def close(self) -> None:
        """Leave the terminal as it was; closing again does nothing."""


class NoDisplay:
    """Shows nothing."""

    def show(self, moment: Moment) -> None:
        pass

    def say(self, line: str) -> None:
        pass

    def close(self) -> None:
        pass


class Plain(NoDisplay):
    """Lines on standard error, now and then."""

    def __init__(self) -> None:
        self._lines = Lines()

    def show(self, moment: Moment) -> None:
        for line in self._lines.of(moment):
            self.say(line)

    def say(self, line: str) -> None:
        say(line)


def choose(*, quiet: bool, rows_on_stdout: bool) -> Display:
    """The display that fits where standard error goes.

    Args:
        quiet: show nothing.
        rows_on_stdout: items are written to standard output; on the same terminal they would tear
            a bar.
    """
    if quiet:
        return NoDisplay()
    is_torn = rows_on_stdout and sys.stdout.isatty()
    if is_torn or not _can_draw():
        return Plain()
    from .bar import Bar  # noqa: PLC0415 - rich is for terminals only

    return Bar()


def _can_draw() -> bool:
    """Whether standard error is a terminal that can move its cursor."""
    if sys.stderr is None or not sys.stderr.isatty():
        return False
    return os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


class Refresher:
    """Refreshes a display again and again while a run goes on; shows what is logged too.

    Used with `with`, inside an event loop.
    """

    def __init__(self, display: Display, look: Callable[[], Moment], verbosity: int = 0) -> None:
        self._display = display
        self._look = look
        self._log = log_to(display.say, verbosity)
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._log.__enter__()
        self._tick()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()
        self._log.__exit__(None, None, None)
        self._display.close()

    def _tick(self) -> None:
        self._display.show(self._look())
        from asyncio import get_running_loop  # noqa: PLC0415 - only when it runs

        self._timer = get_running_loop().call_later(EVERY, self._tick)
