"""The arguments of a command, checked as far as possible before anything is sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reamaze_async.exporting.account import chosen
from reamaze_async.exporting.account_attachments import check_attachments
from reamaze_async.exporting.account_target import AccountTarget
from reamaze_async.exporting.part_file import lines_in
from reamaze_async.exporting.target import check_target, is_beside, part_of
from reamaze_async.exporting.threads import check_threads_target
from reamaze_async.files.paths import file_at, looked_at
from reamaze_async.paging.plan import Drift
from reamaze_async.syncing.file import check_database
from reamaze_async.syncing.state import FED
from reamaze_async.threads.way import Way

from .conditions import THREADS, conditions_of
from .errors import Misuse, check_output
from .options import record_of
from .progress import Noun, noun_of
from .sessions import Account, Pace, Source, source_of

STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments that exports and syncs share.

    Attributes:
        command: the command's words, as they can be typed again.
        resource: what is asked for, such as `messages`.
        output: the file, or `-`.
        quiet: tell of errors only.
        summary: a file for the summary as JSON, or None.
        conditions: the conditions of the list.
        source: the account, or the sandbox.
        allow_incomplete: end well although something may be missing.
        verbose: tell of each request; if 2, of what lies below, too.
    """

    command: str
    resource: str
    output: str
    quiet: bool
    summary: str | None
    conditions: Mapping[str, Any]
    source: Source
    allow_incomplete: bool
    verbose: int

    @property
    def is_stream(self) -> bool:
        """Whether items are written to standard output."""
        return self.output == STDOUT

    @property
    def noun(self) -> Noun:
        """What the items are called, for people."""
        return noun_of(self.resource)

    @property
    def where(self) -> str:
        """The name of the output, for people."""
        return "standard output" if self.is_stream else self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportArguments(Arguments):
    """The arguments of an export.

    Attributes:
        format: the file's format; None: by its ending.
        force: replace a file that is there.
        restart: forget an earlier run.
        verify: read on until nothing is left to doubt.
        dry_run: only estimate what the export would do.
        columns: the names of the columns; None: all.
        way: how threads are read.
        include_original_body: whether threads come with the HTML of their messages.
    """

    format: str | None
    force: bool
    restart: bool
    verify: bool
    dry_run: bool
    columns: tuple[str, ...] | None
    way: Way = "auto"
    include_original_body: bool = False

    @property
    def drift(self) -> Drift:
        """How to deal with pages that shift."""
        return "verify" if self.verify else "repair"

    @property
    def passes(self) -> int:
        """How often the list is read at least."""
        return 2 if self.verify else 1

    @property
    def part(self) -> Path | None:
        """The part file of an unfinished export, if there is one."""
        part = part_of(file_at(self.output))
        return part if not self.is_stream and part.is_file() else None

    def earlier(self) -> int:
        """How many items an earlier run has left in the part file."""
        part = None if self.restart else self.part
        return lines_in(part) if part else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountArguments(ExportArguments):
    """The arguments of an export of everything.

    Attributes:
        only: the resources that are wanted; None: all.
        leave_out: those that aren't; None: none.
        attachments: whether the files of messages are fetched too.
        max_attachment: the largest of them, in MiB.
    """

    only: tuple[str, ...] | None
    leave_out: tuple[str, ...] | None
    attachments: bool
    max_attachment: float

    @property
    def names(self) -> list[str]:
        """The resources that are wanted, in order."""
        return chosen(self.only, self.leave_out or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncArguments(Arguments):
    """The arguments of a sync.

    Attributes:
        reconcile: read the whole list now.
        reconcile_after: days after which to do so anyway.
        unless_running: do nothing if another process is syncing the same resource to the same file.
        feed: tell in a table which rows have changed.
    """

    reconcile: bool
    reconcile_after: float
    unless_running: bool
    feed: bool


def export_arguments(command: str, given: Mapping[str, Any]) -> ExportArguments:
    """Check what an export was given; ask for the token last, when nothing else is wrong.

    Args:
        command: the command's words, as they can be typed again.
        given: its options, by name.

    Raises:
        ReamazeError, Misuse: something was refused.
    """
    conditions = conditions_of(given)
    output: str = given["output"]
    _check_named(output)
    _check_output(given)
    _check_summary(given["summary"], output)
    _check_dry_run(given)
    source = source_among(given)
    return record_of(ExportArguments, given, command=command, conditions=conditions, source=source)


def account_arguments(command: str, given: Mapping[str, Any]) -> AccountArguments:
    """Check what an export of everything was given; see `export_arguments`.

    Raises:
        ReamazeError, Misuse: something was refused.
    """
    output: str = given["output"]
    _check_named(output)
    if output == STDOUT or given["columns"] is not None:
        what = "-o - writes one list" if output == STDOUT else "--columns are those of one resource"
        message = f"{what}: for everything, name a folder or a database, and leave that out."
        raise Misuse(message)
    names = chosen(given["only"], given["leave_out"] or ())
    target = AccountTarget(output, given["format"])
    if given["attachments"]:
        check_attachments(target, names)
    target.check(force=given["force"], restart=given["restart"])
    _check_summary(given["summary"], output)
    _check_dry_run(given)
    summary = given["summary"]
    if summary not in (None, STDOUT) and target.folder.resolve() in Path(summary).resolve().parents:
        message = "--summary would stand among what -o writes: name a file elsewhere."
        raise Misuse(message)
    return record_of(
        AccountArguments, given, command=command, conditions={}, source=source_among(given)
    )


def _check_dry_run(given: Mapping[str, Any]) -> None:
    if not given["dry_run"]:
        return
    if given["summary"] is not None:
        message = "--dry-run does nothing that --summary could tell of: leave one of them out."
        raise Misuse(message)
    check_output()


def sync_arguments(command: str, given: Mapping[str, Any]) -> SyncArguments:
    """Check what a sync was given; see `export_arguments`.

    Raises:
        ReamazeError, Misuse: something was refused.
    """
    conditions = conditions_of(given)
    output: str = given["output"]
    _check_named(output)
    _check_database(output)
    _check_summary(given["summary"], output)
    if given["feed"] and given["resource"] != FED:
        message = f"--feed tells of {FED} alone: leave it out."
        raise Misuse(message)
    source = source_among(given)
    return record_of(SyncArguments, given, command=command, conditions=conditions, source=source)


def source_among(given: Mapping[str, Any]) -> Source:
    """The source that a command's options name; see `source_of`."""
    return source_of(record_of(Account, given), record_of(Pace, given))


def _check_named(output: str) -> None:
    if not output:
        message = "-o '' is empty: name a file."
        raise Misuse(message)


def _check_database(output: str) -> None:
    if not output.lower().endswith((".sqlite", ".sqlite3", ".db")):
        message = (
            f"-o {output}: a sync keeps a database: name a file that ends in .sqlite, .sqlite3 "
            "or .db."
        )
        raise Misuse(message)
    check_database(output)


def _check_output(given: Mapping[str, Any]) -> None:
    output, format_, columns = given["output"], given["format"], given["columns"]
    if output == STDOUT and sys.stdout is None:
        message = "-o - has nowhere to write to: standard output is closed."
        raise Misuse(message)
    if given["resource"] == THREADS:
        _check_threads(given)
    if output != STDOUT and given["resource"] == THREADS:
        check_threads_target(output, format=format_, force=given["force"])
    elif output != STDOUT:
        settings = {name: given[name] for name in ("format", "force", "columns", "resource")}
        check_target(output, **settings)
    elif format_ not in (None, "ndjson"):
        message = f"-o - writes NDJSON: for {format_}, name a file."
        raise Misuse(message)
    elif columns is not None:
        message = (
            "-o - writes NDJSON, which holds each item as it came: for --columns, name a file."
        )
        raise Misuse(message)


def _check_threads(given: Mapping[str, Any]) -> None:
    if given["columns"] is not None:
        message = "--columns: threads have none, since they are NDJSON: leave that out."
        raise Misuse(message)
    if given["way"] == "together" and given["sort"] is not None:
        message = "--way together needs the default order: leave --sort out, or say --way each."
        raise Misuse(message)


def _check_summary(summary: str | None, output: str) -> None:
    if summary is None:
        return
    if summary == STDOUT:
        _check_summary_on_stdout(output)
        return
    path = Path(summary)
    with looked_at(path):
        can_be = path.parent.is_dir() and not path.is_dir()
    if not can_be or not os.access(path.parent, os.W_OK):
        message = f"--summary {summary!r} can't be written there: name a file in a folder of yours."
        raise Misuse(message)
    if output != STDOUT and is_beside(path.resolve(), Path(output).resolve()):
        message = (
            "--summary and -o name the same file, or what is kept beside it: name another file."
        )
        raise Misuse(message)


def _check_summary_on_stdout(output: str) -> None:
    if output == STDOUT:
        message = "--summary - would stand among what -o - writes: name a file."
        raise Misuse(message)
    if sys.stdout is None:
        message = "--summary - has nowhere to write to: standard output is closed."
        raise Misuse(message)
