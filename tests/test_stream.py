"""Exports to an open file: every byte of it, or an error."""

import io

import pytest
from exported import listing

from reamaze_async import stream


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
