"""Paging: which page to fetch next, what may be handed out, and where the list ends.

`Plan` is told what came (`arrived`) and answers with what to fetch (`next_page`) and what to hand
out (`Batch`). It has no clock, no loop and no socket. What may be believed of the pages is the
business of `frontier`; here are the window, the order and the passes:

* In flight at most `concurrency`; in flight, held back or not yet taken at most twice that.
* Pages are fetched in blocks that fit the window whole, so that neighbours are read close
  together, also when the consumer is slow. While conversations leave, a block is fetched
  upwards: a page read after its lower neighbour can't lose by a departure.
* Ordered, a page is handed out when the frontier accepts it; unordered, when it arrives.
* `verify` reads the list twice, and again while a pass leaves doubts. An item that one pass
  missed stood at a torn seam; that it stands at one again in the next pass is as unlikely anew.
* Where the order itself moves (`moving`), what jumped to the front while reading is caught up
  with at the end, until one read of page 1 shows all that is new.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from .drift import Read, below_arrivals, fresh
from .evidence import Evidence
from .frontier import Accepted, Frontier
from .place import Batch, Place
from .setbacks import Setbacks

__all__ = ["Batch", "Drift", "Place", "Plan", "Read"]

Drift = Literal["repair", "verify", "ignore"]

LEAD = 32
"""How many windows an unordered listing may run ahead of a page that is late."""
PASSES = 6
"""How often `verify` reads the list at most."""
ROUNDS = 6
"""How often a moving list is caught up with at most."""


class Plan:
    """One iteration of a paged list.

    Attributes:
        done: nothing more will be fetched or handed out.
        doubts: pages around which something may be missing.
        repaired: pages asked for again because of drift.
        duplicates: items that came more than once.
        reads: answers so far.
        is_miscounted: the list stood still, and yet fewer items came than it counts.
        left_out: pages that could not be had, and without which it went on.
        stopped_before: the page that could not be had, and before which it ends.
    """

    def __init__(
        self,
        *,
        concurrency: int = 8,
        ordered: bool = True,
        drift: Drift = "repair",
        moving: bool = False,
        short_counts: bool = False,
        every: bool = False,
        leaves_out: bool = False,
        place: Place | None = None,
        seen: Iterable[str] = (),
    ) -> None:
        """Plan an iteration.

        Args:
            concurrency: pages in flight at most.
            ordered: hand out in the list's order, not as pages arrive.
            drift: what to do about pages that shift.
            moving: items may jump to the front at any time (`sort=`); reads then carry marks.
            short_counts: the server's counts may leave one item out (messages).
            every: hand out a batch for each page that is accepted, also if nothing on it is new.
            leaves_out: go on without a page that keeps failing; it is doubtful then.
            place: where an earlier iteration stood, to go on with it; it was ordered.
            seen: what the earlier iteration handed out.
        """
        place = place or Place()
        self.done: bool = False
        self.doubts: list[int] = list(place.doubts)
        self.repaired: int = 0
        self.duplicates: int = 0
        self.reads: int = 0
        self.is_miscounted: bool = False
        self.left_out: list[int] = []
        self._concurrency = concurrency
        self._ordered = ordered
        self._drift = drift
        self._moving = moving
        self._short_counts = short_counts
        self._every = every
        self._leaves_out = leaves_out
        self._setbacks = Setbacks()
        self._seen = set(seen)
        self._resumed = bool(self._seen)
        self._evidence = Evidence(restless=self._resumed)
        self._frontier = self._new_frontier(self._known(place), place.page)
        self._frontier.doubts += place.open
        self._in_flight: list[int] = []
        self._untaken = 0
        self._block: deque[int] = deque()
        self._blocked = place.page + 1
        self._pages: int | None = None
        self._total: int | None = None
        self._first: Read | None = None
        self._latest = 0.0
        self.stopped_before: int | None = None
        self._pass = place.number
        self._round = 0
        self._pass_began = 0.0
        self._pass_reads = 0
        self._top: Any = place.since
        self._since: Any = place.since
        self._is_still = True
        self._thin: list[int] = []
        self._anchor: tuple[int, Sequence[str]] = place.page, place.landmarks

    def _known(self, place: Place) -> set[str]:
        """The keys by which the frontier knows what lies above it."""
        if place.number > 1:
            return set(place.landmarks)
        return self._seen if self._ordered else set(self._seen)

    def _new_frontier(self, accepted: set[str], start: int = 1, until: Any = None) -> Frontier:
        return Frontier(
            accepted,
            start=start,
            evidence=self._evidence,
            trusting=self._drift == "ignore",
            moving=self._moving,
            short_counts=self._short_counts,
            until=until,
        )

    @property
    def page_count(self) -> int | None:
        """How many pages the list has by the latest answer; None before the first."""
        return self._pages

    @property
    def total_count(self) -> int | None:
        """How many items the list has by the latest answer; None before the first."""
        return self._total

    def next_page(self) -> int | None:
        """A page to fetch now, in flight from now on; None if nothing may be started."""
        if self.done or len(self._in_flight) >= self._concurrency:
            return None
        number = self._urgent()
        if number is None:
            number = self._ordinary()
        if number is not None:
            self._in_flight.append(number)
        return number

    def taken(self) -> None:
        """Note that the consumer took a batch: its place in the window is free."""
        self._untaken -= 1

    def failed(self, number: int, *, is_its_own: bool = False) -> None:
        """Note that a page can't be had: what stands before it is still handed out, then done.

        If the trouble may be the page's own, it is left out instead, where that is wanted.
        """
        self._in_flight.remove(number)
        may_pass = is_its_own and self._leaves_out and number > 1
        verdict = self._setbacks.failed(number) if may_pass else "stop"
        if verdict == "again":
            self._frontier.failed(number)
        elif verdict == "stop":
            self._stop_before(min(number, self._setbacks.suspect or number))

    def _stop_before(self, number: int) -> None:
        if not self._ordered or self._pass > 1 or number < self._frontier.next:
            self.done = True
        self.stopped_before = min(number, self.stopped_before or number)
        self._stop_when_there()

    def arrived(self, read: Read) -> list[Batch]:
        """Note an answer; return what to hand out now, in order."""
        self._in_flight.remove(read.number)
        self._observe(read)
        batches = [] if self._ordered else self._hand_out(read, fresh(read.keys, self._seen))
        if read.began >= self._pass_began:
            self._pass_reads += 1
            for accepted, positions in self._leave_out(read) + self._frontier.arrived(read):
                batches += self._accepted(accepted, positions)
            self._conclude()
        self._untaken += len(batches)
        return batches

    def _leave_out(self, read: Read) -> list[Accepted]:
        """Go on without the suspect, now that another page came."""
        suspect = self._setbacks.arrived(read.number)
        if suspect is None:
            return []
        self.left_out.append(suspect)
        return self._frontier.leave_out(suspect)

    def _observe(self, read: Read) -> None:
        self.reads += 1
        if self._first is None:
            self._first = read
        self._is_still = self._is_still and read.total == self._first.total
        if read.ended >= self._latest:
            self._latest = read.ended
            self._pages, self._total = read.pages, read.total
        if read.number == 1 and self._top is None and read.marks:
            self._top = read.marks[0]
            self._since = self._top if self._since is None else self._since

    def _accepted(self, read: Read, positions: Sequence[int]) -> list[Batch]:
        if not self._ordered:
            return []
        if self._frontier.accepted is not self._seen:
            positions = fresh(read.keys, self._seen)
        if not self._round:
            self._anchor = read.number, read.keys
        return self._hand_out(read, positions)

    def _hand_out(self, read: Read, positions: Sequence[int]) -> list[Batch]:
        self.duplicates += len(read.keys) - len(positions)
        if len(positions) < read.size and read.number < read.pages and self._pass == 1:
            self._thin.append(read.number)
        if self._skips_arrivals(read):
            positions = below_arrivals(read, positions)
        if not (positions or self._every or read is self._first):
            return []
        return [Batch(read, positions, self._place())]

    def _skips_arrivals(self, read: Read) -> bool:
        """Whether what is new on top of this page has arrived; a later pass may have missed it."""
        is_again = read.number == 1 and read is not self._first
        return is_again and self._ordered and self._pass == 1 and not self._moving

    def _place(self) -> Place:
        page, landmarks = self._anchor
        return Place(
            page=page,
            number=self._pass,
            landmarks=tuple(landmarks) if self._pass > 1 else (),
            since=self._since,
            doubts=tuple(self.doubts),
            open=tuple(self._frontier.doubts),
        )

    # --- what to fetch ---------------------------------------------------------------------

    def _occupied(self) -> int:
        held = self._frontier.held if self._ordered else 0
        return len(self._in_flight) + held + self._untaken

    def _urgent(self) -> int | None:
        """A page that the frontier waits for and that no block will bring."""
        frontier = self._frontier
        if self._setbacks.suspect is not None:
            return self._setbacks.another(self._pages or 0)
        if frontier.wanted is not None:
            return self._again()
        number = frontier.next
        if number in self._in_flight or number in self._block or frontier.holds(number):
            return None
        if self._comes_in_a_block(number) or not self._has_room():
            return None
        return number

    def _comes_in_a_block(self, number: int) -> bool:
        return not self._round and self._blocked <= number <= (self._pages or 0)

    def _has_room(self) -> bool:
        """Whether one more page fits the window; a held one that can be spared makes room."""
        if self._occupied() < 2 * self._concurrency:
            return True
        return self._ordered and self._frontier.drop_farthest()

    def _again(self) -> int | None:
        if not self._has_room():
            return None
        self.repaired += 1
        return self._frontier.take_wanted()

    def _ordinary(self) -> int | None:
        """The next page of the block at hand, or of a new one if it fits the window."""
        while not self._round and (self._block or self._refill()):
            number = self._block.popleft()
            if self._is_worth_fetching(number):
                return number
        return None

    def _is_worth_fetching(self, number: int) -> bool:
        limit = self._pages or 0
        if self.stopped_before is not None:
            limit = min(limit, self.stopped_before - 1)
        is_there = number in self._in_flight or self._frontier.holds(number)
        return self._frontier.next <= number <= limit and not is_there

    def _refill(self) -> bool:
        if self._frontier.retreating:
            return False
        if self._ordered and self._blocked > self._frontier.next + 2 * self._concurrency:
            self._blocked = self._frontier.next
        end = self._blocked + max(1, self._concurrency - 1)
        block = range(self._blocked, min(end, (self._pages or 0) + 1))
        lead = self._frontier.next + LEAD * 2 * self._concurrency
        if not block or block[-1] > lead or not self._fits(block):
            return False
        self._block.extend(reversed(block) if self._evidence.is_falling else block)
        self._blocked = block[-1] + 1
        return True

    def _fits(self, block: range) -> bool:
        """Whether the window has room; a page that the frontier waits for makes room."""
        most = max(1, 2 * self._concurrency - 1) - len(block)
        while self._occupied() > most:
            if self._frontier.next not in block or not self._frontier.drop_farthest():
                return False
        return True

    # --- when it ends ----------------------------------------------------------------------

    def _stop_when_there(self) -> None:
        if self.stopped_before is not None and self._frontier.next >= self.stopped_before:
            self.done = True

    def _conclude(self) -> None:
        """End the pass, or all, when there is nothing left to read or no hope."""
        first = self._first
        if self._frontier.finished:
            self._end_pass()
        elif first is not None and self._pass_reads > 4 * first.pages + 100:
            self.doubts.append(self._frontier.next)
            self.done = True
        self._stop_when_there()

    def _end_pass(self) -> None:
        self._note_doubts(self._frontier.doubts)
        if self._round == ROUNDS:
            self.doubts.append(1)
            self.done = True
        elif self._needs_catching_up():
            self._round += 1
            self._begin_pass(until=self._top)
        elif self._needs_another_pass():
            self._pass += 1
            self._round = 0
            self._begin_pass()
        else:
            self._reconcile()
            self.done = True

    def _reconcile(self) -> None:
        """A list that stood still must have brought as many items as it counts."""
        first = self._first
        if not (first and self._is_still) or self._resumed or self._drift == "ignore":
            return
        is_short = self._thin or first.pages * first.size < first.total
        if is_short and len(self._seen) < first.total:
            self.doubts += self._thin or [first.pages]
            self.is_miscounted = True

    def _note_doubts(self, doubts: list[int]) -> None:
        """What one whole pass has proven, another one's doubts don't undo."""
        if self._round:
            self.doubts += doubts
        elif self._pass == 1 or len(doubts) < len(self.doubts):
            self.doubts = doubts

    def _needs_catching_up(self) -> bool:
        """Whether something may have jumped to the front since its first page was read."""
        if not (self._moving and self._evidence.restless and self._drift != "ignore"):
            return False
        return self._top is not None and not (self._round and self._pass_reads == 1)

    def _needs_another_pass(self) -> bool:
        if self._drift != "verify" or (self._pages or 0) < 2:
            return False
        if self._pass == 1:
            return True
        return self._pass < PASSES and bool(self.doubts)

    def _begin_pass(self, until: Any = None) -> None:
        self._frontier = self._new_frontier(set(), until=until)
        self._block.clear()
        self._blocked = 2
        self._pass_began = self._latest
        self._pass_reads = 0
        self._top, self._since = None, until
