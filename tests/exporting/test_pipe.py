"""Exports to an open file: every byte of it, or an error."""

import asyncio
import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import anyio
import pytest
from exported import listing

from reamaze_async import PermissionDenied, stream, stream_threads
from reamaze_async.sandbox import Answer


class Unbuffered(io.RawIOBase):
    """Takes a little at a time, as an unbuffered file may; None is a full pipe that won't wait."""

    def __init__(self, taken: int | None) -> None:
        self.bytes = b""
        self._taken = taken

    def writable(self) -> bool:
        return True

    def write(self, more) -> int | None:
        if self._taken is not None:
            self.bytes += bytes(more[: self._taken])
        return self._taken and min(self._taken, len(more))


async def test_file_that_takes_a_part_only(sandbox, session):
    """What an unbuffered file didn't take at once is written after it."""
    file = Unbuffered(1000)
    await stream(listing(session), file)
    assert file.bytes.splitlines() == [item.encoded() for item in sandbox.conversations]


async def test_file_that_takes_nothing(session):
    """A file that takes nothing is an error, and no endless loop."""
    with pytest.raises(BlockingIOError, match="unavailable"):
        await stream(listing(session), Unbuffered(None))


async def test_stream_is_closed(session):
    """The file is the caller's: it stays open."""
    file = io.BytesIO()
    summary = await stream(listing(session), file)
    assert summary.bytes == len(file.getvalue())


@contextmanager
def pipe(buffering: int) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Its two ends."""
    there, here = os.pipe()
    with os.fdopen(there, "rb") as end, os.fdopen(here, "wb", buffering) as file:
        yield end, file


async def test_what_came_before_a_failure(sandbox, session):
    """It is written, also where both are there at once."""
    first, failing = (f"/{sandbox.conversations[number].slug}/" for number in (0, 5))
    held = sandbox.hold(when=lambda request: first in request.path)
    sandbox.script = lambda it: Answer(403, b"{}") if failing in it.path else None
    sandbox.before = lambda request: request.number > 28 and held.release()
    threads, file = session.conversations.threads(filter="all", way="each"), io.BytesIO()
    with pytest.raises(PermissionDenied):
        await stream_threads(threads, file)
    assert file.getvalue().count(b"\n") == 5


class Slow(io.BytesIO):
    """Takes its time, until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, more) -> int:
        self.begun.set()
        self.go_on.wait()
        return super().write(more)


async def test_written_after_the_end(session):
    """Cancelled, it has ended when it says so: nothing is written afterwards."""
    file = Slow()
    task = asyncio.create_task(stream(listing(session), file))
    await asyncio.to_thread(file.begun.wait)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    file.go_on.set()
    await asyncio.wait([task])
    assert task.cancelled()
    assert file.getvalue().count(b"\n") == 30


@pytest.mark.parametrize("buffering", [-1, 0])
async def test_pipe_that_nobody_reads(session, buffering):
    """A full pipe keeps neither a cancelled caller nor a thread."""
    with pipe(buffering) as (_, file):
        with anyio.move_on_after(0.5) as scope:
            await stream(listing(session), file)
        assert scope.cancelled_caught


@pytest.mark.parametrize("buffering", [-1, 0])
async def test_pipe_that_is_read(sandbox, session, buffering):
    """What goes through a pipe, a little at a time, comes out whole."""
    with pipe(buffering) as (end, file):
        reading = asyncio.create_task(asyncio.to_thread(end.read))
        await stream(listing(session), file)
        file.close()
        assert (await reading).splitlines() == [item.encoded() for item in sandbox.conversations]


async def test_pipe_that_is_closed(session):
    """A reader that goes away is a broken pipe."""
    with pipe(0) as (end, file):
        end.close()
        with pytest.raises(BrokenPipeError):
            await stream(listing(session), file)
