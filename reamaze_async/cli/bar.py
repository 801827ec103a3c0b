"""The progress bar, on a terminal. The only module that imports rich."""

from __future__ import annotations

from contextlib import suppress

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from reamaze_async.files.paths import printable

from .progress import Moment, Speed, amount, facts, fitted, waiting

NARROWEST = 10
"""The narrowest bar, in columns."""

_unseen = suppress(OSError)
"""Suppresses errors of a terminal that is gone, which is no reason to stop."""


class Bar:
    """The bar on standard error, with a line of facts, and one about waiting."""

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
        with _unseen:
            self._live.start()

    def show(self, moment: Moment) -> None:
        self._speed.note(moment)
        with _unseen:
            self._live.update(Drawing(moment, self._speed), refresh=True)

    def say(self, line: str) -> None:
        """Write a line above the bar."""
        with _unseen:
            self._live.console.print(Text(printable(line, self._live.console.encoding)))

    def close(self) -> None:
        with _unseen:
            self._live.stop()


class Drawing:
    """The lines at one moment, for whatever width there is."""

    def __init__(self, moment: Moment, speed: Speed) -> None:
        self._moment = moment
        self._speed = speed

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        yield from self._bar(console, width)
        yield _line(facts(self._moment, self._speed), width, "dim")
        if held := waiting(self._moment):
            yield _line([held], width, "yellow")

    def _bar(self, console: Console, width: int) -> RenderResult:
        moment = self._moment
        share = "" if moment.activity else f"{moment.fraction:4.0%} "
        told = fitted([amount(moment)], width - len(share) - NARROWEST - 1)
        room = width - len(share) - len(told) - bool(told)
        if room < NARROWEST:
            yield _line([share.strip()], width, "bold")
            return
        yield Text(share, style="bold", end="")
        total = None if moment.total_count is None or moment.activity else 1.0
        bar = ProgressBar(total, moment.fraction, room, animation_time=moment.elapsed)
        # Without colours it draws only what is done; padded, what follows keeps its place.
        yield from console.render_lines(bar, console.options.update(width=room))[0]
        yield Text(f" {told}" if told else "")


def _line(parts: list[str], width: int, style: str) -> Text:
    return Text(fitted(parts, width), style=style, no_wrap=True)
