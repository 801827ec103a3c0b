"""The numbers of an iteration, live while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from reamaze_async.http.requester import COUNTED, Counts

SUMMARIZED = (*COUNTED, "pages", "duplicates", "contradictions", "unreadable", "total_count")
"""The numbers that the summary of an export repeats."""


@dataclass(slots=True)
class ListingStats(Counts):
    """What an iteration did so far; live while it runs.

    Attributes:
        pages: pages handed out.
        items: items handed out.
        duplicates: items that came again, because pages had shifted.
        contradictions: items that the filter should have left out.
        unreadable: items that can't be read, or have no key.
        total_count: the list's size by the latest answer; None before the first.
        page_count: the number of its pages by the latest answer; None before the first.
    """

    pages: int = 0
    items: int = 0
    duplicates: int = 0
    contradictions: int = 0
    unreadable: int = 0
    total_count: int | None = None
    page_count: int | None = None
    _began: float | None = field(default=None, repr=False)
    _ended: float | None = field(default=None, repr=False)

    @property
    def elapsed(self) -> float:
        """Seconds since the iteration began; once it has ended, seconds that it took."""
        if self._began is None:
            return 0.0
        return (monotonic() if self._ended is None else self._ended) - self._began

    def begin(self) -> None:
        """Start the clock."""
        self._began = monotonic()

    def end(self) -> None:
        """Stop the clock."""
        self._ended = monotonic()
