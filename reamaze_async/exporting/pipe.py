"""Writing to an open file of the caller's, which may be a pipe that nobody reads from."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from errno import EAGAIN
from stat import S_ISCHR, S_ISFIFO, S_ISSOCK
from typing import BinaryIO

LOOK = 100
"""Milliseconds between two checks whether the writing is still wanted."""


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
    # What is ready takes that much without waiting.
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
