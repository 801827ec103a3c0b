"""The part file: what an export has written so far, one JSON item a line.

It is only ever appended to. A killed process can't take what `write` has written, nor a power
failure what `sync` has synced. While it is open it is locked, by a lock that dies with its
process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from reamaze_async.errors import ExportFailed
from reamaze_async.files.disk import failure, said
from reamaze_async.files.lock import IS_THERE, open_locked

CHUNK = 2**20

_flush = getattr(os, "fdatasync", os.fsync)


class PartFile:
    """An open and locked part file.

    Attributes:
        path: where it is.
        size: bytes written.

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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
        try:
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            raise failure(self.path, error) from None
        self.size += len(lines)

    def sync(self) -> None:
        """Wait until everything written so far is on the disk.

        Raises:
            ExportFailed: it isn't.
        """
        try:
            _flush(self._descriptor)
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

    def lines(self) -> Iterator[bytes]:
        """The complete lines, without their line ends."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        with open(self._descriptor, "rb", buffering=CHUNK, closefd=False) as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line[:-1]

    def recover(self, key: Callable[[bytes], str]) -> list[str]:
        """The keys of the items that are there, in order; what isn't an item is cut off.

        Args:
            key: gives an item's key; raises `msgspec.DecodeError` if it isn't an item.

        Raises:
            ExportFailed: it can't be read or cut.
        """
        keys: list[str] = []
        size = 0
        try:
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                for line in self.lines():
                    keys.append(key(line))
                    size += len(line) + 1
        except OSError as error:
            raise failure(self.path, error) from None
        if size != self.size:
            self.cut(size)
        return keys


def as_lines(items: Sequence[bytes]) -> bytes:
    """The items, a line each; an item that holds line breaks is reformatted to be on one line."""
    if not items:
        return b""
    together = b" ".join(items)
    if b"\n" in together or b"\r" in together:
        items = [msgspec.json.format(item, indent=-1) for item in items]
    return b"\n".join((*items, b""))


def lines_in(path: Path) -> int:
    """How many complete lines a file holds."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(2**20), b""))
