"""The numbers of an iteration, live while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic


@dataclass(slots=True)
class ListingStats:
    """What an iteration did so far; live while it runs.

    Attributes:
        pages: pages handed out.
        items: items handed out.
        duplicates: items that came again, because pages had shifted.
        requests: requests sent.
        retries: tries after a failure, 429s not counted.
        throttled: answers 429.
        repaired: pages fetched again because of drift.
        contradictions: items that the filter asked for should have left out.
        total_count: the list's size by the latest answer; None before the first.
        page_count: its pages, likewise.
    """

    pages: int = 0
    items: int = 0
    duplicates: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    repaired: int = 0
    contradictions: int = 0
    total_count: int | None = None
    page_count: int | None = None
    _began: float | None = field(default=None, repr=False)
    _ended: float | None = field(default=None, repr=False)

    @property
    def elapsed(self) -> float:
        """Seconds since the iteration began, or that it took."""
        if self._began is None:
            return 0.0
        return (monotonic() if self._ended is None else self._ended) - self._began

    def begin(self) -> None:
        """Start the clock."""
        self._began = monotonic()

    def end(self) -> None:
        """Stop the clock."""
        self._ended = monotonic()
