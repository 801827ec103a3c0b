"""One run of an export of everything.

First one request for each resource tells how much there is, and what is refused. Then the small
resources are read, then contacts, ratings and messages, and conversations last, so that every
message finds its own. A resource that fails doesn't keep the others from being read. The same
export run again goes on with what isn't whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic

from anyio import to_thread
from msgspec import UNSET

from reamaze_async.attachments.download import AttachmentsSummary
from reamaze_async.errors import (
    AuthenticationError,
    DecodeError,
    ExportFailed,
    ExportRefused,
    IncompleteListing,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    ReamazeError,
    SessionUnusable,
)
from reamaze_async.files.lock import LockFile
from reamaze_async.formats import rehearse, table_of
from reamaze_async.http.requester import COUNTED
from reamaze_async.listings.listing import raw_listing
from reamaze_async.listings.stats import ListingStats
from reamaze_async.paging.plan import Drift
from reamaze_async.resources import endpoint_of
from reamaze_async.session import ReamazeSession
from reamaze_async.tasks import Check, call_in_thread, in_thread

from .account_attachments import fetch_attachments
from .account_database import make, place
from .account_lists import ACCOUNT_WIDE, CONDITIONS, listing_of
from .account_stats import AccountStats, AccountSummary
from .account_target import LOCK, AccountTarget
from .export import FileExport, file_export
from .manifest import CHANGED, Manifest, ResourceEntry, State, now
from .part_file import lines_in
from .target import Target, check_file_of, part_of

AccountProgress = Callable[[AccountStats], object]

STATES: dict[type[ReamazeError], State] = {
    IncompleteListing: "incomplete",
    PermissionDenied: "refused",
    NotFound: "absent",
}
"""What an error makes of a resource; any other: it could not be fetched."""

AT_ONCE = (ExportFailed, ExportRefused, InvalidParameter, SessionUnusable)
NO_ACCOUNT = (AuthenticationError, PermissionDenied, NotFound)
"""Errors that end a run, of any resource and of conversations."""


class AccountRun:
    """One run of an export of everything.

    Attributes:
        force: whether what is there may be replaced.
        allow_incomplete: whether what may lack something is placed.
        max_attachment: the largest file of a message that is fetched, in MiB; None: none is.
        progress: called with the live numbers after each page.
    """

    force: bool = False
    allow_incomplete: bool = False
    max_attachment: float | None = None
    progress: AccountProgress | None = None
    _manifest: Manifest
    _has_begun = False

    def __init__(
        self, session: ReamazeSession, target: AccountTarget, names: Sequence[str], drift: Drift
    ) -> None:
        self._session = session
        self._target = target
        self._names = names
        self._drift: Drift = drift
        self._stats = AccountStats(resources=names)
        self._own: set[str] = set()

    async def run(self, *, restart: bool) -> AccountSummary:
        """Do what is left to do, and return the summary."""
        began = monotonic()
        target = self._target
        target.check(force=self.force, restart=restart)
        was_made = target.make_folder()
        try:
            await self._run(restart=restart)
        except BaseException:
            if was_made:
                target.remove_folder()
            raise
        if target.is_placed(self._manifest):
            target.remove_parts()
        return self._summary(monotonic() - began)

    async def _run(self, *, restart: bool) -> None:
        target = self._target
        with LockFile(target.folder / LOCK):
            known = target.earlier_manifest(restart=restart)
            if known and target.is_placed(known):
                self._manifest, self._names = known, list(known.resources)
                return
            try:
                await in_thread(partial(self._begin, known, restart=restart))
                await self._read(restart=restart)
                await self._finish()
            except BaseException:
                self._leave()
                raise
            self._manifest.settle(target.folder)

    def _leave(self) -> None:
        """Settle what a run that was ended has come to; nothing is left of one that got nothing."""
        if not self._has_begun:
            return
        if not self._target.has_items():
            self._target.remove_manifest()
        else:
            with suppress(ExportFailed):
                self._manifest.settle(self._target.folder)

    # --- beginning --------------------------------------------------------------------------

    def _begin(self, earlier: Manifest | None, check: Check, *, restart: bool) -> None:
        """Go on with the manifest or make a new one, and find out what is left to do."""
        going_on = self._earlier(earlier, restart=restart)
        self._manifest = going_on or self._new_manifest()
        if earlier and not going_on:
            self._take_over(earlier)
        for name in self._names:
            entry = self._manifest.resources.setdefault(name, self._new_entry(name))
            entry.set_aside(self._target.path_of(name).name)
            self._recognise(name, entry, check)
        for name in self._left:
            self._check(name)
        self._manifest.runs += 1
        self._manifest.ended, self._manifest.complete = None, False
        self._has_begun = True
        self._manifest.begin(self._target.folder)
        # Behind the manifest, by which what a kill leaves of it is known as ours.
        if self._target.file is not None:
            schema = endpoint_of("conversations").schema
            rehearse(self._target.database, "sqlite", table_of(schema))

    def _new_manifest(self) -> Manifest:
        listing = raw_listing(self._session.conversations.list())
        brand = listing.home.removeprefix("https://").removesuffix(".reamaze.io")
        return Manifest(
            origin=listing.identity["origin"],
            brand=brand,
            format="sqlite" if self._target.file is not None else self._target.format,
            drift=self._drift,
            began=now(),
        )

    def _new_entry(self, name: str, old: ResourceEntry | None = None) -> ResourceEntry:
        return ResourceEntry(
            file=old.file if old else None,
            before=old.before if old else UNSET,
            conditions=CONDITIONS.get(name, {}),
            covers="account" if name in ACCOUNT_WIDE else "brand",
            drift=self._drift,
        )

    def _earlier(self, earlier: Manifest | None, *, restart: bool) -> Manifest | None:
        """The manifest of an earlier run to go on with."""
        self._target.check_unfinished(earlier, force=self.force)
        if earlier is None or restart or (earlier.complete and self._target.file is None):
            return None
        if difference := earlier.difference(self._new_manifest()):
            place = self._target.file or self._target.folder
            reason = f"an unfinished export of something else is there: {difference}."
            raise ExportRefused(place, reason, remedy="ask-alike")
        return earlier

    def _take_over(self, earlier: Manifest) -> None:
        """Keep what is known of files that stay; the others are ours to replace."""
        is_same = (earlier.origin, earlier.brand) == (self._manifest.origin, self._manifest.brand)
        for name, old in earlier.resources.items():
            is_kept = is_same and name not in self._names
            if not is_kept:
                self._target.remove_parts_of(name, earlier.format)
                old.set_aside(self._target.path_of(name).name)
            self._manifest.resources[name] = old if is_kept else self._new_entry(name, old)
        if is_same and "messages" not in self._names:
            self._manifest.attachments = earlier.attachments

    def _recognise(self, name: str, entry: ResourceEntry, check: Check) -> None:
        """See whether a resource's file is there, as it was written."""
        path = self._target.path_of(name)
        if not path.exists():
            if entry.state == "whole":
                entry.end("failed", "its file is gone")
            return
        if entry.sha256 is None:
            self._own |= {name} if entry.file else set()
            return
        if not entry.fits(path, check):
            if entry.state == "whole" and not self.force:
                raise ExportRefused(path, CHANGED, remedy="force-or-rename")
            if entry.state == "whole":
                entry.end("failed", "its file was changed")
            return
        self._own.add(name)
        Target(path, self._target.format).remove_leftovers()
        if entry.state != "incomplete":
            entry.end("whole")

    def _check(self, name: str) -> None:
        """Refuse a file that can't be exported to."""
        check_file_of(
            self._target.path_of(name),
            endpoint_of(name).schema,
            format=self._target.format,
            force=self._may_replace(name),
        )

    def _may_replace(self, name: str) -> bool:
        return self.force or name in self._own

    @property
    def _left(self) -> list[str]:
        """The resources of which something is left to do."""
        return [name for name in self._names if not self._is_done(name)]

    def _is_done(self, name: str) -> bool:
        """Whether all of a resource is there, or what there is, if that is allowed."""
        entry = self._manifest.resources[name]
        is_allowed = self.allow_incomplete and name in self._own
        return entry.is_good or (is_allowed and entry.state == "incomplete")

    # --- reading ----------------------------------------------------------------------------

    async def _read(self, *, restart: bool) -> None:
        for name in self._names:
            if self._is_done(name):
                self._stats.note_done(name, self._manifest.resources[name].items)
        for name in sorted(self._left, key=lambda name: name != "conversations"):
            await self._ask(name)
        for name in self._left:
            if self._manifest.resources[name].state != "refused":
                await self._export(name, restart=restart)
        self._stats.begin(None)
        messages = self._manifest.resources.get("messages")
        if self.max_attachment is not None and messages and messages.state != "absent":
            self._manifest.attachments = await fetch_attachments(
                self._session,
                self._target,
                max_size=self.max_attachment,
                progress=self._follow_attachments,
            )

    async def _ask(self, name: str) -> None:
        """Ask how much there is of a resource, and whether it may be read."""
        entry = self._manifest.resources[name]
        entry.replace()
        self._stats.begin(name)
        self._tell()
        counts = ListingStats()
        try:
            page = await raw_listing(listing_of(self._session, name, self._drift)).page(1, counts)
        except ReamazeError as error:
            self._note(name, error)
        else:
            self._stats.failing = ()
            entry.total_count = page.total_count
            self._stats.expect(name, page.total_count, page.page_count)
            self._tell()
        finally:
            entry.add(counts)
            self._stats.add(counts)

    async def _export(self, name: str, *, restart: bool) -> None:
        entry, path = self._manifest.resources[name], self._target.path_of(name)
        listing = listing_of(self._session, name, self._drift)
        force = self._may_replace(name)
        run = file_export(listing, path, format=self._target.format, force=force)
        run.allow_incomplete, run.progress = self.allow_incomplete, self._follow
        run.on_made = partial(self._made, entry)
        entry.began = entry.began or now()
        entry.end("failed", "the run ended while it was read")
        earlier = 0 if restart else await to_thread.run_sync(lines_in, part_of(path))
        self._stats.begin(name, earlier=earlier)
        try:
            summary = await run.run(restart=restart)
        except ReamazeError as error:
            entry.items = run.items
            self._note(name, error)
        else:
            self._stats.failing = ()
            entry.end("incomplete" if summary.incomplete else "whole", summary.incomplete)
            self._own.add(name)
        finally:
            entry.add(run.stats)
            self._stats.follow(run.stats)
            self._stats.note_ended(name)
        await call_in_thread(self._manifest.save, self._target.folder)

    def _follow(self, stats: ListingStats) -> None:
        self._stats.follow(stats)
        self._tell()

    def _follow_attachments(self, summary: AttachmentsSummary) -> None:
        self._stats.attachments = summary
        self._tell()

    def _tell(self) -> None:
        if self.progress:
            self.progress(self._stats)

    def _made(self, entry: ResourceEntry, run: FileExport) -> None:
        """Note what a finished file is before it gets its name: after a kill it is known again."""
        entry.made(run.target.finished, name=run.target.file.name, items=run.items)
        state: State = "incomplete" if run.incomplete else "failed"
        entry.end(state, run.incomplete or "its file hadn't got its name when the run ended")
        self._manifest.save(self._target.folder)

    def _note(self, name: str, error: ReamazeError) -> None:
        """Note that a resource could not be fetched; raise what ends the run."""
        found = [state for kind, state in STATES.items() if isinstance(error, kind)]
        # A list that lacks a page has the failure of that page for its cause.
        state = found[0] if found and error.__cause__ is None else "failed"
        entry = self._manifest.resources[name]
        if state == "absent" and (entry.items or entry.total_count is not None):
            state = "failed"  # It was there, so only a part of it can't be read now.
        # The remedy of a refusal names the permission that is needed.
        reason = error.sentence() if state == "refused" else error.fact
        entry.end(state, reason)
        is_needed = name == "conversations" and isinstance(error, NO_ACCOUNT)
        # A resource that fails when it is counted, and again when it is read, counts once. Where
        # the server answers, and only in another shape, the next one may well be read.
        cause = error.__cause__ or error
        is_its_own = isinstance(cause, DecodeError) and not cause.is_garbled
        row = dict.fromkeys((*self._stats.failing, name))
        self._stats.failing = tuple(row) if state == "failed" and not is_its_own else ()
        if is_needed or len(self._stats.failing) > 1 or isinstance(error, AT_ONCE):
            raise error

    # --- the end ----------------------------------------------------------------------------

    async def _finish(self) -> None:
        """Say whether everything is there; if so, make the database of it."""
        resources = self._manifest.resources
        fetched = self._manifest.attachments if self.max_attachment is not None else None
        has_files = fetched is None or fetched["state"] == "whole"
        await in_thread(self._remove_before)
        self._manifest.complete = has_files and all(resources[name].is_good for name in self._names)
        may_make = not self._left and (has_files or self.allow_incomplete)
        if self._target.file is None or not may_make:
            return
        self._tell()
        home = raw_listing(self._session.conversations.list()).home
        await in_thread(partial(make, self._target, self._manifest, self._names, home))
        # Not in a thread: once the file has its name, a cancellation would stop nothing.
        place(self._target, self._manifest, force=self.force)

    def _remove_before(self, check: Check) -> None:
        for name in self._own:
            if self._is_done(name):
                self._manifest.resources[name].remove_before(self._target.folder, check)

    def _summary(self, elapsed: float) -> AccountSummary:
        known, target = self._manifest, self._target
        resources = {name: known.resources[name] for name in self._names}
        size = sum(entry.bytes for entry in resources.values())
        if target.is_placed(known) and target.file is not None:
            size = target.file.stat().st_size
        return AccountSummary(
            path=str(target.file or target.folder),
            format="sqlite" if target.file is not None else target.format,
            complete=known.complete,
            resources=resources,
            attachments=known.attachments,
            runs=known.runs,
            items=sum(entry.items for entry in resources.values()),
            bytes=size,
            **{name: getattr(self._stats, name) for name in (*COUNTED, "duplicates")},
            began=known.began,
            ended=known.ended or now(),
            elapsed=elapsed,
        )
