"""Exports: a listing's items to a file that appears whole, whatever happens on the way.

Until it is complete the file is `FILE.part`, one JSON item a line, beside a checkpoint. The same
export run again goes on from there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from anyio import to_thread

from .checkpoint import Checkpoint, load
from .errors import ExportRefused
from .listing import Listing, ListingStats
from .sinks import Format, format_of
from .sinks.part import PartFile, as_lines, failure

Progress = Callable[[ListingStats], object]


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export did.

    Attributes:
        path: the finished file; None for a stream.
        format: its format.
        items: items in it.
        resumed: how many of them an earlier run had written.
        pages: pages written by this run.
        requests: requests sent.
        retries: tries after a failure, 429s not counted.
        throttled: answers 429.
        repaired: pages fetched again because of drift.
        duplicates: items that came again, because pages had shifted.
        total_count: the list's size by the latest answer; None if nothing was asked.
        bytes: the size of the finished file.
        elapsed: seconds that this run took.
    """

    path: str | None
    format: Format
    items: int
    resumed: int
    pages: int
    requests: int
    retries: int
    throttled: int
    repaired: int
    duplicates: int
    total_count: int | None
    bytes: int
    elapsed: float

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)


def check_target(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
) -> Format:
    """Refuse what can be refused before the first request; return the format.

    Args:
        path: the file to be.
        format: its format, if the file's ending doesn't say.
        force: whether a file of that name may be replaced.

    Raises:
        InvalidParameter: no such format.
        ExportRefused: there is such a file already, its folder is missing or can't be written
            to, or the format needs something that isn't installed.
    """
    chosen = format_of(path, format)
    file = Path(path)
    if file.is_dir():
        raise ExportRefused(file, "it is a folder: name a file in it.")
    if file.exists() and not force:
        raise ExportRefused(file, "it is there already: name another file, or replace it by force.")
    if not file.parent.is_dir():
        raise ExportRefused(file, f"there is no folder {str(file.parent)!r}: make it first.")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise ExportRefused(file, f"the folder {str(file.parent)!r} can't be written to.")
    return chosen


async def export(
    listing: Listing[Any],
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
    progress: Progress | None = None,
    restart: bool = False,
) -> ExportSummary:
    """Export a listing to a file, going on with an earlier run of the same export.

    Args:
        listing: what to export; always in order.
        path: the file to be. It appears when it is complete.
        format: its format, if the file's ending doesn't say.
        force: replace a file of that name.
        progress: called with the live numbers after each page.
        restart: forget an earlier run, whatever it exported.

    Raises:
        InvalidParameter: no such format.
        ExportRefused: the file can't be exported to, or an earlier run exported something else.
        ExportFailed: it could not be written; what was written is kept.
        ReamazeError: a page could not be had; what came before is kept.
        IncompleteListing: everything that came is in the part file, but some may be missing.
    """
    file = Path(path)
    chosen = check_target(file, format=format, force=force)
    note = file.with_name(file.name + ".part.checkpoint")
    with PartFile(file.with_name(file.name + ".part")) as part:
        checkpoint = load(note)
        if restart or not part.size or checkpoint is None:
            part.cut(0)
            checkpoint = Checkpoint(listing=listing.identity, format=chosen)
            checkpoint.save(note)
        seen = [listing.key(line) for line in part.lines()]
        async for page in listing.raw_pages(place=checkpoint.place, seen=seen):
            part.write(as_lines(tuple(page.items)))
            if progress:
                progress(listing.stats)
            checkpoint.place = listing.place
        await to_thread.run_sync(part.sync)
        try:
            part.path.replace(file)
            note.unlink()
        except OSError as error:
            raise failure(file, error) from None
    return _summary(file, chosen, listing.stats, resumed=len(seen), size=part.size)


async def stream(
    listing: Listing[Any], file: BinaryIO, *, progress: Progress | None = None
) -> ExportSummary:
    """Write a listing to an open binary file, one JSON item a line; nothing is kept for later.

    Args:
        listing: what to export; always in order.
        file: written to, flushed after each page, and not closed.
        progress: called with the live numbers after each page.

    Raises:
        OSError: the file can't be written, such as BrokenPipeError.
        ReamazeError: a page could not be had; what came before is written.
        IncompleteListing: at the end, if items may be missing.
    """
    size = 0
    async for page in listing.raw_pages():
        lines = as_lines(tuple(page.items))
        await to_thread.run_sync(_put, file, lines)
        size += len(lines)
        if progress:
            progress(listing.stats)
    return _summary(None, "ndjson", listing.stats, resumed=0, size=size)


def _put(file: BinaryIO, lines: bytes) -> None:
    file.write(lines)
    file.flush()


def _summary(
    path: Path | None, format_: Format, stats: ListingStats, *, resumed: int, size: int
) -> ExportSummary:
    return ExportSummary(
        path=None if path is None else str(path),
        format=format_,
        items=resumed + stats.items,
        resumed=resumed,
        pages=stats.pages,
        requests=stats.requests,
        retries=stats.retries,
        throttled=stats.throttled,
        repaired=stats.repaired,
        duplicates=stats.duplicates,
        total_count=stats.total_count,
        bytes=size,
        elapsed=stats.elapsed,
    )
