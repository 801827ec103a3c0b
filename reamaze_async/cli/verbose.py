"""`-v`: what the package does, line by line on standard error, also beside a bar."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

OURS = "reamaze_async"
"""The logger of the package."""

THEIRS = ("aiohttp", "asyncio")
"""The loggers of what lies below it, for `-vv`."""


class LineHandler(logging.Handler):
    """Hands each record on as a line.

    Args:
        say: takes the lines.
        level: the least level of a record.
        timed: whether a line begins with the time.
    """

    def __init__(self, say: Callable[[str], object], level: int, *, timed: bool) -> None:
        super().__init__(level)
        self._say = say
        when = "%(asctime)s.%(msecs)03d " if timed else ""
        self.setFormatter(logging.Formatter(f"{when}%(message)s", datefmt="%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        word = "Warning: " if record.levelno >= logging.WARNING else ""
        self._say(word + self.format(record))


@contextmanager
def log_to(say: Callable[[str], object], verbosity: int = 0) -> Iterator[None]:
    """Show what is logged, as long as the block runs.

    Args:
        say: takes the lines.
        verbosity: 0: warnings; 1: each request too; 2: what lies below, too, and when.
    """
    level = logging.DEBUG if verbosity else logging.WARNING
    handler = LineHandler(say, level, timed=verbosity > 1)
    loggers = [logging.getLogger(name) for name in (OURS, *(THEIRS if verbosity > 1 else ()))]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        if verbosity:
            logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(was)
