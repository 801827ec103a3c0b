"""The frontier: how far down the list everything that stayed is known to have been seen.

Pages are accepted in order of position. The page at the frontier is accepted when it is page 1,
when it shares a slug with an accepted page, or when the totals prove its seam; else the staler of
the two neighbours is read again. A page read again that shares nothing with what was accepted
lies wholly below the frontier, since more than a page left at once: then the frontier retreats
upwards until something known appears, and comes down again from there.

Seams that only the calm has proven get a second look once the list is seen to move: see
`slow_seams`. Nothing more is accepted before that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .changes_seen import ChangesSeen
from .page_read import PageRead
from .seams import holds, take_new
from .slow_seams import SlowSeams

TRIES = 16
"""Reads spent on one seam before it is given up as doubtful."""

PATIENT = 3
"""Reads spent on a seam whose totals agree but which other reads speak against, or on an empty page
of a calm list."""

EMPTY_IN_A_ROW = 8
"""After so many pages in a row that are empty although items are counted on them, the list is taken
to end there."""

MEMORY = 64
"""How many accepted pages keep their totals in memory, in case the frontier retreats."""

Accepted = tuple[PageRead, Sequence[int]]
"""An accepted read, and the positions of its new items."""


class Frontier:
    """Accepts pages in order of position, and says which one to read again.

    Attributes:
        accepted: the keys on accepted pages.
        changes: what the reads tell about the list.
        next: the page to accept next.
        wanted: a page to read again now, for the owner to take with `take_wanted`.
        finished: whether an accepted page was the last of the list.
        retreating: whether the frontier goes up, until something known appears.
        doubts: pages accepted without proof.
        is_end: tells of an accepted page whether to finish with it; None: only the list's end does.
    """

    def __init__(
        self,
        accepted: set[str],
        *,
        start: int = 1,
        changes: ChangesSeen | None = None,
        accept_all: bool = False,
        order_moves: bool = False,
        short_counts: bool = False,
        is_counted: bool = True,
        until: Any = None,
    ) -> None:
        """Begin above page `start`.

        Args:
            accepted: keys that are covered already: none, or those of an earlier run.
            start: the page to accept first.
            changes: what earlier reads told about the list. Default: nothing.
            accept_all: accept every page without proof.
            order_moves: items may jump to the front at any time.
            short_counts: the server's counts may leave items out.
            is_counted: the server counts its items; else a page that repeats others is the last.
            until: finish at the first page whose last mark isn't above this one.
        """
        self.accepted: set[str] = accepted
        self.changes: ChangesSeen = changes or ChangesSeen(order_moves=order_moves)
        self.next: int = start
        self.wanted: int | None = None
        self.finished: bool = False
        self.retreating: bool = False
        self.doubts: list[int] = []
        self.is_end: Callable[[PageRead], bool] | None = None
        if until is not None:
            self.is_end = lambda read: read.reaches(until)
        self._accept_all = accept_all
        self._order_moves = order_moves
        self._short_counts = short_counts
        # What an earlier run has accepted may well fill a page, and the list go on below it.
        self._met: set[str] | None = None if is_counted else set()
        self._held: dict[int, list[PageRead]] = {}
        self._facing: dict[int, list[PageRead]] = {}
        self._pages = 0
        self._rereading: int | None = None
        self._reached = start
        self._bottom: Any = None
        self._slow_seams = SlowSeams()
        self._tries = 0
        self._empty_in_a_row = 0
        self._leap = 1

    def held(self) -> int:
        """How many reads wait to be accepted."""
        return sum(map(len, self._held.values())) if self._held else 0

    def holds(self, number: int) -> bool:
        """Whether a read of this page waits to be accepted."""
        return number in self._held

    def take_wanted(self) -> int | None:
        """Hand over the page to read again, if there is one; it counts as requested from now on."""
        number, self.wanted = self.wanted, None
        return number

    def drop_farthest(self) -> bool:
        """Forget one held read: the farthest below, or the older of two reads of one page.

        Returns:
            Whether there was one to spare.
        """
        farthest = max(self._held, default=0)
        if farthest > self.next:
            del self._held[farthest]
            return True
        twice = next((reads for reads in self._held.values() if len(reads) > 1), None)
        if twice is not None:
            del twice[0]
        return twice is not None

    def arrived(self, read: PageRead) -> list[Accepted]:
        """Note a read; return every read that is accepted because of it."""
        number, self._pages = read.number, read.pages
        self.changes.observe(read)
        if not self._seems_calm():
            self._slow_seams.doubt(read.ended)
        if number == self._rereading:
            self._rereading = None
        if number in self._slow_seams.doubtful:
            closes = self._slow_seams.closes(read, self.accepted)
            again = [(read, take_new(read.keys, self.accepted))] if closes else []
            return again + self._settle()
        if number == self.next and not self._held and self._can_accept(read):
            return [(read, self._accept(read))]  # what nearly always happens, in one step
        if number < self.next and self._is_below(read):
            # Farther up each time: after a long pause what is known may be far away.
            self.next, self.retreating = number, True
            self._leap *= 2
        self._held.setdefault(number, []).append(read)
        if number > self.next and self.next not in self._held and not self._slow_seams.doubtful:
            return []  # It waits for those above it.
        return self._settle()

    def _can_accept(self, read: PageRead) -> bool:
        return not self.finished and not self._slow_seams.doubtful and self._is_proven(read)

    def failed(self, number: int) -> None:
        """Note that a page can't be fetched; if it was to be read again, it is wanted once more."""
        if number == self._rereading:
            self.wanted = number

    def leave_out(self, number: int) -> list[Accepted]:
        """Go on without a page; return every read that is accepted because of it."""
        self.doubts.append(number)
        self._slow_seams.leave_out(number)
        self._tries = TRIES + 1
        if number == self._rereading:
            self._rereading = None
        if number == self.next:
            self.next += 1
            self.finished = number >= self._pages
        return self._settle()

    def _settle(self) -> list[Accepted]:
        """Accept all that is proven, and want a page again if the next one isn't."""
        accepted = []
        # While slow seams are read again nothing more is accepted.
        while self._held and not self.finished and not self._slow_seams.doubtful:
            found = self._find() or self._give_up()
            if found is None:
                break
            accepted.append((found, self._accept(found)))
        self._reread()
        return accepted

    def _seems_calm(self) -> bool:
        changes = self.changes
        return not (changes.total_has_changed if self._order_moves else changes.has_changed)

    def _is_below(self, read: PageRead) -> bool:
        """Whether a page that was read again lies below the frontier: it holds nothing known."""
        if self._is_proven(read):
            return False
        return all(read.began >= facing.ended for facing in self._facing.get(read.number, ()))

    def _is_proven(self, read: PageRead) -> bool:
        if self._accept_all:
            return True
        if not read.keys and read.is_empty_but_counted:
            return False
        if read.number == 1:
            return True
        for upper in self._facing.get(read.number - 1, ()):
            if self._joins(upper, read):
                return True
        return self._meets_accepted(read)

    def _meets_accepted(self, read: PageRead) -> bool:
        """Whether the page holds an accepted item, which hasn't jumped there if the order moves."""
        if self._bottom is None:
            return not self.accepted.isdisjoint(read.keys)
        marked = zip(read.keys, read.marks, strict=True)
        return any(mark >= self._bottom and key in self.accepted for key, mark in marked)

    def _joins(self, upper: PageRead, lower: PageRead) -> bool:
        """Whether the totals prove the seam, and no other read speaks against it."""
        if not holds(upper, lower, not self._seems_calm()):
            return False
        if self._tries >= PATIENT and not self._order_moves:
            return True
        return not self.changes.doubts(upper, lower)

    def _find(self) -> PageRead | None:
        """Take the uppermost proven read; forget unproven ones of pages above the frontier."""
        while self._held and (number := min(self._held)) <= self.next:
            for read in reversed(self._held[number]):
                if self._is_proven(read):
                    self._let_go(read)
                    return read
            if number == self.next:
                break
            del self._held[number]
        return None

    def _let_go(self, read: PageRead) -> None:
        reads = self._held[read.number]
        reads.remove(read)
        if not reads:
            del self._held[read.number]

    def _give_up(self) -> PageRead | None:
        """Take the unproven read at the frontier, once enough tries were spent on it."""
        if self.next not in self._held:
            return None
        read = self._held[self.next][-1]
        is_miscounted = read.is_empty_but_counted and self._seems_calm()
        if self._tries <= (PATIENT if is_miscounted else TRIES):
            return None
        self.doubts.append(self.next)
        self._tries = 0
        self._let_go(read)
        return read

    def _accept(self, read: PageRead) -> Sequence[int]:
        number, keys = read.number, read.keys
        positions = take_new(keys, self.accepted)
        if len(positions) < len(keys):
            self.changes.has_changed = True
        if not self._accept_all and self._seems_calm():
            self._slow_seams.note(self._facing.get(number - 1, ()), read)
        if read.marks:
            lowest = read.marks[-1]
            self._bottom = lowest if self._bottom is None else min(lowest, self._bottom)
        self._facing.setdefault(number, []).append(read.bare())
        self._facing.pop(number - MEMORY, None)
        is_empty = not keys and read.is_empty_but_counted
        self._empty_in_a_row = self._empty_in_a_row + 1 if is_empty else 0
        repeats = self._met is not None and number >= self.next and self._met.issuperset(keys)
        self.finished = self._ends(read) or repeats or self._empty_in_a_row == EMPTY_IN_A_ROW
        if self._met is not None:
            self._met.update(keys)
        self.retreating = False
        self._leap = 1
        if number >= self.next or number < self.next - 1:
            self.next = number + 1
        if self.next > self._reached:
            self._reached = self.next
            self._tries = 0
        return positions

    def _ends(self, read: PageRead) -> bool:
        if self.is_end is not None and self.is_end(read):
            return True
        return read.is_last and not (self._short_counts and len(read.keys) >= read.size)

    def _reread(self) -> None:
        """Want a page again: a doubtful one, or one of the two at the unproven frontier."""
        if self.finished or self._rereading is not None:
            return
        if self._slow_seams.doubtful:
            self.wanted = self._rereading = self._slow_seams.doubtful[0]
        elif self.next in self._held:
            self._tries += 1
            self.wanted = self._rereading = self._weak_page(self._held[self.next][-1])

    def _weak_page(self, lower: PageRead) -> int:
        if lower.is_empty_but_counted:
            return lower.number
        uppers = self._facing.get(lower.number - 1)
        if uppers is None:
            return max(1, min(lower.number - self._leap, lower.pages))
        upper = max(uppers, key=lambda read: read.ended)
        if self.changes.older(upper, lower) is lower:
            return lower.number
        gone = max(0, upper.total - lower.total) // lower.size
        return max(1, min(upper.number - gone, lower.number - self._leap, lower.pages))
