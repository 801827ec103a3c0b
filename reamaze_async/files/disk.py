"""Disks: errors of the system as ours, and what was written made safe where the system can."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from reamaze_async.errors import ExportFailed

_LOST = {errno.EIO, errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Errors of a sync that mean that something isn't on the disk; others mean that none is offered."""


def failure(path: Path, error: OSError) -> ExportFailed:
    """The `ExportFailed` for an error of the system, about the file that it names, if any."""
    named = error.filename2 or error.filename
    if isinstance(named, str | Path):
        path = Path(named)
    return ExportFailed(path, f"{said(error)}.", remedy="mend-and-export")


def said(error: OSError) -> str:
    """The system's own words for an error, to stand inside a sentence."""
    return (error.strerror or str(error)).lower()


def sync_file(descriptor: int, sync: Callable[[int], object] | None = None) -> None:
    """Wait until a file is on the disk, where the system offers that.

    Args:
        descriptor: the open file.
        sync: how; by default `os.fsync`.

    Raises:
        OSError: it isn't.
    """
    try:
        (sync or os.fsync)(descriptor)
    except OSError as error:
        if error.errno in _LOST:
            raise


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system offers that.

    Raises:
        OSError: they aren't.
    """
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # A folder may be written to and not be read.
        return
    try:
        sync_file(descriptor)
    finally:
        os.close(descriptor)
