"""A lock on a file that dies with its process."""

from __future__ import annotations

import os
from pathlib import Path

from reamaze_async.errors import ExportRefused

try:
    import fcntl
except ImportError:  # On Windows a locked file can't be renamed: no lock there.
    fcntl = None  # type: ignore[assignment]  # a module that isn't there

IS_THERE = fcntl is not None
"""Whether files are locked on this system."""


def lock(descriptor: int, path: Path) -> None:
    """Lock an open file until it is closed.

    Raises:
        ExportRefused: another process has it.
    """
    if fcntl is None:
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
        raise ExportRefused(path, reason)
