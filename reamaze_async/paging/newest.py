"""The newest end of a list in order of change: page by page, on demand, down to a date.

What changes while it is read jumps to the front, where the next reading finds it: nothing is caught
up with. What leaves pulls up what stands below it, as in any list, so seams are proven as in any.

Dates are Unix times; items without one stand anywhere. A page whose items stand in another order
tells that the list isn't sorted by change: then no page is known to be the last that matters, and
all are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from .cursor import Batch
from .frontier import Frontier
from .page_read import PageRead
from .plan import Plan

FIRST = 946684800.0
"""The year 2000. Dates before are those of times that nobody has set."""

MARGIN = 300.0
"""Seconds. A change may show up so much later than another one with a later date, and two clocks
may differ by so much."""


def dated(marks: Iterable[float]) -> list[float]:
    """The dates among some marks."""
    return [mark for mark in marks if mark >= FIRST]


def is_in_order(marks: Iterable[float]) -> bool:
    """Whether items stand with the latest change first.

    Some may have no date, and stand anywhere; if none has one, there is no order to be seen.
    """
    given = list(marks)
    dates = dated(given)
    return dates == sorted(dates, reverse=True) and bool(dates or not given)


def newest(marks: Iterable[float], now: float) -> float | None:
    """The latest change on the first page, up to which a reading that begins now brings all.

    Changes that are dated in the future don't count, since all changes until then would seem to be
    known; unless all are, as if this machine's clock were wrong. None if nothing is dated.
    """
    dates = dated(marks)
    return max([date for date in dates if date <= now + MARGIN] or dates, default=None)


def next_since(since: float, latest: float | None, now: float) -> float:
    """The date from which to ask the next time, so that nothing falls between two readings.

    Args:
        since: the date from which this reading asked.
        latest: the newest change when it began; None if there was none.
        now: the time when it began, by this machine's clock.
    """
    if latest is None:
        return since
    # While the latest change is fresh, changes dated before it may still show up.
    return max(since, min(latest, max(now, latest) - MARGIN))


class DownTo:
    """Tells whether a page of changes reaches down to a date.

    Attributes:
        is_ordered: whether all pages so far were in order.
        is_reached: whether one of them has reached the date.
    """

    def __init__(self, since: float) -> None:
        self.is_ordered: bool = True
        self.is_reached: bool = False
        self._since = since

    def __call__(self, read: PageRead) -> bool:
        """Take the next page; tell whether all that stands below it changed before the date."""
        self.is_ordered = self.is_ordered and is_in_order(read.marks)
        dates = dated(read.marks)
        self.is_reached = self.is_ordered and bool(dates) and dates[-1] < self._since
        return self.is_reached

    def wants(self, mark: float) -> bool:
        """Whether an item may have changed since the date."""
        return not FIRST <= mark < self._since


class NewestPlan(Plan):
    """One iteration of the changes since a date, latest first.

    One page at a time, and none before the consumer waits for it.

    Attributes:
        down_to: what was seen of the order.
        top: the marks on page 1 when it was read first; None before.
    """

    def __init__(self, since: float, **how: Any) -> None:
        """Plan an iteration.

        Args:
            since: what changed before isn't handed out.
            **how: as for `Plan`.
        """
        self.down_to: DownTo = DownTo(since)
        self.top: Sequence[float] | None = None
        super().__init__(**how | {"concurrency": 1, "ordered": True, "order_moves": True})
        self.prefetch.begin(self._pass.frontier, ahead=False)
        self._is_asked = False

    def _new_frontier(self, accepted: set[str], start: int = 1, until: Any = None) -> Frontier:
        frontier = super()._new_frontier(accepted, start, until)
        frontier.is_end = self.down_to
        return frontier

    def asked(self) -> bool:
        """Note that the consumer waits for a batch, for which a page may be fetched."""
        self._is_asked = True
        return True

    def next_page(self) -> int | None:
        """The page to fetch now; None if no request may be started."""
        return super().next_page() if self._is_asked else None

    def arrived(self, read: PageRead) -> list[Batch]:
        """Note a read; return the batches to hand out now, without what is older."""
        if self.top is None and read.number == 1:
            self.top = read.marks
        batches = [self._without_older(batch) for batch in super().arrived(read)]
        self._is_asked = not batches
        return batches

    def _without_older(self, batch: Batch) -> Batch:
        marks, wants = batch.read.marks, self.down_to.wants
        positions = [position for position in batch.positions if wants(marks[position])]
        return replace(batch, positions=positions)

    def _needs_catching_up(self) -> bool:
        return False

    def _go_on(self) -> None:
        if self.down_to.is_reached:
            self.done = True
        else:
            super()._go_on()
