"""`reamaze export`: one listing to one file, or to standard output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from anyio import to_thread

from reamaze_async.errors import IncompleteListing, ReamazeError
from reamaze_async.exporting.export import export
from reamaze_async.exporting.part_file import lines_in
from reamaze_async.exporting.pipe import stream, stream_threads
from reamaze_async.exporting.summary import ExportSummary
from reamaze_async.exporting.threads import export_threads
from reamaze_async.listings.listing import Listing
from reamaze_async.listings.stats import SUMMARIZED, ListingStats
from reamaze_async.session import ReamazeSession
from reamaze_async.threads.threads import Threads

from .arguments import ExportArguments
from .conditions import listed_for
from .errors import no_output, sentence_of
from .progress import Moment
from .run import Run, moment_of
from .summary import describe_export


def listed(session: ReamazeSession, arguments: ExportArguments) -> Listing[Any]:
    """The listing that is asked for; for threads that of their conversations."""
    resource = getattr(session, listed_for(arguments.resource))
    listing: Listing[Any] = resource.list(**arguments.conditions, drift=arguments.drift)
    return listing


class Export(Run):
    """One run of an export."""

    _arguments: ExportArguments
    _summary: ExportSummary | None

    def __init__(self, arguments: ExportArguments) -> None:
        super().__init__(arguments)
        self._listing: Listing[Any] | Threads | None = None
        self._earlier = 0

    async def _work(self) -> None:
        self._earlier = await to_thread.run_sync(self._arguments.earlier)
        await super()._work()

    async def _do(self, session: ReamazeSession) -> ExportSummary:
        arguments = self._arguments
        listing = listed(session, arguments)
        self._listing = listing
        if arguments.is_stream:
            return await stream(
                listing, sys.stdout.buffer, allow_incomplete=arguments.allow_incomplete
            )
        return await export(
            listing,
            arguments.output,
            format=arguments.format,
            force=arguments.force,
            restart=arguments.restart,
            columns=arguments.columns,
            allow_incomplete=arguments.allow_incomplete,
        )

    @property
    def _stats(self) -> ListingStats:
        return self._listing.stats if self._listing else ListingStats()

    def _moment(self) -> Moment:
        return moment_of(self._stats, earlier=self._earlier, passes=self._arguments.passes)

    # --- the last word ----------------------------------------------------------------------

    def _result(self) -> str:
        assert self._summary
        return describe_export(self._summary, self._arguments.noun, passes=self._arguments.passes)

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, OSError) and not isinstance(error, ReamazeError):
            return no_output(error)
        return super()._sentence(error)

    def _safe_items(self) -> tuple[int, Path | None]:
        part = self._arguments.part
        return (lines_in(part) if part else 0), part

    def _numbers(self) -> dict[str, Any]:
        stats = self._stats
        return {
            "path": None if self._arguments.is_stream else self._arguments.output,
            "items": self._earlier + stats.items,
            "resumed": self._earlier,
            **{name: getattr(stats, name) for name in (*SUMMARIZED, "elapsed")},
        }


class ExportThreads(Export):
    """One run of an export of threads."""

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, IncompleteListing) and error.slugs:
            return sentence_of(error)  # To go on brings nothing more of threads that are written.
        told = super()._sentence(error)
        if isinstance(error, IncompleteListing) and error.remedy == "look-at-item":
            # Nor does it of messages that could not be read, whose threads are written without.
            told += " Once the server gives them, --restart reads all anew."
        return told

    async def _do(self, session: ReamazeSession) -> ExportSummary:
        arguments = self._arguments
        threads = session.conversations.threads(
            **arguments.conditions,
            drift=arguments.drift,
            way=arguments.way,
            include_original_body=arguments.include_original_body,
        )
        self._listing = threads
        allow_incomplete = arguments.allow_incomplete
        if arguments.is_stream:
            output = sys.stdout.buffer
            return await stream_threads(threads, output, allow_incomplete=allow_incomplete)
        return await export_threads(
            threads,
            arguments.output,
            force=arguments.force,
            restart=arguments.restart,
            allow_incomplete=allow_incomplete,
        )
