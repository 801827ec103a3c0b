"""Paths: which file one names, and the checks that need no request."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reamaze_async.errors import ExportRefused

from .disk import said

_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")

NAME_MAX = 255
"""The longest name of a file on nearly every system, in bytes."""


def file_at(path: str | os.PathLike[str]) -> Path:
    """The file that a path names; for a link the file that it leads to, there or not yet."""
    file = Path(path)
    return Path(os.path.realpath(file)) if file.is_symlink() else file


def printable(text: str, encoding: str = "utf-8") -> str:
    """A text with what its encoding can't hold escaped: a name is bytes, and may be any.

    Args:
        text: such as the name of a file, in which odd bytes are half surrogate pairs.
        encoding: of the stream where it is to be shown.
    """
    named = _NO_BYTE.sub(lambda half: f"\\u{ord(half[0]):x}", text)
    shown = named.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return shown.encode(encoding, errors="backslashreplace").decode(encoding)


def check_file(path: str | os.PathLike[str], *, example: str, beside: str) -> Path:
    """Refuse a path that is no file and can't become one; return the file, as `file_at` does.

    Args:
        path: as it was given.
        example: a name, for those who name a folder.
        beside: the longest ending of what will stand beside it.

    Raises:
        ExportRefused: it is something else, its name is too long, or its folder is missing or
            can't be written to.
    """
    with looked_at(path):
        return _checked(path, example, beside)


@contextmanager
def looked_at(path: str | os.PathLike[str]) -> Iterator[None]:
    """Refuse a path of which the system doesn't even say what is there.

    Raises:
        ExportRefused: a folder on the way to it is closed, or a name too long.
    """
    try:
        yield
    except OSError as error:
        reason = f"it can't be looked at: {said(error)}. Mend that, or name another file."
        raise ExportRefused(path, reason) from None


def _checked(path: str | os.PathLike[str], example: str, beside: str) -> Path:
    given = Path(path)
    _check_name(given, beside)
    if given.is_dir() or os.fspath(path).endswith((os.sep, os.altsep or os.sep)):
        reason = f"it is a folder: name a file in it, such as {str(given / example)!r}."
        raise ExportRefused(given, reason)
    if given.exists() and not given.is_file():
        raise ExportRefused(given, "it is a device or a pipe: name a file.")
    file = file_at(given)
    _check_name(file, beside)
    if file.is_symlink():
        raise ExportRefused(given, "it is a link that leads in a circle: name another file.")
    if not file.parent.is_dir():
        raise ExportRefused(file, f"there is no folder {str(file.parent)!r}: make it first.")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise ExportRefused(file, f"the folder {str(file.parent)!r} can't be written to.")
    return file


def _check_name(file: Path, beside: str) -> None:
    room = NAME_MAX - len(beside)
    if len(os.fsencode(file.name)) > room:
        reason = f"its name is too long for {beside!r} behind it: name it in {room} bytes or less."
        raise ExportRefused(file, reason)


def check_unused(file: Path) -> None:
    """Refuse a database with a journal: SQLite would apply it to the one that replaces it."""
    for ending in ("-wal", "-journal"):
        journal = file.with_name(file.name + ending)
        if journal.exists():
            reason = f"{journal.name} stands beside it: close whatever has that database open."
            raise ExportRefused(file, reason)
