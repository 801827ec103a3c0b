"""Exports: a listing's items to a file that appears whole, whatever happens on the way.

Until it is complete the file is `FILE.part`, one JSON item a line, beside `FILE.part.checkpoint`.
The same export run again goes on from there, after whatever end the run before had: what is in
the part file is the truth, the checkpoint says whose it is and about where the listing stood.
Other formats are made from the finished part file, beside it, and get their name when they are
whole. When all is done only FILE is left.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from reamaze_async.errors import ExportFailed, ExportRefused, IncompleteListing
from reamaze_async.files.disk import failure, sync_folder
from reamaze_async.formats import Format, convert
from reamaze_async.listings.listing import Listing, raw_listing
from reamaze_async.listings.raw import RawListing, RawPage
from reamaze_async.listings.stats import SUMMARIZED, ListingStats
from reamaze_async.paging.cursor import Cursor
from reamaze_async.tasks import Check, call_in_thread, in_thread

from .checkpoint import START_OVER, Checkpoint, load
from .part_file import PartFile, as_lines
from .pipe import put
from .target import Target, check_target

Progress = Callable[[ListingStats], object]

PAGES = 16
"""The part file is synced at least once in so many pages: more a power failure can't take."""

PAUSE = 0.1
"""Seconds between two syncs at least, however fast pages come."""

