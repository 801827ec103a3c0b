"""Keeping a database like a listing, at the cost of what has changed.

The first run reads the whole list. Later runs read it by `sort="changed"` from the newest end,
until a page holds nothing that the database doesn't know. What has left the list can't be found
so: where the server counts other than the database does, and now and then anyway, the whole list
is read again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from .audit import Audit
from .errors import IncompleteListing, InvalidParameter
from .iteration import A_PAGES_OWN
from .listing import Listing, ListingStats, Page
from .place import Place
from .resources import ConversationQuery
from .sinks import format_of
from .sinks.part import failure, sync_folder
from .target import check_folder
from .threads import in_thread

if TYPE_CHECKING:
    from .mirror import Mirror
    from .session import ReamazeSession

WEEK = 7 * 86400.0

ROUNDS = 3
"""How often the newest end is looked at, while it goes on changing."""


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """What a sync did.

    Attributes:
        path: the database.
        items: conversations in it.
        added: those that are new.
        changed: those that are different.
        removed: those that had left the list.
        was_read_whole: whether the whole list was read, to its end, in this run.
        requests: requests sent.
        total_count: the list's size by the latest answer.
        elapsed: seconds it took.
    """

    path: str
    items: int
    added: int
    changed: int
    removed: int
    was_read_whole: bool
    requests: int
    total_count: int
    elapsed: float

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)


async def sync(
    session: ReamazeSession,
    path: str | os.PathLike[str],
    *,
    reconcile: bool | None = None,
    reconcile_after: float = WEEK,
    progress: Callable[[ListingStats], object] | None = None,
    **conditions: Unpack[ConversationQuery],
) -> SyncSummary:
    """Make a SQLite database hold what the list of conversations holds now.

    May be killed at any time and run again at once. The first run builds `FILE.sync`, which
    becomes FILE when it is whole. The tables are those of an export to SQLite.

    Args:
        session: whom to ask.
        path: the database, ending in `.sqlite`.
        reconcile: whether to read the whole list, to find what has left it. None: if the
            server's count differs from the database's, or `reconcile_after` has passed.
        reconcile_after: seconds. Default: a week.
        progress: called with the live numbers after each page.
        **conditions: as for `session.conversations.list`, without `sort`; `filter` is `"all"`
            unless given.

    Raises:
        InvalidParameter: it isn't to be a database, or a condition can't be used.
        ExportRefused: the file is something else, or another process has it.
        ExportFailed: it could not be written; what was written is kept.
        ReamazeError: a page could not be had; what came before is kept.
        IncompleteListing: everything that came is in the database, but some may be missing; the
            same sync run again reads the list once more.
    """
    file = Path(path)
    if format_of(file) != "sqlite":
        message = f"path={str(path)!r} must end in .sqlite: only a database can be synced."
        raise InvalidParameter(message)
    if conditions.get("sort") is not None:
        message = "sort: a sync has its own order; leave it out."
        raise InvalidParameter(message)
    check_folder(file)
    conditions.setdefault("filter", "all")
    listing = session.conversations.list(**conditions)
    changed = session.conversations.list(**conditions | {"sort": "changed"})
    return await _Sync(listing, changed, file, progress).run(reconcile, reconcile_after)


def is_all_below_known(marks: Mapping[bytes, float], news: Set[bytes], since: float | None) -> bool:
    """Whether nothing below a page of changes can be new.

    Args:
        marks: the items and when they changed.
        news: those that the database didn't hold so.
        since: all changes up to this one had been taken in; None if there was none.
    """
    if not marks:
        return True
    if since is None:
        return False
    known = {item for item, mark in marks.items() if mark < since}
    if known and not known & news:
        return True
    # A change of the same instant may have come later. If even a page of older ones holds news,
    # then conversations change without being dated, and reading on would never end.
    return len(known) == len(marks) or (not news and min(marks.values()) <= since)


class _Sync:
    """One run of a sync."""

    _mirror: Mirror

    def __init__(
        self,
        listing: Listing[Any],
        changed: Listing[Any],
        file: Path,
        progress: Callable[[ListingStats], object] | None,
    ) -> None:
        self._listing = listing
        self._changed = changed
        self._file = file
        self._progress = progress
        self._added = self._altered = self._removed = self._requests = 0
        self._total = self._pages = 0
        self._has_begun = self._was_read_whole = False

    async def run(self, reconcile: bool | None, reconcile_after: float) -> SyncSummary:
        """Do what is left to do."""
        from .mirror import Mirror  # noqa: PLC0415 - SQLite is loaded when it is used

        began = time.monotonic()
        is_new = not self._file.exists()
        working = self._file.with_name(self._file.name + ".sync") if is_new else self._file
        identity = {k: v for k, v in self._listing.identity.items() if k != "drift"}
        with Mirror(working, identity) as self._mirror:
            if self._mirror.state.stage == "reading":
                await self._read()
            elif reconcile or not self._mirror.state.read_at:
                await self._begin_reading()
                await self._read()
            await self._catch_up()
            if reconcile is not False:
                await self._reconcile(reconcile_after)
            self._compare()
            items = self._mirror.count()
            if is_new:
                self._place()
        return self._summary(items, time.monotonic() - began)

    def _summary(self, items: int, elapsed: float) -> SyncSummary:
        return SyncSummary(
            path=str(self._file),
            items=items,
            added=self._added,
            changed=self._altered,
            removed=self._removed,
            was_read_whole=self._was_read_whole,
            requests=self._requests,
            total_count=self._total,
            elapsed=elapsed,
        )

    def _place(self) -> None:
        """Give the new database its name, while its lock is still held."""
        self._mirror.close_database()
        try:
            self._mirror.path.replace(self._file)
            sync_folder(self._file.parent)
        except OSError as error:
            raise failure(self._file, error) from None

    # --- the newest end ---------------------------------------------------------------------

    async def _catch_up(self) -> None:
        """Take in what has changed since the last time."""
        for _ in range(ROUNDS):
            first = await self._changed.raw_page(1)
            self._count_requests(self._changed)
            self._total, self._pages = first.total_count, first.page_count
            newest = max(map(self._changed.mark, first.items), default=self._mirror.state.since)
            is_all_known = await self._take_changes(first)
            if not is_all_known:
                await self._go_down()
            self._mirror.state.since = newest
            await in_thread(lambda _: self._mirror.save())
            if is_all_known:
                return

    async def _go_down(self) -> None:
        try:
            async with aclosing(self._changed.raw_pages()) as pages:
                async for page in pages:
                    self._tell(self._changed)
                    if await self._take_changes(page):
                        return
        finally:
            self._count_requests(self._changed)

    async def _take_changes(self, page: Page[bytes]) -> bool:
        """Take in a page of changes; tell whether all below it is known."""
        marks = {item: self._changed.mark(item) for item in page.items}
        news = set((await self._take(page.items)).values())
        return is_all_below_known(marks, news, self._mirror.state.since)

    # --- the whole list ---------------------------------------------------------------------

    async def _reconcile(self, reconcile_after: float) -> None:
        """Find what has left the list, if something seems to have, or might have by now."""
        if self._has_begun:
            return
        is_due = time.time() - self._mirror.state.read_at > reconcile_after
        if not is_due and self._is_off():
            await self._audit()
        if is_due or self._is_off():
            await self._begin_reading()
            await self._read()
            await self._catch_up()

    def _is_off(self) -> bool:
        """Whether the server's count differs from the database's more than is known."""
        return self._mirror.count() - self._total not in (0, self._mirror.state.excess)

    async def _audit(self) -> None:
        """Look for the differences, where that is cheaper than to read the whole list."""
        audit = Audit(self._mirror, self._pages, self._total)
        if audit.looks_left >= self._pages:
            return
        while (number := await in_thread(lambda _: audit.next_page())) is not None:
            if not await self._look_at(number, audit):
                break
        await self._catch_up()

    async def _look_at(self, number: int, audit: Audit) -> bool:
        """Compare a page with the database; False if that tells nothing."""
        try:
            page = await self._listing.raw_page(number)
        except A_PAGES_OWN:
            return False
        finally:
            self._count_requests(self._listing)
        await self._take(page.items)
        slugs = list(map(self._listing.key, page.items))
        look = self._mirror.look(page, slugs) if slugs else None
        if look is not None:
            self._removed += await in_thread(lambda _: self._mirror.compare(audit, look))
        return look is not None

    async def _begin_reading(self) -> None:
        self._has_begun = True
        first = await self._changed.raw_page(1)
        self._count_requests(self._changed)
        newest = max(map(self._changed.mark, first.items), default=None)
        await in_thread(lambda _: self._mirror.begin_reading(newest))

    async def _read(self) -> None:
        state = self._mirror.state
        seen = await in_thread(lambda _: self._mirror.seen())
        pages = self._listing.raw_pages(place=state.place, seen=iter(seen))
        del seen
        try:
            async with aclosing(pages):
                async for page in pages:
                    state.place = self._listing.place
                    await self._take(page.items, is_reading=True)
                    self._tell(self._listing)
        except IncompleteListing as error:
            state.place = Place(number=state.place.number + 1, doubts=error.pages)
            await in_thread(lambda _: self._mirror.save())
            raise
        finally:
            self._count_requests(self._listing)
        self._removed += await in_thread(lambda _: self._mirror.end_reading(time.time()))
        self._was_read_whole = True

    def _compare(self) -> None:
        """Note how many rows the server doesn't count, once two readings agree on it."""
        if not self._was_read_whole:
            return
        state = self._mirror.state
        excess = self._mirror.count() - self._total
        if excess in (0, state.last_excess):
            state.excess = excess
        state.last_excess = excess
        self._mirror.save()

    async def _take(self, items: Sequence[bytes], *, is_reading: bool = False) -> dict[str, bytes]:
        """Take in those that are new or have changed; return them."""
        keyed = [(self._listing.key(item), item) for item in items]
        news = await in_thread(lambda _: self._mirror.news(keyed))
        if news or is_reading:
            seen = [slug for slug, _ in keyed] if is_reading else []
            added = await in_thread(lambda _: self._mirror.take(news, seen))
            self._added += added
            self._altered += len(news) - added
        return news

    def _tell(self, listing: Listing[Any]) -> None:
        if self._progress:
            self._progress(listing.stats)

    def _count_requests(self, listing: Listing[Any]) -> None:
        self._requests += listing.stats.requests
