"""One run of an export or a sync: its session, display, signals, summary and errors."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import click
import msgspec

from reamaze_async.errors import (
    ExportFailed,
    ExportRefused,
    IncompleteListing,
    InvalidParameter,
    ReamazeError,
)
from reamaze_async.exporting.account_stats import AccountStats
from reamaze_async.files.paths import printable
from reamaze_async.listings.stats import ListingStats
from reamaze_async.session import ReamazeSession
from reamaze_async.syncing.stats import SyncStats

from .arguments import STDOUT, Arguments
from .display import Display, NoDisplay, Refresher, choose, say
from .errors import Failure, sentence_of
from .progress import Moment
from .signals import Stop, Stopped, run


class Summary(Protocol):
    """The summary of a finished run."""

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain values, for JSON."""
        ...


SHOWN = ("items", "total_count", "pages", "page_count", "requests", "throttled", "retries")
"""The numbers of a run that a moment shows."""


def moment_of(stats: ListingStats | SyncStats | AccountStats, **more: Any) -> Moment:
    """A moment of a run, made from its numbers and other facts."""
    return Moment(**{name: getattr(stats, name) for name in SHOWN}, **more)


class Run(ABC):
    """One run of a command. Subclasses know what is read and written."""

    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments
        self._display: Display = NoDisplay()
        self._summary: Summary | None = None

    @abstractmethod
    async def _do(self, session: ReamazeSession) -> Summary | None:
        """Do the work; None if there was nothing to do."""

    @abstractmethod
    def _moment(self) -> Moment:
        """The current moment, without time and limit."""

    @abstractmethod
    def _numbers(self) -> dict[str, Any]:
        """The numbers of an unfinished run, for its summary."""

    @abstractmethod
    def _safe_items(self) -> tuple[int, Path | None]:
        """How many items are safe if the run ends now, and in which file."""

    @abstractmethod
    def _result(self) -> str:
        """The summary for people."""

    def perform(self) -> int:
        """Do the work, say how it went, and return the exit status.

        Raises:
            Failure: the work failed.
            BrokenPipeError: whoever reads the rows has had enough.
        """
        try:
            run(self._work, self._leave)
        except Stopped as stopped:
            # A signal that comes after the file is complete has nothing left to stop.
            if self._summary is None:
                return self._stopped(stopped.stop)
        except InvalidParameter:
            raise
        except BrokenPipeError:
            self._write_summary({"status": "closed"} | self._numbers())
            raise
        except (ReamazeError, OSError) as error:
            raise self._failed(error) from None
        return self._done()

    async def _work(self) -> None:
        arguments, clock = self._arguments, asyncio.get_running_loop().time
        async with arguments.source.opened() as session:
            began = clock()
            self._display = choose(quiet=arguments.quiet, rows_on_stdout=arguments.is_stream)
            look = partial(self._look, session)
            with Refresher(self._display, lambda: look(clock() - began), arguments.verbose):
                self._summary = await self._do(session)

    def _look(self, session: ReamazeSession, elapsed: float) -> Moment:
        state = session.limiter.state
        return replace(
            self._moment(),
            noun=self._arguments.noun,
            elapsed=elapsed,
            paused_for=state.paused_for,
            refused=state.refused,
            waiting=state.waiting,
            in_flight=state.in_flight,
            limit=(state.requests, state.per) if state.requests and state.per else None,
            is_learned=self._arguments.source.is_learned,
        )

    # --- the last word ----------------------------------------------------------------------

    def _done(self) -> int:
        lack = self._lack()
        if self._summary is not None:
            status = "incomplete" if lack else "done"
            self._write_summary({"status": status} | self._summary.as_dict())
        if not self._arguments.quiet:
            say(self._result())
        elif doubt := self._doubt():
            say(f"Warning: {doubt}")
        if lack:
            say(f"Error: {lack}")
        return int(bool(lack))

    def _lack(self) -> str:
        """The sentence on what is missing of work that was done to its end; empty if nothing."""
        return ""

    def _doubt(self) -> str:
        """The sentence on what may be missing, which even a quiet run tells; empty if nothing."""
        return ""

    def _leave(self, stop: Stop) -> int:
        self._display.close()
        return self._stopped(stop) if self._summary is None else self._done()

    def _failed(self, error: Exception) -> Failure:
        arguments = self._arguments
        message = self._sentence(error) + arguments.source.hint(error)
        # An error of a file says itself what to do about it.
        if not isinstance(error, ExportFailed | ExportRefused) and (safe := self._safe()):
            message += f" {safe}; run the same command again to go on: {arguments.command}"
        self._write_summary({"status": "failed", "error": message} | self._numbers())
        return Failure(message)

    def _sentence(self, error: Exception) -> str:
        if not isinstance(error, IncompleteListing) or self._arguments.is_stream:
            return sentence_of(error)
        # Its remedy is another listing; that of a file is to go on, which brings nothing that the
        # server itself can't give.
        is_final = error.remedy in ("look-at-item", "list-otherwise")
        return error.fact + (" --allow-incomplete takes what there is." if is_final else "")

    def _stopped(self, stop: Stop) -> int:
        if safe := self._safe():
            how = f"{safe}; run the same command again to go on"
        elif self._arguments.is_stream:
            how = "what went to standard output can't be resumed; to start again"
        else:
            how = "nothing was written yet; to start again"
        self._write_summary({"status": stop.word.lower()} | self._numbers())
        say(f"{stop.word}: {how}:\n  {self._arguments.command}")
        return stop.status

    def _safe(self) -> str:
        """A clause on what is safe; empty if nothing is."""
        count, file = self._safe_items()
        verb = "is" if count == 1 else "are"
        return f"{self._arguments.noun.counted(count)} {verb} safe in {file}" if count else ""

    def _write_summary(self, facts: dict[str, Any]) -> None:
        """Write the summary for machines."""
        if not (where := self._arguments.summary):
            return
        shown = {k: printable(v) if isinstance(v, str) else v for k, v in facts.items()}
        text = msgspec.json.format(msgspec.json.encode(shown)) + b"\n"
        try:
            if where == STDOUT:
                click.echo(text, nl=False)
            else:
                Path(where).write_bytes(text)
        except OSError as error:
            say(f"Warning: --summary could not be written: {error}.")
