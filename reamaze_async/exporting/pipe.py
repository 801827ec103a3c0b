"""Writing to an open file of the caller's, which may be a pipe that nobody reads from."""

from __future__ import annotations

import logging
import os
import select
from collections.abc import Callable, Sequence
from contextlib import aclosing
from errno import EAGAIN
from functools import partial
from stat import S_ISCHR, S_ISFIFO, S_ISSOCK
from typing import Any, BinaryIO

from reamaze_async.errors import IncompleteListing
from reamaze_async.listings.listing import Listing, raw_listing
from reamaze_async.listings.raw import JsonPage
from reamaze_async.listings.steps import Step, Steps, next_steps
from reamaze_async.tasks import in_thread
from reamaze_async.threads.threads import Threads

from .part_file import as_lines
from .summary import ExportSummary, Progress, summary_of
from .target import checked_listing

_logger = logging.getLogger("reamaze_async")

TOGETHER = 16
"""Pages, or threads, that are written together at most, where several are there already."""

LOOK = 100
"""Milliseconds between two checks whether the writing is still wanted."""


async def stream(
    listing: Listing[Any],
    file: BinaryIO,
    *,
    progress: Progress | None = None,
    allow_incomplete: bool = False,
) -> ExportSummary:
    """Write a listing to an open binary file, one JSON item a line; nothing is kept for later.

    Args:
        listing: what to export; always in order.
        file: written to, flushed whenever another page has to be waited for, and not closed.
        progress: called with the live numbers after each page.
        allow_incomplete: end well although something may be missing; the summary tells what.

    Raises:
        OSError: the file can't be written, such as BrokenPipeError.
        ReamazeError: a page could not be fetched; what came before is written.
        IncompleteListing: at the end, if items may be missing.
    """
    pages = raw_listing(checked_listing(listing)).json_pages()
    return await _stream(
        pages, _items_of, listing, file, progress=progress, allow_incomplete=allow_incomplete
    )


async def stream_threads(
    threads: Threads,
    file: BinaryIO,
    *,
    progress: Progress | None = None,
    allow_incomplete: bool = False,
) -> ExportSummary:
    """Write threads to an open binary file, one JSON object a line, as `export_threads` does.

    Args:
        threads: what to export.
        file: written to, flushed whenever another thread has to be waited for, and not closed.
        progress: called with the live numbers after each thread.
        allow_incomplete: end well although something may be missing; the summary tells what.

    Raises:
        OSError, ReamazeError, IncompleteListing: as for `stream`.
    """
    raw = threads.raw()
    return await _stream(
        raw, lambda one: [one], threads, file, progress=progress, allow_incomplete=allow_incomplete
    )


def _items_of(page: JsonPage) -> Sequence[bytes]:
    return page.items


async def _stream(
    steps: Steps[Step],
    items_of: Callable[[Step], Sequence[bytes]],
    source: Listing[Any] | Threads,
    file: BinaryIO,
    *,
    progress: Progress | None,
    allow_incomplete: bool,
) -> ExportSummary:
    """Write what each step brings; see `stream`."""
    count = size = 0
    incomplete: str | None = None
    try:
        async with aclosing(steps):
            while together := await next_steps(steps, 1 if progress else TOGETHER):
                items = [item for step in together for item in items_of(step)]
                await in_thread(partial(put, file, lines := as_lines(items)))
                count, size = count + len(items), size + len(lines)
                if progress:
                    progress(source.stats)
    except IncompleteListing as error:
        if not allow_incomplete:
            raise
        incomplete = error.fact
        _logger.warning("%s", incomplete)
    stats = source.stats
    return summary_of(
        stats,
        None,
        "ndjson",
        items=count,
        size=size,
        elapsed=stats.elapsed,
        incomplete=incomplete,
    )


def put(file: BinaryIO, lines: bytes, check: Callable[[], object]) -> None:
    """Write all lines, and flush.

    Args:
        file: written to by nobody else meanwhile.
        lines: what to write.
        check: called now and then while the file takes nothing; may raise to end the wait.

    Raises:
        OSError: it can't be written.
    """
    descriptor = _waits(file)
    if descriptor is None:
        _write(file, lines)
        return
    # A descriptor that is ready takes that much without waiting.
    size = select.PIPE_BUF
    for start in range(0, len(lines), size):
        _until_ready(descriptor, check)
        _write(file, lines[start : start + size])


def _write(file: BinaryIO, lines: bytes) -> None:
    rest = memoryview(lines)
    # An unbuffered file may take less than it was given, and without a word.
    while rest:
        taken = file.write(rest)
        if not taken:
            raise BlockingIOError(EAGAIN, os.strerror(EAGAIN))
        rest = rest[taken:]
    file.flush()


def _waits(file: BinaryIO) -> int | None:
    """The descriptor of a pipe, socket or terminal, where a writer may wait for ever; else None."""
    if os.name != "posix":
        return None
    try:
        descriptor = file.fileno()
        mode = os.fstat(descriptor).st_mode
    except (AttributeError, OSError):
        return None
    return descriptor if S_ISFIFO(mode) or S_ISSOCK(mode) or S_ISCHR(mode) else None


def _until_ready(descriptor: int, check: Callable[[], object]) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    while not poll.poll(LOOK):
        check()
