"""The part file: what an export has written so far, one JSON item a line.

It is only ever appended to. The system has what `write` returned from, and a power failure can't
take what `sync` returned from. While it is open it is locked, by a lock that dies with its
process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from reamaze_async.errors import ExportFailed, ExportRefused

try:
    import fcntl
except ImportError:  # Windows, where nothing else locks a file that can still be renamed
    fcntl = None  # type: ignore[assignment]

CHUNK = 2**20

_flush = getattr(os, "fdatasync", os.fsync)


class PartFile:
    """An open and locked part file.

    Attributes:
        path: where it is.
        size: bytes written.
        synced: bytes that a power failure can't take.

    Raises:
        ExportRefused: another process is exporting to it.
        ExportFailed: it can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(path, flags, 0o666)
        except OSError as error:
            raise failure(path, error) from None
        try:
            self._lock()
            self.size = self.synced = os.fstat(self._descriptor).st_size
        except BaseException:
            os.close(self._descriptor)
            raise

    def _lock(self) -> None:
        """Take the lock, on the file that still has this name."""
        if fcntl is None:
            return
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            reason = "another process is exporting to it; wait for that one, or name another file."
            raise ExportRefused(self.path, reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

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
        size = self.size
        try:
            _flush(self._descriptor)
        except OSError as error:
            raise failure(self.path, error) from None
        self.synced = size

    def lines(self) -> Iterator[bytes]:
        """The whole lines, without their ends."""
        with self.path.open("rb", buffering=CHUNK) as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line[:-1]

    def cut(self, size: int) -> None:
        """Forget what stands behind so many bytes.

        Raises:
            ExportFailed: it can't be cut.
        """
        try:
            os.ftruncate(self._descriptor, size)
        except OSError as error:
            raise failure(self.path, error) from None
        self.size, self.synced = size, min(size, self.synced)


def as_lines(items: tuple[bytes, ...]) -> bytes:
    """Each item on a line of its own, as it came; one with line breaks in it is put on one line."""
    if not items:
        return b""
    text = b"\n".join((*items, b""))
    if text.count(b"\n") == len(items) and b"\r" not in text:
        return text
    return b"".join(msgspec.json.format(item, indent=-1) + b"\n" for item in items)


def failure(path: Path, error: OSError) -> ExportFailed:
    """What an error of the system means to whoever exports."""
    said = (error.strerror or str(error)).lower()
    return ExportFailed(
        path, f"{said}. What was written is kept: mend that, and run the same export again."
    )
