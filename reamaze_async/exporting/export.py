"""Exports: a listing's items to a file that appears whole, whatever happens on the way.

Until it is complete the file is `FILE.part`, one JSON item a line, beside `FILE.part.checkpoint`.
The same export run again goes on from there, whatever ended the run before: what is in the part
file is the truth, the checkpoint says whose it is and about where the listing stood. Other formats
are made from the finished part file, and named when they are whole. At the end only FILE is left.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from itertools import chain
from time import monotonic
from typing import Any

from reamaze_async.errors import ExportFailed, ExportRefused, IncompleteListing
from reamaze_async.files.disk import failure
from reamaze_async.files.placing import create, place
from reamaze_async.formats import convert, rehearse, table_for, table_of
from reamaze_async.listings.listing import Listing, raw_listing
from reamaze_async.listings.raw import JsonPage, RawListing
from reamaze_async.listings.stats import ListingStats
from reamaze_async.listings.steps import Steps, next_steps
from reamaze_async.listings.unreadable_items import UnreadableItems
from reamaze_async.paging.cursor import Cursor
from reamaze_async.remedies import Remedy
from reamaze_async.tasks import Check, call_in_thread, in_thread

from .checkpoint import Checkpoint, load
from .part_file import PartFile, as_lines, checked
from .summary import ExportSummary, Progress, summary_of
from .target import Target, check_file_of, checked_listing

_logger = logging.getLogger("reamaze_async")

PAGES = 16
"""The part file is synced at least once in so many pages: a power failure takes no more."""

PAUSE = 0.1
"""Seconds between two syncs at least, however fast pages come."""

MANY = 50_000
"""Items whose keys are worth a collection of garbage, which may take long, before converting."""

SECONDS = 1.0
"""Seconds between two syncs, and between two checkpoints, at most, as long as pages come."""


async def export(
    listing: Listing[Any],
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
    progress: Progress | None = None,
    restart: bool = False,
    columns: Sequence[str] | None = None,
    allow_incomplete: bool = False,
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
        columns: the names of the columns of a CSV, Parquet or SQLite file, in order. Default: all,
            in CSV all but `raw`.
        allow_incomplete: place the file although something may be missing; the summary and a
            warning say what.

    Raises:
        InvalidParameter: no such format or column, or no such thing to export.
        ExportRefused: the file can't be exported to, an earlier run exported something else, or
            another process is exporting to it.
        ExportFailed: it could not be written; what was written is kept.
        ReamazeError: a page could not be fetched; what came before is kept.
        IncompleteListing: everything that came is in the part file, but some may be missing. The
            same export run again reads the list once more and adds what it finds.
    """
    run = file_export(listing, path, format=format, force=force, columns=columns)
    run.progress, run.allow_incomplete = progress, allow_incomplete
    return await run.run(restart=restart)


def file_export(
    listing: Listing[Any],
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    force: bool = False,
    columns: Sequence[str] | None = None,
) -> FileExport:
    """Check what can be checked before the first request; see `export`.

    Raises:
        InvalidParameter, ExportRefused: as there.
    """
    raw = raw_listing(checked_listing(listing))
    source = raw.source
    chosen = check_file_of(path, source.schema, format=format, force=force, columns=columns)
    table = table_for(table_of(source.schema, source.key_of, home=raw.home), chosen, columns)
    run = FileExport(raw, Target(path, chosen, table), force=force)
    run.columns = None if columns is None else list(columns)
    return run


