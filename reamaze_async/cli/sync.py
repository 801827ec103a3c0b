"""`reamaze sync`: one list to one database, again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reamaze_async.errors import FileInUse
from reamaze_async.files.paths import file_at
from reamaze_async.listings.listing import Listing
from reamaze_async.session import ReamazeSession
from reamaze_async.syncing.file import WORKING, working_file
from reamaze_async.syncing.stats import SUMMARIZED, SyncStats, SyncSummary
from reamaze_async.syncing.sync import sync
from reamaze_async.syncing.tables import rows_in

from .arguments import SyncArguments
from .progress import Moment
from .run import Run, moment_of
from .summary import describe_sync, shortage_of

DAY = 86400.0

ACTIVITIES = {
    "reading": "",
    "changes": "looking for changes",
    "checking": "looking for what has left",
}
"""What stages of unknown length are called; empty for the one with a bar."""


class Sync(Run):
    """One run of a sync."""

    _arguments: SyncArguments
    _summary: SyncSummary | None
    _stats: SyncStats | None = None

    async def _do(self, session: ReamazeSession) -> SyncSummary | None:
        arguments = self._arguments
        listing: Listing[Any] = getattr(session, arguments.resource).list(**arguments.conditions)
        try:
            return await sync(
                listing,
                arguments.output,
                reconcile=arguments.reconcile or None,
                reconcile_after=arguments.reconcile_after * DAY,
                progress=self._meet,
                allow_incomplete=arguments.allow_incomplete,
                feed=arguments.feed,
            )
        except FileInUse:
            if arguments.unless_running:
                return None
            raise

    def _meet(self, stats: SyncStats) -> None:
        self._stats = stats

    def _moment(self) -> Moment:
        stats = self._stats
        if stats is None:
            return Moment()
        return moment_of(stats, earlier=stats.earlier, activity=ACTIVITIES[stats.stage])

    # --- the last word ----------------------------------------------------------------------

    def _result(self) -> str:
        if self._summary is None:
            return f"{self._arguments.output}: another process is syncing it."
        return describe_sync(self._summary, self._arguments.noun)

    def _doubt(self) -> str:
        summary, arguments = self._summary, self._arguments
        if summary is not None and summary.path.endswith(WORKING):
            return f"{summary.path} waits for a name until all resources in it have been synced."
        # What two readings have left unexplained stays so: cron need not tell it each minute.
        if summary is None or not summary.was_read_whole or arguments.allow_incomplete:
            return ""
        shortage = shortage_of(summary)
        accepting = "If the server counts wrongly, --allow-incomplete says no more of it."
        return shortage and f"{arguments.output}: {shortage}. {accepting}"

    def _sentence(self, error: Exception) -> str:
        sentence = super()._sentence(error)
        if isinstance(error, FileInUse):
            sentence += " Where runs may overlap, as under cron, give --unless-running."
        return sentence

    def _safe_items(self) -> tuple[int, Path | None]:
        file = working_file(file_at(self._arguments.output))
        return rows_in(file, self._arguments.resource) or 0, file

    def _numbers(self) -> dict[str, Any]:
        return {
            "path": self._arguments.output,
            **{name: getattr(self._stats, name, None) for name in (*SUMMARIZED, "total_count")},
        }
