"""What an export was asked for, checked as far as it can be before anything is sent."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reamaze_async import parameters
from reamaze_async.export import check_target
from reamaze_async.paging import Drift

from .failures import Misuse
from .opening import Source, source_of
from .options import conditions_of

STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for.

    Attributes:
        command: its words, as they can be typed again.
        output: the file, or `-`.
        format: its format; None: by the file's ending.
        force: replace a file that is there.
        restart: forget an earlier run.
        verify: read on until nothing is left to doubt.
        dry_run: only tell what it would be.
        quiet: tell of errors only.
        summary: a file for the summary as JSON, or None.
        conditions: what to narrow the list by.
        source: whom to ask.
    """

    command: str
    output: str
    format: str | None
    force: bool
    restart: bool
    verify: bool
    dry_run: bool
    quiet: bool
    summary: str | None
    conditions: dict[str, Any]
    source: Source

    @property
    def is_stream(self) -> bool:
        """Whether the conversations go to standard output."""
        return self.output == STDOUT

    @property
    def where(self) -> str:
        """Where the conversations go, for people."""
        return "standard output" if self.is_stream else self.output

    @property
    def drift(self) -> Drift:
        """What to do about pages that shift."""
        return "verify" if self.verify else "repair"

    @property
    def passes(self) -> int:
        """How often the list is read at least."""
        return 2 if self.verify else 1

    @property
    def part(self) -> Path | None:
        """Where an unfinished export waits to be gone on with, if there is one."""
        part = Path(f"{self.output}.part")
        return part if not self.is_stream and part.is_file() else None

    def earlier(self) -> int:
        """How many conversations an earlier run has left in the part file."""
        part = None if self.restart else self.part
        return lines_in(part) if part else 0


def order_of(command: str, given: dict[str, Any]) -> Order:
    """Check what was given; ask for the token last, when nothing else is wrong.

    Raises:
        ReamazeError, Misuse: it can't be done so.
    """
    del given["resource"]
    conditions = conditions_of(given)
    parameters.query(parameters.CONVERSATIONS, conditions)
    _check_output(given["output"], given["format"], force=given["force"])
    _check_summary(given["summary"], given["output"])
    return Order(command=command, conditions=conditions, source=source_of(given), **given)


def _check_output(output: str, format_: str | None, *, force: bool) -> None:
    if output == STDOUT and sys.stdout is None:
        message = "-o - has nowhere to write to: standard output is closed."
        raise Misuse(message)
    if output != STDOUT:
        check_target(output, format=format_, force=force)
    elif format_ not in (None, "ndjson"):
        message = f"-o - writes NDJSON: for {format_}, name a file."
        raise Misuse(message)


def _check_summary(summary: str | None, output: str) -> None:
    if summary is None:
        return
    path = Path(summary)
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        message = f"--summary {summary!r} can't be written there: name a file in a folder of yours."
        raise Misuse(message)
    if output != STDOUT and path.resolve() == Path(output).resolve():
        message = "--summary and -o name the same file: name two."
        raise Misuse(message)


def lines_in(path: Path) -> int:
    """How many whole lines a file holds."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(2**20), b""))