SECONDS = 1.0
"""Seconds between two syncs, and between two checkpoints, at most, as long as pages come."""


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
        contradictions: items that the filter asked for should have left out.
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
    contradictions: int
    total_count: int | None
    bytes: int
    elapsed: float

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain values, for JSON."""
        return asdict(self)


async def export(
    listing: Listing[Any],
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
    progress: Progress | None = None,
    restart: bool = False,
) -> ExportSummary:
    """Export a listing to a file, going on with an earlier run of the same export.

    The items are always in the list's order; what a later pass finds late stands at the end.

    Args:
        listing: what to export.
        path: the file to be; through a link it is where that leads. It appears when it is
            complete; until then `FILE.part` and `FILE.part.checkpoint` stand beside it.
        format: `ndjson`, `ndjson.gz`, `ndjson.zst`, `csv`, `parquet` or `sqlite`, if the file's
            ending doesn't say.
        force: replace a file of that name.
        progress: called with the live numbers after each page.
        restart: forget an earlier run, whatever it exported.

    Raises:
        InvalidParameter: no such format.
        ExportRefused: the file can't be exported to, an earlier run exported something else, or
            another process is exporting to it.
        ExportFailed: it could not be written; what was written is kept.
        ReamazeError: a page could not be had; what came before is kept.
        IncompleteListing: everything that came is in the part file, but some may be missing. The
            same export run again reads the list once more and adds what it finds.
    """
    chosen = check_target(path, format=format, force=force)
    run = _Export(raw_listing(listing), Target(path, chosen), force=force, progress=progress)
    return await run.run(restart=restart)


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
    async with aclosing(raw_listing(listing).pages(keeps_keyless=True)) as pages:
        async for page in pages:
            lines = as_lines([item.json for item in page.items])
            await in_thread(partial(put, file, lines))
            size += len(lines)
            if progress:
                progress(listing.stats)
    stats = listing.stats
    return _summary(stats, None, "ndjson", items=stats.items, size=size, elapsed=stats.elapsed)


def _summary(
    stats: ListingStats,
    path: Path | None,
    format_: Format,
    *,
    items: int,
    size: int,
    elapsed: float,
) -> ExportSummary:
    return ExportSummary(
        path=None if path is None else str(path),
        format=format_,
        items=items,
        resumed=items - stats.items,
        **{name: getattr(stats, name) for name in SUMMARIZED},
        bytes=size,
        elapsed=elapsed,
    )


class _Export:
    """One run of an export. It does what is left of four steps: begin, read, make, rename."""

    _part: PartFile
    _checkpoint: Checkpoint

    def __init__(
        self, listing: RawListing[Any], target: Target, *, force: bool, progress: Progress | None
    ) -> None:
        self._listing = listing
        self._target = target
        self._force = force
        self._progress = progress
        self._stats = ListingStats()
        self._cursor = Cursor()
        self._items = 0
        self._unsynced = 0
        self._saved = self._synced = monotonic()

    async def run(self, *, restart: bool) -> ExportSummary:
        """Do the steps that are left, and return the summary."""
        began = monotonic()
        target = self._target
        with PartFile(target.part) as self._part:
            try:
                self._checkpoint = await call_in_thread(self._begin, restart=restart)
                await self._read()
            except ExportRefused:
                raise
            except BaseException:
                self._remove_if_empty()
                raise
            if self._progress and target.finished != target.part:
                self._progress(self._stats)
            await in_thread(self._make)
            # Not in a thread: a cancellation that comes once the file has its name would stop
            # nothing, but take the summary away.
            size = self._rename()
        return _summary(
            self._stats,
            target.file,
            target.format,
            items=self._items,
            size=size,
            elapsed=monotonic() - began,
        )

    # --- beginning --------------------------------------------------------------------------

    def _begin(self, *, restart: bool) -> Checkpoint:
        """Load the checkpoint or make a new one, while the part file is locked."""
        if not self._force:
            self._target.check_free()
        checkpoint = Checkpoint(listing=self._listing.identity, format=self._target.format)
        earlier = None if restart else self._earlier(checkpoint)
        if earlier is None:
            self._part.cut(0)
            checkpoint.save(self._target.checkpoint)
        return earlier or checkpoint

    def _earlier(self, checkpoint: Checkpoint) -> Checkpoint | None:
        """The checkpoint of an earlier run, if it has left something to go on with."""
        earlier = load(self._target.checkpoint)
        is_placing = earlier is not None and earlier.stage == "placing"
        if not self._part.size and not is_placing:
            return None
        difference = (
            earlier.difference(checkpoint) if earlier else "there is no checkpoint beside it"
        )
        if earlier is None or difference:
            reason = f"an unfinished export of something else is there: {difference}. {START_OVER}"
            raise ExportRefused(self._target.part, reason)
        return self._trusted(earlier)

    def _trusted(self, earlier: Checkpoint) -> Checkpoint:
        """The checkpoint, its stage set back if its files have changed or gone."""
        if earlier.stage == "placing" and not self._target.is_renamed(earlier):
            is_made = self._target.finished.exists()
            earlier.stage = "placing" if is_made else "whole"
        is_whole = self._part.size == earlier.size or self._target.is_renamed(earlier)
        if earlier.stage != "reading" and not is_whole:
            earlier.stage = "reading"
        return earlier

    def _remove_if_empty(self) -> None:
        """Leave no files behind if not a single item was written."""
        if not self._part.size:
            with suppress(OSError):
                self._target.remove_leftovers()

    # --- reading ----------------------------------------------------------------------------

    async def _read(self) -> None:
        checkpoint = self._checkpoint
        self._items, self._cursor = checkpoint.items, checkpoint.cursor
        if checkpoint.stage != "reading":
            return
        keys = await in_thread(
            lambda _: self._part.recover(lambda line: self._listing.item(line).key)
        )
        self._items = len(keys)
        self._cursor = checkpoint.cursor_for(self._items)
        pages = self._listing.pages(cursor=self._cursor, seen=iter(keys), keeps_keyless=True)
        del keys
        try:
            async with aclosing(pages):
                async for page in pages:
                    await self._take(page)
            checkpoint.stage, checkpoint.size = "whole", self._part.size
            await call_in_thread(self._sync, self._cursor)
        except BaseException as error:
            self._leave(error)
            raise
        finally:
            self._stats = self._listing.stats

    def _key_of(self, line: bytes) -> str:
        return self._listing.item(line).key

    def _leave(self, error: BaseException) -> None:
        """Save the checkpoint after a failure, if the disk allows it; the part file is enough."""
        if isinstance(error, IncompleteListing):
            self._cursor = Cursor(pass_number=self._cursor.pass_number + 1, doubts=error.pages)
        with suppress(ExportFailed):
            self._sync(self._cursor)

    async def _take(self, page: RawPage) -> None:
        cursor = page.cursor
        if _promised(cursor) != _promised(self._checkpoint.cursor):
            await call_in_thread(self._sync, cursor)
        self._part.write(as_lines([item.json for item in page.items]))
        self._cursor, self._checkpoint.page_size = cursor, page.page_size
        self._items += len(page.items)
        self._unsynced += 1
        pause = monotonic() - self._synced
        if pause >= (PAUSE if self._unsynced >= PAGES else SECONDS):
            await in_thread(
                lambda _: self._sync(cursor, saving=monotonic() - self._saved >= SECONDS)
            )
        if self._progress:
            self._progress(self._listing.stats)

    def _sync(self, cursor: Cursor, *, saving: bool = True) -> None:
        """Sync the part file; then, if it is time, save the checkpoint."""
        self._part.sync()
        self._unsynced, self._synced = 0, monotonic()
        if saving:
            self._checkpoint.cursor, self._checkpoint.items = cursor, self._items
            self._checkpoint.save(self._target.checkpoint)
            self._saved = monotonic()

    # --- making and placing -----------------------------------------------------------------

    def _make(self, check: Check) -> None:
        """Convert the part file to the finished file."""
        target = self._target
        if self._checkpoint.stage != "whole":
            return
        if target.finished != target.part:
            # All keys of the list, a hundred bytes each, may still hang in a cycle.
            gc.collect()
            try:
                convert(_checked(self._part.lines(), check), target.finished, target.format)
            except OSError as error:
                with suppress(OSError):
                    target.finished.unlink(missing_ok=True)
                raise failure(target.finished, error) from None
        self._checkpoint.stage = "placing"
        self._checkpoint.save(target.checkpoint)

    def _rename(self) -> int:
        """Give the finished file its name, and remove everything else."""
        target = self._target
        try:
            if not target.is_renamed(self._checkpoint):
                self._part.close_for_renaming()
                target.finished.replace(target.file)
                sync_folder(target.file.parent)
            target.remove_leftovers()
            return target.file.stat().st_size
        except OSError as error:
            raise failure(target.file, error) from None


def _promised(cursor: Cursor) -> tuple[Any, ...]:
    """The parts of a cursor that must be on the disk before items are written that rely on them."""
    return cursor.pass_number, cursor.top_mark, cursor.doubts, cursor.doubts_of_this_pass


def _checked(lines: Iterator[bytes], check: Check) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        if number % 256 == 0:
            check()
        yield line
