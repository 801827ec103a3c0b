"""`reamaze export`: one listing to one file, watched, and told of whatever comes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
from anyio import to_thread

from reamaze_async.errors import (
    ExportFailed,
    ExportRefused,
    IncompleteListing,
    InvalidParameter,
    ReamazeError,
)
from reamaze_async.export import ExportSummary, export, stream
from reamaze_async.listing import Listing, ListingStats
from reamaze_async.session import ReamazeSession

from .display import Display, Silence, Watch, choose
from .failures import Failure, in_options, say
from .order import Order, lines_in
from .progress import Moment
from .running import Stop, Stopped, run
from .summary import counted, tell

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


class Export:
    """One run of an export, from the first request to the last word."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._display: Display = Silence()
        self._summary: ExportSummary | None = None
        self._listing: Listing[Any] | None = None
        self._earlier = 0
        self._began = 0.0

    def perform(self) -> int:
        """Do it, tell how it went, and give the exit status.

        Raises:
            Failure: it could not be done.
            BrokenPipeError: whoever reads the rows has had enough.
        """
        try:
            run(self._work, self._leave)
        except Stopped as stopped:
            # A signal that comes after the file is complete has nothing left to stop.
            if self._summary is None:
                return self._stopped(stopped.stop)
        except (BrokenPipeError, InvalidParameter):
            raise
        except (ReamazeError, OSError) as error:
            raise self._failed(error) from None
        return self._done()

    async def _work(self) -> None:
        order = self._order
        async with order.source.opened() as session:
            listing = session.conversations.list(**order.conditions, drift=order.drift)
            self._listing = listing
            self._began = asyncio.get_running_loop().time()
            self._earlier = await to_thread.run_sync(order.earlier)
            self._display = choose(quiet=order.quiet, rows_on_stdout=order.is_stream)
            with Watch(self._display, lambda: self._look(session)):
                self._summary = await self._written(listing)

    async def _written(self, listing: Listing[Any]) -> ExportSummary:
        order = self._order
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

    def _look(self, session: ReamazeSession) -> Moment:
        stats = self._stats
        state = session.limiter.state
        return Moment(
            elapsed=asyncio.get_running_loop().time() - self._began,
            items=stats.items,
            earlier=self._earlier,
            total_count=stats.total_count,
            pages=stats.pages,
            page_count=stats.page_count,
            requests=stats.requests,
            throttled=stats.throttled,
            retries=stats.retries,
            passes=self._order.passes,
            paused_for=state.paused_for,
            refused=state.refused,
            waiting=state.waiting,
            in_flight=state.in_flight,
            limit=(state.requests, state.per) if state.requests and state.per else None,
        )

    # --- the last word ----------------------------------------------------------------------

    def _done(self) -> int:
        assert self._summary
        facts = self._summary.as_dict()
        self._note({"status": "done"} | facts)
        if not self._order.quiet:
            say(tell(self._summary, passes=self._order.passes))
        return 0

    def _leave(self, stop: Stop) -> None:
        self._display.close()
        self._stopped(stop)

    def _failed(self, error: Exception) -> Failure:
        order = self._order
        message = _sentence(error) + order.source.hint(error)
        if isinstance(error, IncompleteListing) and not order.is_stream:
            # Its remedy is another listing; that of an export is to go on.
            message = message.partition(" Everything")[0]
        # What is wrong with a file says itself what to do about it.
        if not isinstance(error, ExportFailed | ExportRefused) and (safe := self._safe()):
            message += f" {safe}; run the same command again to go on: {order.command}"
        self._note({"status": "failed", "error": message} | self._facts())
        return Failure(message)

    def _stopped(self, stop: Stop) -> int:
        if safe := self._safe():
            told = f"{safe}; run the same command again to go on"
        elif self._order.is_stream:
            told = "standard output can't be gone on with; to start again"
        else:
            told = "nothing was written yet; to start again"
        self._note({"status": stop.word.lower()} | self._facts())
        say(f"{stop.word}: {told}:\n  {self._order.command}")
        return stop.status

    def _safe(self) -> str:
        """How much is not lost; empty if nothing."""
        part = self._order.part
        count = lines_in(part) if part else 0
        verb = "is" if count == 1 else "are"
        return f"{counted(count, 'conversation')} {verb} safe in {part}" if count else ""

    def _facts(self) -> dict[str, Any]:
        """The numbers of a run that did not come to its end."""
        stats = self._stats
        return {
            "path": None if self._order.is_stream else self._order.output,
            "items": self._earlier + stats.items,
            "resumed": self._earlier,
            **{name: getattr(stats, name) for name in FACTS},
        }

    def _note(self, facts: dict[str, Any]) -> None:
        """Write the summary for machines."""
        if self._order.summary:
            text = msgspec.json.format(msgspec.json.encode(facts))
            try:
                Path(self._order.summary).write_bytes(text + b"\n")
            except OSError as error:
                say(f"Warning: --summary could not be written: {error}.")


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, ReamazeError):
        reason = (error.strerror or str(error)).lower()
        return f"Standard output can't be written to: {reason}. Mend that and start again."
    return in_options(str(error))
