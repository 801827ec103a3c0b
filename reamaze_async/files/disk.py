"""What the system says of a disk, and how the names in a folder are made safe."""

from __future__ import annotations

import os
from pathlib import Path

from reamaze_async.errors import ExportFailed


def failure(path: Path, error: OSError) -> ExportFailed:
    """What an error of the system means to whoever exports."""
    reason = f"{said(error)}. What was written is kept: mend that, and run the same export again."
    return ExportFailed(path, reason)


def said(error: OSError) -> str:
    """What the system says, to stand inside a sentence."""
    return (error.strerror or str(error)).lower()


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can tell."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
