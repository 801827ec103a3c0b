"""The summary of an export: what it did, for people and for machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reamaze_async.formats import Format
from reamaze_async.listings.stats import SUMMARIZED, ListingStats

Progress = Callable[[ListingStats], object]


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export did.

    Attributes:
        path: the finished file; None for a stream.
        format: its format.
        items: items in it.
        resumed: how many of them an earlier run had written.
        pages: pages written by this run.
        requests: requests sent.
        retries: tries after a failure, 429s not counted.
        throttled: answers 429.
        repaired: pages fetched again because of drift.
        duplicates: items that came again, because pages had shifted.
        contradictions: items that the filter asked for should have left out.
        unreadable: items that can't be read, or have no key, in earlier runs too.
        total_count: the list's size by the latest answer; None if nothing was asked.
        cut: cells that were cut, because a spreadsheet holds no longer ones.
        incomplete: what may be missing, as a sentence, where that was allowed; else None.
        bytes: the size of the finished file.
        elapsed: seconds that this run took.
    """

    path: str | None
    format: Format
    items: int
    resumed: int
    pages: int
    requests: int
    retries: int
    throttled: int
    repaired: int
    duplicates: int
    contradictions: int
    unreadable: int
    total_count: int | None
    cut: int
    incomplete: str | None
    bytes: int
    elapsed: float

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain values, for JSON."""
        return asdict(self)


def summary_of(
    stats: ListingStats,
    path: Path | None,
    format_: Format,
    *,
    items: int,
    size: int,
    elapsed: float,
    resumed: int = 0,
    cut: int = 0,
    incomplete: str | None = None,
) -> ExportSummary:
    """The summary of an export, made from its listing's numbers and its own."""
    return ExportSummary(
        path=None if path is None else str(path),
        format=format_,
        items=items,
        resumed=resumed,
        **{name: getattr(stats, name) for name in SUMMARIZED},
        cut=cut,
        incomplete=incomplete,
        bytes=size,
        elapsed=elapsed,
    )
