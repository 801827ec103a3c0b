"""The file of a sync: what it may be, who may use it, and how it gets its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reamaze_async.errors import ExportFailed, FileInUse, InvalidParameter
from reamaze_async.files.disk import failure
from reamaze_async.files.lock import LockFile
from reamaze_async.files.paths import check_file, check_unused
from reamaze_async.files.placing import create, place
from reamaze_async.formats import format_of


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
    file = check_file(path, example="conversations.sqlite", beside=".sync-journal")
    if working_file(file) != file:
        check_unused(file)
    return file


def working_file(file: Path) -> Path:
    """The file of the database: `FILE.sync` until the first run has ended, then FILE."""
    is_there = file.exists() and file.stat().st_size > 0
    return file if is_there else file.with_name(f"{file.name}.sync")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep other syncs away from a database.

    Raises:
        FileInUse: another process is syncing it.
        ExportFailed: it can't be locked.
    """
    try:
        lock = LockFile(file.with_name(f"{file.name}.sync.lock"))
    except FileInUse:
        reason = (
            "another process is syncing it, and takes in what this one would have: "
            "wait for that one."
        )
        raise FileInUse(file, reason) from None
    with lock:
        yield


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
