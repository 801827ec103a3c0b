"""Disks: errors of the system as ours, and names in a folder made safe."""

from __future__ import annotations

import os
from pathlib import Path

from reamaze_async.errors import ExportFailed


def failure(path: Path, error: OSError) -> ExportFailed:
    """The `ExportFailed` for an error of the system."""
    return ExportFailed(path, f"{said(error)}.", remedy="mend-and-export")


def said(error: OSError) -> str:
    """The system's own words for an error, to stand inside a sentence."""
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
