"""Placing: a file that is complete gets its name, and what its owner had set lives on."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE

from .disk import sync_file, sync_folder

_COPIED = {errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES, errno.ETXTBSY}
"""Errors of a rename onto a file that can't be replaced, but may be written to."""


def create(path: Path, file: Path) -> None:
    """Create an empty file with the mode, owner and group of the one that it will replace.

    From the first byte on, nobody can read it who may not read that one.

    Args:
        path: replaced if it is there.
        file: the file to be; if it isn't there, the umask decides.

    Raises:
        OSError: it can't be made.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        take_over(descriptor, file, writable=True)
    finally:
        os.close(descriptor)


def take_over(descriptor: int, file: Path, *, writable: bool = False) -> None:
    """Give an open file the mode, owner, group and attributes of another, as far as is allowed.

    Args:
        descriptor: the open file.
        file: the other one; nothing is done if it isn't there.
        writable: let the owner go on writing, even if the other one is read-only.
    """
    if not hasattr(os, "fchmod"):
        return
    with suppress(OSError):
        old = file.stat()
        for owner, group in ((old.st_uid, old.st_gid), (-1, old.st_gid)):
            with suppress(OSError):
                os.fchown(descriptor, owner, group)
                break
        mode = S_IMODE(old.st_mode) & 0o777
        if os.fstat(descriptor).st_gid != old.st_gid:
            mode &= ~0o070
        os.fchmod(descriptor, mode | (0o600 if writable else 0))
        _copy_attributes(file, descriptor)


def _copy_attributes(file: Path, descriptor: int) -> None:
    """Copy extended attributes, of which access lists are one kind; not those of the disk's own."""
    for name in getattr(os, "listxattr", lambda _: ())(file):
        with suppress(OSError):
            os.setxattr(descriptor, name, os.getxattr(file, name))


def write_whole(path: Path, text: bytes) -> None:
    """Replace a small file, whole or not at all.

    Raises:
        OSError: it can't be written.
    """
    new = unfinished(path)
    with new.open("wb") as file:
        file.write(text)
        file.flush()
        sync_file(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def unfinished(path: Path) -> Path:
    """The file in which `write_whole` writes until it is whole."""
    return path.with_name(path.name + ".new")


def place(made: Path, file: Path) -> None:
    """Give a complete file its name; where that can't be replaced, copy it there.

    Afterwards `made` is there only if it was copied.

    Args:
        made: the complete file.
        file: its name, with or without a file of that name.

    Raises:
        OSError: neither could be done.
    """
    _settle(made, file)
    try:
        made.replace(file)
    except OSError as error:
        if error.errno not in _COPIED or not os.access(file, os.W_OK):
            raise
        _copy(made, file)
    sync_folder(file.parent)


def _settle(made: Path, file: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(made, os.O_RDONLY)
        try:
            take_over(descriptor, file)
        finally:
            os.close(descriptor)


def _copy(made: Path, file: Path) -> None:
    with made.open("rb") as source, file.open("r+b") as target:
        shutil.copyfileobj(source, target, 2**20)
        target.truncate()
        target.flush()
        sync_file(target.fileno())
