"""The file of a sync: what it may be, who may use it, and how it gets its name."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from reamaze_async.errors import ExportFailed, FileInUse, InvalidParameter
from reamaze_async.files.disk import failure
from reamaze_async.files.lock import LockFile
from reamaze_async.files.paths import check_file, check_unused
from reamaze_async.files.placing import create, place
from reamaze_async.formats import format_of
from reamaze_async.resources import NAMES

_logger = logging.getLogger("reamaze_async")

WORKING = ".sync"
LOCK = f"{WORKING}.lock"
LONGEST_LOCK = f"{LOCK}-{max(NAMES, key=len)}"
LOOK_AGAIN = 0.2
"""Seconds between two looks whether another sync has ended."""


def check_database(path: str | os.PathLike[str]) -> Path:
    """Refuse what can be refused before the first request; return the file to be.

    Args:
        path: where the database is, or shall be; through a link it is where that leads.

    Raises:
        InvalidParameter: it isn't to be a database.
        ExportRefused: it can't be in that folder, or it is no file.
    """
    if format_of(path) != "sqlite":
        endings = ".sqlite, .sqlite3 or .db"
        message = f"path={str(path)!r} must end in {endings}: only a database can be synced."
        raise InvalidParameter(message)
    file = check_file(path, example="conversations.sqlite", beside=LONGEST_LOCK)
    if working_file(file) != file:
        check_unused(file)
    return file


def working_file(file: Path) -> Path:
    """The file of the database: `FILE.sync` until the first run has ended, then FILE."""
    is_there = file.exists() and file.stat().st_size > 0
    return file if is_there else file.with_name(f"{file.name}{WORKING}")


@asynccontextmanager
async def locked(file: Path, resource: str) -> AsyncIterator[None]:
    """Keep other syncs away from a database: wait until those of other resources have ended.

    Raises:
        FileInUse: another process is syncing the same resource, or waits to.
        ExportFailed: it can't be locked.
    """
    try:
        own = LockFile(file.with_name(f"{file.name}{LOCK}-{resource}"))
    except FileInUse:
        reason = (
            "another process is syncing it, and takes in what this one would have: "
            "wait for that one."
        )
        raise FileInUse(file, reason) from None
    with own, await _turn(file):
        yield


async def _turn(file: Path) -> LockFile:
    """Wait for the lock of the database."""
    is_told = False
    while True:
        with suppress(FileInUse):
            return LockFile(file.with_name(f"{file.name}{LOCK}"))
        if not is_told:
            _logger.warning("%s: waits until another resource in it is synced", file.name)
            is_told = True
        await asyncio.sleep(LOOK_AGAIN)


def create_database(working: Path, file: Path) -> None:
    """Create the file of a database: SQLite would not heed the umask, nor the mode of FILE.

    Raises:
        ExportFailed: the disk refuses it.
    """
    try:
        create(working, file)
    except OSError as error:
        raise failure(working, error) from None


def place_database(working: Path, file: Path) -> None:
    """Give a new database its name, while it is still locked.

    Raises:
        ExportFailed: another file has that name by now, or the disk refuses it.
    """
    try:
        if file.exists() and file.stat().st_size:
            reason = f"it has appeared meanwhile: remove it, then sync again; {working.name} waits."
            raise ExportFailed(file, reason)
        place(working, file)
        working.unlink(missing_ok=True)
    except OSError as error:
        raise failure(file, error) from None


def remove_if_empty(working: Path) -> None:
    """Leave no new database behind in which not a single item was stored."""
    from .tables import is_empty  # noqa: PLC0415 - SQLite is loaded when it is used

    with suppress(OSError):
        if not working.stat().st_size or is_empty(working):
            working.unlink()
