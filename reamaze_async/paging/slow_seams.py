"""Slow seams: two neighbours that were read far apart in time, to be read again if the list moves.

In a list that seems calm, totals prove a seam however long it was open, during a pause for the
server's limit for instance: without drift no page may cost two requests. Once the list is seen to
move, a seam that was open for a good share of the time until then is doubtful after all. Both of
its pages are then read again, close together.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from .page_read import PageRead
from .seams import PATIENCE, apart, patience

LONG = 0.2
"""A seam is doubtful if it was open for this share of the time until the list was seen to move."""


@dataclass(frozen=True, slots=True)
class SlowSeam:
    """A seam, and for how long it was open.

    Attributes:
        lower: the page below the seam.
        seconds: between the reads of its two pages.
    """

    lower: int
    seconds: float


class SlowSeams:
    """The slow seams of a list that seems calm.

    Attributes:
        doubtful: pages to read again, the next one first.
    """

    def __init__(self) -> None:
        self.doubtful: list[int] = []
        self._began = 0.0
        self._long: list[SlowSeam] = []
        self._below: PageRead | None = None

    def note(self, uppers: Sequence[PageRead], lower: PageRead) -> None:
        """Note that totals have proven a page; its upper neighbours may be read long before it."""
        if not uppers:
            self._began = lower.began
            return
        for upper in uppers:
            between = apart(upper, lower)
            if between <= PATIENCE or between <= patience(upper, lower):
                return
        seam = SlowSeam(lower.number, min(apart(upper, lower) for upper in uppers))
        self._long = [*self._longest(lower.ended), seam]

    def doubt(self, now: float) -> None:
        """The list moves: doubt all seams that were open for long."""
        for seam in self._longest(now):
            self.doubtful += seam.lower, seam.lower - 1
        self._long = []

    def leave_out(self, number: int) -> None:
        """Don't read a page again that can't be fetched."""
        self.doubtful = [other for other in self.doubtful if other != number]

    def closes(self, read: PageRead, accepted: Set[str]) -> bool:
        """Whether a doubtful page, now read again, closes its seam.

        It does if its last item was accepted, or if it joins the page below, read just before.
        """
        self.doubtful.remove(read.number)
        below, closes = self._below, not accepted.isdisjoint(read.keys[-1:])
        if below is not None and below.number == read.number + 1:
            closes = closes or below.total - read.total < read.size
        self._below = read.bare() if closes else None
        return closes

    def _longest(self, now: float) -> list[SlowSeam]:
        return [seam for seam in self._long if seam.seconds >= LONG * (now - self._began)]
