"""Copies: whether answers seem to come from copies of the list that are out of step.

A server may answer from replicas, one behind the other by some changes. Each answer is right for
its copy, and two of them may disagree without anything happening meanwhile. Where one page comes
from a copy that is behind and the next from one that isn't, an item between them is on neither,
and the totals may agree all the same. Two signs tell of it:

* **Turns.** The total rises and falls again, in reads of which each surely came after the other.
* **Swaps.** Shared items have moved, but not as the totals say: an arrival with a departure.

A total that leaps by a page at once, and back again, tells of a copy that lacks many items: all
that the fuller one counts must come then.

A list that simply moves shows both, too, and the more of them the longer it is read. So they count
once there are more than a busy list shows: a short list may show none, since reading on costs it
little. What shows no sign can't be told: one page from the first copy and all below it from the
second, equal totals, nothing repeated, are the very answers of a list that stands still.

What follows is to read on: see `second_look`.
"""

from __future__ import annotations

from math import inf, sqrt

from .page_read import PageRead

SHORT = 12
"""Pages of a list that may show no sign at all."""

BY_PAGES = (0.13, 1.5)
"""Signs of a list with an arrival and a departure a second, read as fast as usual: so many for each
further page in the mean, and the square root of these pages so many times beyond the mean in one
list of a hundred."""

BY_TIME = (0.5, 1.2)
"""The same where pages come slowly: for the square root of further pages times seconds."""


LEAP = 20
"""A total leaps that changes by a page, and by so much at least, between one read and the next."""

AT_ONCE = 10.0
"""Seconds between two reads in which a list doesn't simply change so much."""


class Signs:
    """The signs that the reads of one listing have shown.

    Attributes:
        swaps: how often an arrival came with a departure, at different times.
        turns: how often the total changed in the other direction than before.
        has_leapt: whether the total has leapt.
        regained: the highest total between two leaps, one up and one down; 0: there are none.
    """

    def __init__(self) -> None:
        self.swaps: int = 0
        self.turns: int = 0
        self.has_leapt: bool = False
        self.regained: int = 0
        self._leapt_up = False
        self._high = 0
        self._until = -inf
        self._began = self._ended = self._swapped = -inf
        self._latest: PageRead | None = None
        self._rises: bool | None = None

    def observe(self, read: PageRead) -> None:
        """Note a total."""
        latest, ended = self._latest, read.ended
        if ended > self._ended:
            self._ended = ended
        if latest is None:
            self._began = read.began
        elif read.total == latest.total:
            if ended > self._until:
                self._until = ended
            return
        elif read.began < latest.ended:
            return
        else:
            rises = read.total > latest.total
            self.turns += self._rises is not None and rises != self._rises
            self._rises = rises
            self._note_leap(latest.total, read)
        self._latest, self._until = read.bare(), ended

    def _note_leap(self, before: int, read: PageRead) -> None:
        is_leap = abs(read.total - before) >= max(read.size, LEAP)
        if not is_leap or read.began > self._until + AT_ONCE:
            return
        is_up, high = read.total > before, max(read.total, before)
        if self.has_leapt and is_up != self._leapt_up:
            self.regained = max(self.regained, min(self._high, high))
        self.has_leapt, self._leapt_up, self._high = True, is_up, high

    def note_swap(self, began: float, ended: float) -> None:
        """Note an arrival that came with a departure, somewhere between these two instants."""
        if began >= self._swapped:
            self.swaps += 1
            self._swapped = ended

    @property
    def are_none(self) -> bool:
        """Whether no sign was seen."""
        return not (self.swaps or self.turns)

    def are_too_many(self, pages: int, readings: int = 1, *, few: int = 0) -> bool:
        """Whether there are more than a list shows that simply moves.

        Args:
            pages: how many pages the list has.
            readings: how often it was read.
            few: how many even a short list may show.
        """
        further = max(0, pages - SHORT) * readings
        slow = sqrt(further * max(0.0, self._ended - self._began))
        usual = max(_most(further, BY_PAGES), _most(slow, BY_TIME))
        if self.swaps + self.turns > max(few, usual):
            return True
        # Single changes, of which there are none, would be many more than those that coincide.
        return self.swaps > 2 * self.turns and self.swaps > 3 + pages * readings / 30


def _most(measure: float, rates: tuple[float, float]) -> float:
    mean, beyond = rates
    return mean * measure + beyond * sqrt(measure)
