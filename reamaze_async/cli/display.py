"""Where the progress is shown: a bar on a terminal, plain lines elsewhere, or nowhere."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import click

from .progress import Lines, Moment

EVERY = 0.1
"""Seconds between two looks at the export."""


def say(line: str) -> None:
    """Write a line on standard error; that nobody reads it any more is no trouble."""
    with suppress(OSError):
        click.echo(line, err=True)


class Display(Protocol):
    """Shows moments, and lines that stay."""

    def show(self, moment: Moment) -> None:
        """Show how it goes."""

    def say(self, line: str) -> None:
        """Write a line that stays."""

    def close(self) -> None:
        """Leave the terminal as it was; closing again does nothing."""


class NoDisplay:
    """Shows nothing."""

    def show(self, moment: Moment) -> None:
        """Show nothing."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Do nothing."""


class Plain:
    """Lines on standard error, now and then."""

    def __init__(self) -> None:
        self._lines = Lines()

    def show(self, moment: Moment) -> None:
        """Write what is worth a line at this moment; mostly nothing."""
        for line in self._lines.of(moment):
            self.say(line)

    def say(self, line: str) -> None:
        """Write a line."""
        say(line)

    def close(self) -> None:
        """Do nothing."""


def choose(*, quiet: bool, rows_on_stdout: bool) -> Display:
    """The display that fits where standard error goes.

    Args:
        quiet: show nothing.
        rows_on_stdout: conversations are written to standard output; on the same terminal a bar
            would be torn by them.
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
    """Looks at an export again and again and shows what it sees; warnings too.

    Used with `with`, inside an event loop.
    """

    def __init__(self, display: Display, look: Callable[[], Moment]) -> None:
        self._display = display
        self._look = look
        self._logging = _WarningsToDisplay(display)
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        logging.getLogger("reamaze_async").addHandler(self._logging)
        self._tick()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer:
            self._timer.cancel()
        logging.getLogger("reamaze_async").removeHandler(self._logging)
        self._display.close()

    def _tick(self) -> None:
        self._display.show(self._look())
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._tick)


class _WarningsToDisplay(logging.Handler):
    """Passes the library's warnings on to the display."""

    def __init__(self, display: Display) -> None:
        super().__init__(logging.WARNING)
        self._display = display

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        self._display.say(f"Warning: {record.getMessage()}")
