"""Drift: what two reads of a moving list prove about the seam between them.

A page is a position, not a thing. Between two reads the list may have shifted: an arrival above
pushes everything below it down (the next page repeats an item), a departure above pulls it up
(the next page skips one). So each pair of neighbouring pages has a *seam*, and the question is
always the same: may a conversation that stayed in the list have slipped through it?

What proves that nothing slipped through:

* **A shared slug.** The order of those that stay is fixed (creation time). If a page holds
  anything that was covered before, whatever stands above it was covered too. This holds however
  much happened in between, and however long ago the other read was.
* **Totals.** If between the two reads conversations only arrived or only left, the seam is whole
  exactly when the lower page counted no fewer than the upper one: read upper first, only a loss
  tears it; read lower first, only a gain does. Either way it shows as `lower.total < upper.total`.

Totals say nothing when arrivals and departures cancel out, which gets likelier with the time
between the reads. Hence `apart`: in a list that is known to move, reads too far apart prove
nothing by their totals. Within a shorter time other reads may tell of it: see `evidence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PATIENCE = 0.5
"""Seconds between two reads after which, in a moving list, equal totals prove nothing."""


@dataclass(frozen=True, slots=True)
class Read:
    """What one page said, and when.

    Attributes:
        number: the page asked for, from 1.
        keys: the items' keys (slugs), in order.
        size: items on a full page.
        pages: how many pages the list had at that moment.
        total: how many items the list had at that moment.
        began: when the request was sent, in seconds of any steady clock.
        ended: when its answer was complete.
        items: what the page carried, handed through untouched.
        marks: the items' sort keys, where the order itself moves (`sort=`); else empty.
    """

    number: int
    keys: Sequence[str]
    size: int
    pages: int
    total: int
    began: float
    ended: float
    items: Any = None
    marks: Sequence[Any] = ()

    def bare(self) -> Read:
        """The read without what it carried, to be remembered."""
        return Read(
            self.number, self.keys, self.size, self.pages, self.total, self.began, self.ended
        )

    @property
    def is_last(self) -> bool:
        """Whether nothing stood below this page when it was read.

        A full page that counts fewer items than it brings doesn't know where the list ends.
        """
        is_beyond = self.number * self.size > self.total and len(self.keys) >= self.size
        return self.is_past_the_end or (self.number >= self.pages and not is_beyond)

    @property
    def is_past_the_end(self) -> bool:
        """Whether the page is empty, as it must be by the same answer's total."""
        return not self.keys and (self.number - 1) * self.size >= self.total

    @property
    def is_hollow(self) -> bool:
        """Whether the page is empty although the same answer counts items on it."""
        return not self.keys and (self.number - 1) * self.size < self.total


def holds(upper: Read, lower: Read, *, restless: bool) -> bool:
    """Whether the totals of two neighbouring pages prove the seam between them.

    Args:
        upper: page *p*.
        lower: page *p* + 1.
        restless: whether the list was seen to change since the listing began.
    """
    if lower.total < upper.total:
        return False
    return not restless or apart(upper, lower) <= patience(upper, lower)


def apart(one: Read, other: Read) -> float:
    """Seconds between the answers of two reads."""
    return abs(one.ended - other.ended)


def patience(one: Read, other: Read) -> float:
    """How far apart two reads may be: on a slow server more than usual, or none would ever do."""
    slower = max(one.ended - one.began, other.ended - other.began)
    return max(PATIENCE, 2 * slower)


def fresh(keys: Sequence[str], known: set[str]) -> Sequence[int]:
    """Positions of the keys that aren't known yet; from now on they are."""
    size = len(known)
    if known.isdisjoint(keys):
        known.update(keys)
        if len(known) == size + len(keys):
            return range(len(keys))
        known.difference_update(keys)
    positions = []
    for position, key in enumerate(keys):
        if key not in known:
            known.add(key)
            positions.append(position)
    return positions


def below_arrivals(read: Read, positions: Sequence[int]) -> Sequence[int]:
    """New items on page 1, without those at its very top: they arrived after the listing began.

    Unless all are new: then everything that stood above them may have left.
    """
    if len(positions) == len(read.keys):
        return positions
    return [position for index, position in enumerate(positions) if position != index]
