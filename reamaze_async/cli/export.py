"""`reamaze export`: one listing to one file, or to standard output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from anyio import to_thread

from reamaze_async.errors import ReamazeError
from reamaze_async.exporting.export import ExportSummary, export, stream
from reamaze_async.listings.listing import Listing, ListingStats
from reamaze_async.session import ReamazeSession

from .arguments import ExportOrder, lines_in
from .errors import no_output
from .progress import Moment
from .run import Job, moment_of
from .summary import tell

FACTS = (
    "pages",
    "requests",
    "retries",
    "throttled",
    "repaired",
    "duplicates",
    "contradictions",
    "total_count",
    "elapsed",
)
"""What a run that didn't come to its end tells of its listing, as a whole one does."""


class Export(Job):
    """One run of an export."""

    _order: ExportOrder
    _summary: ExportSummary | None

    def __init__(self, order: ExportOrder) -> None:
        super().__init__(order)
        self._listing: Listing[Any] | None = None
        self._earlier = 0

    async def _work(self) -> None:
        self._earlier = await to_thread.run_sync(self._order.earlier)
        await super()._work()

    async def _do(self, session: ReamazeSession) -> ExportSummary:
        order = self._order
        listing = session.conversations.list(**order.conditions, drift=order.drift)
        self._listing = listing
        if order.is_stream:
            return await stream(listing, sys.stdout.buffer)
        return await export(
            listing,
            order.output,
            format=order.format,
            force=order.force,
            restart=order.restart,
        )

    @property
    def _stats(self) -> ListingStats:
        return self._listing.stats if self._listing else ListingStats()

    def _moment(self) -> Moment:
        return moment_of(self._stats, earlier=self._earlier, passes=self._order.passes)

    # --- the last word ----------------------------------------------------------------------

    def _told(self) -> str:
        assert self._summary
        return tell(self._summary, passes=self._order.passes)

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, OSError) and not isinstance(error, ReamazeError):
            return no_output(error)
        return super()._sentence(error)

    def _kept(self) -> tuple[int, Path | None]:
        part = self._order.part
        return (lines_in(part) if part else 0), part

    def _facts(self) -> dict[str, Any]:
        stats = self._stats
        return {
            "path": None if self._order.is_stream else self._order.output,
            "items": self._earlier + stats.items,
            "resumed": self._earlier,
            **{name: getattr(stats, name) for name in FACTS},
        }