class FileExport:
    """One run of an export. It does what is left of four steps: begin, read, make, rename.

    Attributes:
        target: the file to be.
        columns: the names of its columns, where they were chosen.
        allow_incomplete: whether to place it although something may be missing.
        progress: called with the live numbers after each page.
        on_made: called, in a thread, when the finished file is made and hasn't got its name yet.
    """

    columns: list[str] | None = None
    allow_incomplete: bool = False
    progress: Progress | None = None
    on_made: Callable[[FileExport], object] | None = None
    _part: PartFile
    _checkpoint: Checkpoint

    def __init__(self, listing: RawListing[Any], target: Target, *, force: bool) -> None:
        self._listing = listing
        self.target: Target = target
        self._force = force
        self._stats = ListingStats()
        self._cursor = Cursor()
        self._items = self._resumed = self._unsynced = 0
        self._saved = self._synced = monotonic() - SECONDS  # the first page is saved at once

    @property
    def items(self) -> int:
        """How many items are written."""
        return self._items

    @property
    def incomplete(self) -> str | None:
        """What may be missing, where that was allowed; else None."""
        return self._checkpoint.incomplete

    @property
    def stats(self) -> ListingStats:
        """The numbers of its listing."""
        return self._listing.stats

    async def run(self, *, restart: bool) -> ExportSummary:
        """Do the steps that are left, and return the summary."""
        began, target = monotonic(), self.target
        with PartFile(target.part) as self._part:
            try:
                self._checkpoint = await call_in_thread(self._begin, restart=restart)
                await self._read()
            except ExportRefused:
                raise
            except BaseException:
                self._remove_if_empty()
                raise
            if self.progress and target.finished != target.part:
                self.progress(self._stats)
            await in_thread(self._make)
            # Not in a thread: a cancellation that comes once the file has its name would stop
            # nothing, but take the summary away.
            size = self._rename()
        return summary_of(
            self._stats,
            target.file,
            target.format,
            items=self._items,
            resumed=self._resumed,
            size=size,
            elapsed=monotonic() - began,
            cut=self._checkpoint.cut,
            incomplete=self.incomplete,
        )

    # --- beginning --------------------------------------------------------------------------

    def _begin(self, *, restart: bool) -> Checkpoint:
        """Load the checkpoint or make a new one, while the part file is locked."""
        if not self._force:
            self.target.check_free()
        self._part.take_over(self.target.file)
        checkpoint = Checkpoint(
            listing=self._listing.identity, format=self.target.format, columns=self.columns
        )
        earlier = None if restart else self._earlier(checkpoint)
        if earlier is None:
            self._part.cut(0)
            checkpoint.save(self.target.checkpoint)
        found = earlier or checkpoint
        if found.stage == "reading" and self.target.finished != self.target.part:
            assert self.target.table
            try:
                rehearse(self.target.finished, self.target.format, self.target.table)
            except ExportRefused:
                self._remove_if_empty()
                raise
        self._part.checksum = found.checksum
        return found

    def _earlier(self, checkpoint: Checkpoint) -> Checkpoint | None:
        """The checkpoint of an earlier run, if it has left something to go on with."""
        earlier = load(self.target.checkpoint)
        if not self._is_begun and not (earlier and earlier.stage == "placing"):
            return None
        odd = earlier.difference(checkpoint) if earlier else "there is no checkpoint beside it"
        if earlier is None or odd:
            reason = f"an unfinished export of something else is there: {odd}."
            remedy: Remedy = "ask-alike" if earlier else "start-over"
            raise ExportRefused(self.target.part, reason, remedy=remedy)
        return self._trusted(earlier)

    def _trusted(self, earlier: Checkpoint) -> Checkpoint:
        """The checkpoint, its stage set back if its files have changed or gone."""
        if self.target.is_renamed(earlier):
            return earlier
        if earlier.stage == "placing" and not self.target.is_made(earlier):
            earlier.stage = "whole"
        if self._part.size != earlier.size or (earlier.incomplete and not self.allow_incomplete):
            earlier.stage = "reading"
        if earlier.stage == "reading":
            earlier.incomplete = None
        return earlier

    @property
    def _is_begun(self) -> bool:
        """Whether anything was written that is worth going on with."""
        return self._part.size > 0

    def _remove_if_empty(self) -> None:
        """Leave no files behind if not a single item was written."""
        if not self._is_begun:
            with suppress(OSError):
                self.target.remove_leftovers()

    # --- reading ----------------------------------------------------------------------------

    async def _read(self) -> None:
        checkpoint = self._checkpoint
        self._items, self._cursor = checkpoint.items, checkpoint.cursor
        self._resumed = self._items
        if checkpoint.stage != "reading":
            return
        steps = await self._go_on()
        self._resumed = self._items
        try:
            async with aclosing(steps):
                while pages := await next_steps(steps, self._room):
                    await self._take(pages)
        except BaseException as error:
            self._leave(error)
            if not (isinstance(error, IncompleteListing) and self.allow_incomplete):
                raise
            checkpoint.incomplete = error.fact
            _logger.warning("%s: %s", self.target.file.name, error.fact)
        finally:
            self._stats = self._listing.stats
        checkpoint.stage = "whole"
        await call_in_thread(self._save_all)

    async def _go_on(self) -> Steps[Any]:
        """What is left to read, behind what the part file holds."""
        checkpoint = self._checkpoint
        keys = await call_in_thread(
            self._part.recover,
            lambda line: self._listing.item(line).key,
            size=checkpoint.size,
            checksum=checkpoint.checksum,
        )
        self._items = len(keys)
        self._cursor = checkpoint.cursor_for(self._items)
        keys += checkpoint.unreadable.keys
        lost = checkpoint.keyless.together(checkpoint.unreadable)
        return self._listing.json_pages(cursor=self._cursor, seen=iter(keys), unreadable=lost)

    def _leave(self, error: BaseException) -> None:
        """Save the checkpoint after a failure, if the disk allows it; the part file is enough."""
        if isinstance(error, IncompleteListing):
            self._cursor = Cursor(pass_number=self._cursor.pass_number + 1, doubts=error.pages)
            self._checkpoint.unreadable = UnreadableItems()
        with suppress(ExportFailed):
            self._save_all()

    def _save_all(self) -> None:
        """Sync what is written, and save where the reading stands."""
        self._sync(self._cursor)

    @property
    def _room(self) -> int:
        """How many pages may be written together; those that are told of one by one, aren't."""
        return 1 if self.progress else PAGES - self._unsynced % PAGES

    async def _take(self, pages: Sequence[Any]) -> None:
        first = 0
        for number, page in enumerate(pages):
            is_noted = self._checkpoint.note(page.number, page.unreadable)
            if is_noted or not self._checkpoint.covers(page.cursor):
                self._write(pages[first:number])
                first = number
                await call_in_thread(self._sync, page.cursor)
        self._write(pages[first:])
        if self._is_sync_due:
            await call_in_thread(self._sync, self._cursor, saving=False)
        if self.progress:
            self.progress(self._listing.stats)

    def _write(self, pages: Sequence[JsonPage]) -> None:
        if pages:
            items = list(chain.from_iterable(page.items for page in pages))
            self._part.write(as_lines(items))
            self._cursor, self._checkpoint.page_size = pages[-1].cursor, pages[-1].page_size
            self._items += len(items)
            self._unsynced += len(pages)

    @property
    def _is_sync_due(self) -> bool:
        pause = monotonic() - self._synced
        return pause >= (PAUSE if self._unsynced >= PAGES else SECONDS)

    def _sync(self, cursor: Cursor, *, saving: bool = True) -> None:
        """Sync the part file; then, if it is wanted or time, save the checkpoint."""
        self._part.sync()
        self._unsynced, self._synced = 0, monotonic()
        if saving or self._synced - self._saved >= SECONDS:
            self._checkpoint.cursor, self._checkpoint.items = cursor, self._items
            self._checkpoint.size, self._checkpoint.checksum = self._part.size, self._part.checksum
            self._checkpoint.save(self.target.checkpoint)
            self._saved = monotonic()

    # --- making and placing -----------------------------------------------------------------

    def _make(self, check: Check) -> None:
        """Make the finished file, unless it is made, and note which it is before it is placed."""
        target, checkpoint = self.target, self._checkpoint
        if target.is_renamed(checkpoint):
            return
        try:
            try:
                if checkpoint.stage == "whole" and target.finished != target.part:
                    self._convert(check)
            finally:  # What was converted, or could not be, may have been changed until now.
                self._part.verify(check)
        except ExportFailed:
            with suppress(OSError):
                target.discard_made()
            raise
        if self.on_made:
            self.on_made(self)
        checkpoint.stage, checkpoint.made = "placing", target.finished.stat().st_ino
        checkpoint.save(target.checkpoint)

    def _convert(self, check: Check) -> None:
        """Convert the part file to the finished file."""
        target, made = self.target, self.target.finished
        # All keys of the list, a hundred bytes each, may still hang in a cycle.
        if self._items >= MANY:
            gc.collect()
        try:
            assert target.table
            create(made, target.file)
            lines = checked(self._part.lines(), check)
            self._checkpoint.cut = convert(lines, made, target.format, table=target.table)
        except OSError as error:
            raise failure(made, error) from None

    def _rename(self) -> int:
        """Give the finished file its name, and remove everything else."""
        target = self.target
        try:
            if not target.is_renamed(self._checkpoint):
                self._place()
            target.remove_leftovers()
            return target.file.stat().st_size
        except OSError as error:
            raise failure(target.file, error) from None

    def _place(self) -> None:
        target = self.target
        if not self._force and target.file.exists():
            reason = f"it has appeared meanwhile; {target.part.name} holds what was exported."
            raise ExportFailed(target.file, reason, remedy="force-or-rename")
        self._part.close_for_renaming()
        place(target.finished, target.file)
        if target.finished.exists():  # Copied, since what is mounted can't be replaced.
            self._checkpoint.made = target.file.stat().st_ino
            self._checkpoint.save(target.checkpoint)
