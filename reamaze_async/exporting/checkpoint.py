"""The checkpoint: whose part file it is, and where to go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from reamaze_async.listings.unreadable_items import UnreadableItems
from reamaze_async.paging.cursor import Cursor
from reamaze_async.wire.unreadable import Unreadable

from . import saved

VERSION = 3
"""The version of the checkpoint's format; another version is refused."""

Stage = Literal["reading", "whole", "placing"]


class Position(msgspec.Struct, kw_only=True):
    """How far one list was read into its part file.

    Attributes:
        cursor: where the listing stood.
        items: how many items had been written by then.
        page_size: items on a full page.
        size: bytes of the part file by then.
        checksum: of these bytes.
        unreadable: what could not be read, and isn't written, of the pages read since the list was
            begun; a further reading finds it again.
    """

    cursor: Cursor = Cursor()
    items: int = 0
    page_size: int = 30
    size: int = 0
    checksum: int = 0
    unreadable: UnreadableItems = msgspec.field(default_factory=UnreadableItems)

    def covers(self, cursor: Cursor) -> bool:
        """Whether it holds all that items rely on which are written when a listing stands there."""
        return _relied_on(self.cursor) == _relied_on(cursor)

    def cursor_for(self, items: int) -> Cursor:
        """The cursor from which to go on, if the part file holds this many items.

        On the first pass, items that were written after the checkpoint tell how many pages farther
        the listing came; if items are gone, the frontier goes up by itself until it finds them. A
        later pass begins anew if items are gone, since they may stand anywhere.
        """
        cursor = self.cursor
        if cursor.pass_number == 1:
            farther = max(0, items - self.items) // max(1, self.page_size)
            return msgspec.structs.replace(cursor, page=cursor.page + farther)
        if items >= self.items:
            return cursor
        return Cursor(
            pass_number=cursor.pass_number, doubts=(*cursor.doubts, *cursor.doubts_of_this_pass)
        )


class Checkpoint(Position, kw_only=True):
    """The state of an export, kept beside its part file.

    Attributes:
        listing: what is exported: `RawListing.identity`.
        format: the format of the finished file.
        columns: the names of its columns, where they were chosen.
        version: the version of the checkpoint's own format.
        stage: `reading`: pages are missing; `whole`: the finished file is to be made; `placing`:
            it is made, and gets its name.
        made: the finished file, by the number that the file system gave it; 0 before it is made.
        cut: cells of the finished file that were cut.
        incomplete: what may be missing, as a sentence, where that was allowed; else None.
        keyless: items that are written and have no key.
        messages: of threads that are read together: how far the messages were read.
        threads: why threads that were read alone may lack messages, by slug.
    """

    listing: dict[str, Any]
    format: str
    columns: list[str] | None = None
    version: int = VERSION
    stage: Stage = "reading"
    made: int = 0
    cut: int = 0
    incomplete: str | None = None
    keyless: UnreadableItems = msgspec.field(default_factory=UnreadableItems)
    messages: Position | None = None
    threads: dict[str, str] = {}

    def note(self, page: int, items: Sequence[Unreadable]) -> bool:
        """Note what can't be read on a page, or has no key; return whether there is anything."""
        for one in items:
            (self.unreadable if one.json is None else self.keyless).add(page, [one])
        return bool(items)

    def save(self, path: Path) -> None:
        """Replace the checkpoint at `path`, whole or not at all.

        Raises:
            ExportFailed: it can't be written.
        """
        saved.save(self, path)

    def difference(self, other: Checkpoint) -> str:
        """How the other checkpoint's export differs from this one; empty if it is the same."""
        was, now = _facts(self), _facts(other)
        return "; ".join(
            f"its {name} was {was.get(name)!r}, not {now.get(name)!r}"
            for name in now | was
            if was.get(name) != now.get(name)
        )


def load(path: Path) -> Checkpoint | None:
    """The checkpoint at `path`; None if there is none.

    Raises:
        ExportRefused: it can't be read, or is of another version.
    """
    return saved.load(path, Checkpoint, VERSION)


def _relied_on(cursor: Cursor) -> tuple[Any, ...]:
    """The parts of a cursor that must be on the disk before items are written that rely on them."""
    return cursor.pass_number, cursor.top_mark, cursor.doubts, cursor.doubts_of_this_pass


def _facts(checkpoint: Checkpoint) -> dict[str, Any]:
    return checkpoint.listing | {"format": checkpoint.format, "columns": checkpoint.columns}
