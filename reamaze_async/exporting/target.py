"""The target of an export: the finished file, the files beside it, and early refusals."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reamaze_async.errors import ExportRefused, InvalidParameter
from reamaze_async.files.paths import check_file, check_unused, file_at
from reamaze_async.files.placing import unfinished
from reamaze_async.formats import Format, check_installed, format_of, table_for, table_of
from reamaze_async.formats.table import Table
from reamaze_async.listings.listing import Listing
from reamaze_async.resources import endpoint_of
from reamaze_async.threads.threads import Threads
from reamaze_async.wire.schema import Schema

from .checkpoint import Checkpoint, load

_BESIDE = re.compile(
    r"(\.part(\.finished|\.messages|\.checkpoint(\.new)?)?|\.sync(\.lock(-[a-z_]+)?)?)?(-journal|-wal|-shm)?"
)
"""The endings of the files that an export or a sync keeps beside its own."""


class Target:
    """The finished file of an export, and the files beside it until then.

    Attributes:
        file: the finished file, where a link leads to it.
        part: what was written so far.
        checkpoint: whose it is.
        messages: of threads that are read together: the messages that were read.
        finished: the finished file while it is being made; the part file itself for NDJSON.
        table: the columns of the finished file, where it has some.
    """

    def __init__(
        self, path: str | os.PathLike[str], format_: Format, table: Table | None = None
    ) -> None:
        self.file: Path = file_at(path)
        self.format: Format = format_
        self.table: Table | None = table
        self.part: Path = part_of(self.file)
        self.checkpoint: Path = self._beside(".part.checkpoint")
        self.messages: Path = self._beside(".part.messages")
        self.finished: Path = self.part if format_ == "ndjson" else self._beside(".part.finished")

    def remove_leftovers(self) -> None:
        """Remove all files but the finished one, the checkpoint last.

        Raises:
            OSError: something can't be removed.
        """
        self.discard_made()
        self.part.unlink(missing_ok=True)
        self.messages.unlink(missing_ok=True)
        unfinished(self.checkpoint).unlink(missing_ok=True)
        self.checkpoint.unlink(missing_ok=True)

    def _beside(self, ending: str) -> Path:
        return self.file.with_name(self.file.name + ending)

    def check_free(self) -> None:
        """Refuse a file that is there, unless this export has made it and only leftovers remain.

        Raises:
            ExportRefused: it is there.
        """
        if not self.file.exists():
            return
        checkpoint = load(self.checkpoint)
        is_ours = checkpoint and checkpoint.stage == "placing" and self.is_renamed(checkpoint)
        if not is_ours:
            raise ExportRefused(self.file, "it is there already.", remedy="force-or-rename")

    def is_made(self, checkpoint: Checkpoint) -> bool:
        """Whether the finished file is there, and is the one that was made."""
        if self.finished == self.part or not self.finished.exists():
            return self.finished.exists()
        return self.finished.stat().st_ino == checkpoint.made

    def discard_made(self) -> None:
        """Remove what was made of the part file, unless it is that file itself.

        Raises:
            OSError: it can't be removed.
        """
        if self.finished != self.part:
            self.finished.unlink(missing_ok=True)

    def is_renamed(self, checkpoint: Checkpoint) -> bool:
        """Whether the finished file was made and has got its name."""
        if checkpoint.stage != "placing" or not self.file.exists():
            return False
        if checkpoint.made and self.file.stat().st_ino != checkpoint.made:
            return False
        if self.finished == self.part:
            there = self.part.stat().st_size if self.part.exists() else 0
            return there != checkpoint.size
        return not self.finished.exists()


def check_target(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
    columns: Sequence[str] | None = None,
    resource: str = "conversations",
) -> Format:
    """Refuse what can be refused before the first request; return the format.

    Args:
        path: the file to be; through a link it is where that leads.
        format: its format, if the file's ending doesn't say.
        force: whether a file of that name may be replaced.
        columns: the names of its columns, if not all are wanted.
        resource: what is exported, such as `messages`; it has the columns.

    Raises:
        InvalidParameter: no such format, no such column, or no such resource.
        ExportRefused: there is such a file already, its folder is missing or can't be written
            to, or the format needs something that isn't installed.
    """
    schema = endpoint_of(resource).schema
    return check_file_of(path, schema, format=format, force=force, columns=columns)


def check_file_of(
    path: str | os.PathLike[str],
    schema: Schema,
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
    columns: Sequence[str] | None = None,
) -> Format:
    """Refuse what can be refused of a file with a schema's columns; see `check_target`.

    Raises:
        InvalidParameter, ExportRefused: as there.
    """
    example = f"{schema.name}.ndjson"
    file = check_file(path, example=example, beside=".part.finished-journal")
    chosen = format_of(path, format)
    table_for(table_of(schema), chosen, columns)
    if not force:
        Target(file, chosen).check_free()
    if chosen == "sqlite":
        check_unused(file)
    check_installed(file, chosen)
    return chosen


def checked_listing(thing: Any) -> Listing[Any]:
    """The listing itself, if it is one.

    Raises:
        InvalidParameter: it is something else.
    """
    if isinstance(thing, Threads):
        message = "threads have an export of their own: export_threads(threads, path)."
        raise InvalidParameter(message)
    if not isinstance(thing, Listing):
        message = (
            f"{type(thing).__name__} can't be exported: give a listing, such as "
            "session.conversations.list(filter='all'), and neither its items nor its pages."
        )
        raise InvalidParameter(message)
    return thing


def part_of(file: Path) -> Path:
    """The part file of an export to this file."""
    return file.with_name(f"{file.name}.part")


def is_beside(path: Path, file: Path) -> bool:
    """Whether a path names a file, or one of those that an export or a sync keeps beside it."""
    is_named_so = path.name.startswith(file.name) and path.parent == file.parent
    return is_named_so and bool(_BESIDE.fullmatch(path.name.removeprefix(file.name)))
