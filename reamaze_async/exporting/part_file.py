"""The part file: what an export has written so far, one JSON item a line.

It is only ever appended to. A killed process can't take what `write` has written, nor a power
failure what `sync` has synced. While it is open it is locked, by a lock that dies with its
process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Self
from zlib import crc32

import msgspec

from reamaze_async.errors import ExportFailed, ExportRefused
from reamaze_async.files.disk import failure, said, sync_file
from reamaze_async.files.lock import IS_THERE, open_locked
from reamaze_async.files.placing import take_over
from reamaze_async.tasks import Check
from reamaze_async.wire.parts import MALFORMED

CHUNK = 2**20

_flush = getattr(os, "fdatasync", os.fsync)

_OTHERS = "while it was written, another program has"


class PartFile:
    """An open and locked part file.

    Attributes:
        path: where it is.
        size: bytes written.
        checksum: of these bytes; by itself of those that were written or recovered here.

    Raises:
        ExportRefused: another process is exporting to it.
        ExportFailed: it can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = open_locked(path)
        except OSError as error:
            reason = f"it can't be opened: {said(error)}. Mend that, or name another file."
            raise ExportFailed(path, reason) from None
        self.size: int = os.fstat(self._descriptor).st_size
        self.checksum: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, which unlocks it; closing again does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def close_for_renaming(self) -> None:
        """Close the file on systems that can't rename an open file; those don't lock it either."""
        if not IS_THERE:
            self.close()

    def write(self, lines: bytes) -> None:
        """Append whole lines.

        Raises:
            ExportFailed: the disk is full, or likewise.
        """
        rest = memoryview(lines)
        self.check()
        try:
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            raise failure(self.path, error) from None
        self.size += len(lines)
        self.checksum = crc32(lines, self.checksum)

    def check(self) -> None:
        """See whether the file is still there, and as long as what was written.

        Raises:
            ExportFailed: another program has replaced, cut, lengthened or removed it.
        """
        try:
            status = os.fstat(self._descriptor)
            is_there = not IS_THERE or os.path.samestat(status, self.path.stat())
        except FileNotFoundError:
            is_there = False
        except OSError as error:
            raise failure(self.path, error) from None
        if not is_there:
            raise ExportFailed(self.path, f"{_OTHERS} removed or replaced it.", remedy="go-on")
        if status.st_size != self.size:
            if status.st_size > self.size:
                self.cut(self.size)  # Whoever goes on would take that for its own.
            raise ExportFailed(self.path, f"{_OTHERS} cut it or wrote to it.", remedy="go-on")

    def verify(self, check: Check) -> None:
        """Read the whole file, and see whether it holds what was written.

        Its times can't tell: our next write covers those of what another program wrote since we
        looked, and most systems give one time to all that is written within a few milliseconds.

        Raises:
            ExportFailed: another program has changed it.
        """
        self.check()
        checksum = 0
        try:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            while chunk := os.read(self._descriptor, CHUNK):
                checksum = crc32(chunk, checksum)
                check()
        except OSError as error:
            raise failure(self.path, error) from None
        if checksum != self.checksum:
            raise ExportFailed(self.path, f"{_OTHERS} changed it.", remedy="start-over")

    def take_over(self, file: Path) -> None:
        """Take over the mode, owner and group of the file that this one will replace."""
        take_over(self._descriptor, file, writable=True)

    def sync(self) -> None:
        """Wait until everything written so far is on the disk.

        Raises:
            ExportFailed: it isn't.
        """
        try:
            sync_file(self._descriptor, _flush)
        except OSError as error:
            raise failure(self.path, error) from None

    def cut(self, size: int) -> None:
        """Forget what stands behind so many bytes.

        Raises:
            ExportFailed: it can't be cut.
        """
        try:
            os.ftruncate(self._descriptor, size)
        except OSError as error:
            raise failure(self.path, error) from None
        self.size = size
        if not size:
            self.checksum = 0

    def lines(self) -> Iterator[bytes]:
        """The complete lines, without their line ends."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        with open(self._descriptor, "rb", buffering=CHUNK, closefd=False) as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line[:-1]

    def recover(
        self, key: Callable[[bytes], str], *, size: int = 0, checksum: int = 0
    ) -> list[str]:
        """The keys of the items that are there, in order; what isn't an item is cut off.

        So are lines that stand twice behind what was surely written: two writers on a disk without
        locks, or a merge by hand.

        Args:
            key: gives an item's key; raises `msgspec.DecodeError` if it isn't an item.
            size: how many bytes were surely written by the run before.
            checksum: their checksum.

        Raises:
            ExportFailed: it can't be read or cut.
            ExportRefused: the bytes that were written are others now.
        """
        keys: list[str] = []
        end, self.checksum = 0, 0
        is_known = not size
        try:
            with suppress(*MALFORMED):
                for found, line in self._items(key, size if size <= self.size else 0):
                    keys.append(found)
                    end += len(line) + 1
                    self.checksum = crc32(b"\n", crc32(line, self.checksum))
                    is_known = is_known or (end, self.checksum) == (size, checksum)
        except OSError as error:
            raise failure(self.path, error) from None
        if self.size >= size and not is_known:
            raise ExportRefused(self.path, "another program has changed it.", remedy="start-over")
        if end != self.size:
            self.cut(end)
        return keys

    def _items(self, key: Callable[[bytes], str], ours: int) -> Iterator[tuple[str, bytes]]:
        """The lines and their keys, up to the first behind our bytes that stands there already."""
        known: set[str] = set()
        end = 0
        for line in self.lines():
            found = key(line)
            # Two items of the same key are two items; the same item twice is none of ours.
            if end >= ours and found in known and self._holds(line + b"\n", end):
                return
            known.add(found)
            end += len(line) + 1
            yield found, line

    def _holds(self, line: bytes, size: int) -> bool:
        """Whether a line stands within the first so many bytes."""
        with mmap(self._descriptor, size, access=ACCESS_READ) as text:
            at = text.find(line)
            while at > 0 and text[at - 1 : at] != b"\n":
                at = text.find(line, at + 1)
            return at >= 0


def as_lines(items: Sequence[bytes]) -> bytes:
    """The items, a line each; an item that holds line breaks is reformatted to be on one line."""
    if not items:
        return b""
    if _has_breaks(b" ".join(items)):
        items = [msgspec.json.format(item, indent=-1) for item in items]
    return b"\n".join((*items, b""))


def _has_breaks(text: bytes) -> bool:
    return b"\n" in text or b"\r" in text


def checked(lines: Iterable[bytes], check: Check) -> Iterator[bytes]:
    """The same lines; `check` is called now and then, and may raise to end the work."""
    for number, line in enumerate(lines):
        if number % 256 == 0:
            check()
        yield line


def lines_in(path: Path) -> int:
    """How many complete lines a file holds; none if there is no file."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(2**20), b""))
