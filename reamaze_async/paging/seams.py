"""Seams: what two reads of a moving list prove about the seam between their pages.

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
  That is so only where the lower page begins where the upper one ends: not if the server has begun
  to put another number of items on a page.

Totals say nothing when arrivals and departures cancel out, which gets likelier with the time
between the reads. Hence `apart`: in a list that is known to move, reads too far apart prove
nothing by their totals. Within a shorter time other reads may tell of it: see `changes_seen`.
Replicas that are out of step look like arrivals and departures that come and go: see `copies`.
"""

from __future__ import annotations

from collections.abc import Sequence

from .page_read import PageRead

PATIENCE = 0.5
"""Seconds between two reads after which, in a moving list, equal totals prove nothing."""


def holds(upper: PageRead, lower: PageRead, has_changed: bool) -> bool:
    """Whether the totals of two neighbouring pages prove the seam between them.

    Args:
        upper: page *p*.
        lower: page *p* + 1.
        has_changed: whether the list was seen to change since the listing began.
    """
    if lower.total < upper.total or not meet(upper, lower):
        return False
    return not has_changed or apart(upper, lower) <= patience(upper, lower)


def meet(upper: PageRead, lower: PageRead) -> bool:
    """Whether the lower page begins where the upper one ends, by the size of both."""
    if upper.size != lower.size:
        return False
    # Where no size is told, or a wrong one, more items than before tell of a larger one.
    found = len(lower.keys)
    return found <= lower.size or found <= len(upper.keys)


def apart(one: PageRead, other: PageRead) -> float:
    """Seconds between the ends of two reads."""
    return abs(one.ended - other.ended)


def patience(one: PageRead, other: PageRead) -> float:
    """How many seconds apart two reads may be; more on a slow server, which else proves nothing."""
    slower = max(one.ended - one.began, other.ended - other.began)
    return max(PATIENCE, 2 * slower)


def take_new(keys: Sequence[str], known: set[str]) -> Sequence[int]:
    """Add the keys to `known`; return the positions of those that weren't in it."""
    if known.isdisjoint(keys):
        size = len(known) + len(keys)
        known.update(keys)
        if len(known) == size:
            return range(len(keys))
        known.difference_update(keys)
    positions = []
    for position, key in enumerate(keys):
        if key not in known:
            known.add(key)
            positions.append(position)
    return positions


def below_arrivals(read: PageRead, positions: Sequence[int]) -> Sequence[int]:
    """The positions of new items on page 1 that stand below its arrivals.

    New items at its very top arrived after the listing began. If all items are new, none are taken
    for arrivals: everything that stood above them may have left instead.
    """
    if len(positions) == len(read.keys):
        return positions
    return [position for index, position in enumerate(positions) if position != index]
