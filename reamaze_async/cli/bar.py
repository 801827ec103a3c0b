"""The progress bar, on a terminal. The only module that imports rich."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from .progress import Moment, Speed, amount, facts, fitted, waiting

NARROWEST = 10
"""Columns that a bar needs to tell anything."""


class Bar:
    """Two lines on standard error: how far, and how it goes."""

    def __init__(self) -> None:
        self._speed = Speed()
        # Standard output and error stay as they are: the rows of `-o -` pass through the first.
        self._live = Live(
            console=Console(stderr=True, highlight=False),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def show(self, moment: Moment) -> None:
        """Draw the lines anew."""
        self._speed.note(moment)
        self._live.update(Drawing(moment, self._speed), refresh=True)

    def say(self, line: str) -> None:
        """Write a line above the bar."""
        self._live.console.print(Text(line))

    def close(self) -> None:
        """Wipe the lines off."""
        self._live.stop()


class Drawing:
    """The lines at one moment, for whatever width there is."""

    def __init__(self, moment: Moment, speed: Speed) -> None:
        self._moment = moment
        self._speed = speed

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # The last column stays free: some terminals wrap a line that fills it.
        width = max(1, options.max_width - 1)
        yield self._first(width)
        yield self._second(width)

    def _first(self, width: int) -> Text | _Beside:
        moment = self._moment
        head = f"{moment.fraction:4.0%} "
        told = fitted([amount(moment)], width - len(head) - NARROWEST - 1)
        room = width - len(head) - (len(told) + 1 if told else 0)
        if room < NARROWEST:
            return Text(fitted([head.strip()], width), no_wrap=True)
        return _Beside(head, room, moment, told)

    def _second(self, width: int) -> Text:
        moment = self._moment
        held = waiting(moment)
        parts = ([held] if held else []) + facts(moment, self._speed)
        style = "yellow" if held else "dim"
        return Text(fitted(parts, width), style=style, no_wrap=True, overflow="crop")


class _Beside:
    """The share, the bar and the amount on one line."""

    def __init__(self, head: str, room: int, moment: Moment, told: str) -> None:
        self._head = head
        self._room = room
        self._moment = moment
        self._told = told

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        moment = self._moment
        bar = ProgressBar(
            total=None if moment.total_count is None else 1.0,
            completed=moment.fraction,
            width=self._room,
            animation_time=moment.elapsed,
        )
        line = Text(self._head, style="bold", end="")
        yield line
        yield from console.render(bar, options)
        yield Text(f" {self._told}" if self._told else "")
