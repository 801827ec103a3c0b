"""Locks that die with their process."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

from reamaze_async.errors import FileInUse

from .disk import failure

if sys.platform != "win32":
    import fcntl

IS_THERE = sys.platform != "win32"
"""Whether files are locked on this system: on Windows a locked file can't be renamed."""


def lock(descriptor: int, path: Path) -> None:
    """Lock an open file until it is closed.

    Raises:
        FileInUse: another process has it.
    """
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it until now may have given the file another name, or removed it.
        is_ours = os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        is_ours = False
    except OSError:  # A file system without locks.
        return
    if not is_ours:
        reason = "another process is writing it: wait for that one, or name another file."
        raise FileInUse(path, reason)


def open_locked(path: Path) -> int:
    """Open a file to read and write, made if need be, and lock it until it is closed.

    Raises:
        FileInUse: another process has it.
        OSError: it can't be opened.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    try:
        lock(descriptor, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class LockFile:
    """A lock beside a file that can't be locked itself, as SQLite locks it in its own way.

    What a killed process has left of it is nobody's: the next one takes it.

    Raises:
        FileInUse: another process has it.
        ExportFailed: it can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = open_locked(path)
        except OSError as error:
            raise failure(path, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the file while it is still locked, and unlock it."""
        try:
            with suppress(OSError):
                self.path.unlink()
        finally:
            os.close(self._descriptor)
