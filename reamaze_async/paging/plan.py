"""The plan: which page to fetch next, what may be handed out, and where the list ends.

`Plan` is told what came (`arrived`) and answers with what to fetch (`next_page`) and what to hand
out (`Batch`). It has no clock, no loop and no socket. What may be believed of the pages is the
business of `frontier`, how far ahead to fetch that of `prefetch`; here are order and passes:

* Ordered, a page is handed out when the frontier accepts it; unordered, when it arrives.
* `verify` reads the list twice, and again while a pass leaves doubts; of a list that stands still,
  while a pass finds something. What one pass missed hardly stands at a torn seam in the next.
* The second reading of a list that seemed calm is in its other order, if there is one.
* `repair` reads on likewise where copies of the list seem to be out of step: see `copies`.
* Why a list brought fewer items than it counts is found out before the end: see `completeness`.
* Where the order itself moves (`order_moves`), what jumped to the front while reading is caught up
  with at the end, until one read of page 1 shows all that is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from .changes_seen import ChangesSeen
from .completeness import Completeness
from .count_check import CountCheck
from .cursor import MOVED, Batch, Cursor
from .failing_pages import FailingPages
from .frontier import Accepted, Frontier
from .page_read import PageRead
from .passes import Pass
from .prefetch import Prefetch
from .seams import below_arrivals, take_new

Drift = Literal["repair", "verify", "ignore"]

PASSES = 6
"""How often `verify` reads the whole list at most."""
ROUNDS = 6
"""How often at most, after a pass, the top of a list whose order moves is read again."""


class Plan:
    """One iteration of a paged list.

    Attributes:
        done: whether nothing more will be fetched or handed out.
        doubts: pages around which something may be missing.
        page_count: how many pages the list has by the latest answer; None before the first.
        total_count: how many items it has by the latest answer; None before the first.
        duplicates: items that came more than once.
        reads: answers so far.
        prefetch: which page comes next, and how many were asked for again.
        completeness: what may be missing, and why.
        left_out: failing pages that were left out.
        stopped_before: the page that could not be fetched; nothing from there on is handed out.
    """

    def __init__(
        self,
        *,
        concurrency: int = 8,
        ordered: bool = True,
        drift: Drift = "repair",
        order_moves: bool = False,
        short_counts: bool = False,
        is_counted: bool = True,
        things_leave: bool = True,
        has_other_order: bool = False,
        empty_batches: bool = False,
        skips_failing_pages: bool = False,
        cursor: Cursor | None = None,
        seen: Iterable[str] = (),
    ) -> None:
        """Plan an iteration.

        Args:
            concurrency: pages in flight at most.
            ordered: hand out in the list's order, not as pages arrive.
            drift: what to do about pages that shift.
            order_moves: items may jump to the front at any time (`sort=`); reads then carry marks.
            short_counts: the server's counts may leave items out (messages).
            is_counted: the server counts its items; else counts are made from the pages.
            things_leave: items leave the list in the ordinary course of things.
            has_other_order: the list can be read in another order, too.
            empty_batches: hand out a batch for each accepted page, also if nothing on it is new.
            skips_failing_pages: leave out a page that keeps failing, and count it as doubtful.
            cursor: where to go on; its iteration was ordered.
            seen: keys that the earlier iteration handed out.
        """
        cursor = cursor or Cursor()
        self.done: bool = False
        self.duplicates: int = 0
        self.reads: int = 0
        self.left_out: list[int] = []
        self._ordered = ordered
        self._drift = drift
        self._order_moves = order_moves
        self._empty_batches = empty_batches
        self._skips_failing_pages = skips_failing_pages
        self._failing_pages = FailingPages()
        self._seen = set(seen)
        self._resumed = bool(self._seen)
        self._changes = ChangesSeen(has_changed=self._resumed, order_moves=order_moves)
        self._counts = {"short_counts": short_counts, "is_counted": is_counted}
        frontier = self._new_frontier(self._known(cursor), cursor.page)
        frontier.doubts += cursor.doubts_of_this_pass
        self.prefetch: Prefetch = Prefetch(concurrency, frontier, ordered=ordered)
        self._pass = Pass(
            frontier,
            number=cursor.pass_number,
            top=cursor.top_mark,
            since=cursor.top_mark,
        )
        above = cursor.page if self._resumed else 0
        self._count_check = CountCheck(cursor.total, above=above, things_leave=things_leave)
        # An iteration that goes on in the middle without the earlier total has nothing to compare.
        can_count = not self._resumed or cursor.total is not None or cursor.page == 1
        self.completeness: Completeness = Completeness(
            self._count_check,
            self._changes,
            doubts=cursor.doubts,
            can_count=can_count and drift != "ignore",
            has_other_order=has_other_order,
            verifies=drift == "verify",
            is_counted=is_counted,
        )
        self.page_count: int | None = None
        self.total_count: int | None = None
        self._size = 1
        self._latest = 0.0
        self.stopped_before: int | None = None
        self._seen_before = 0
        self._anchor: tuple[int, Sequence[str]] = cursor.page, cursor.landmarks

    def _known(self, cursor: Cursor) -> set[str]:
        """The keys of what lies above the cursor, for the frontier to recognize."""
        if cursor.pass_number > 1:
            return set(cursor.landmarks)
        return self._seen if self._ordered else set(self._seen)

    def _new_frontier(self, accepted: set[str], start: int = 1, until: Any = None) -> Frontier:
        how: dict[str, Any] = {"changes": self._changes, "order_moves": self._order_moves}
        how |= {"accept_all": self._drift == "ignore", "until": until, **self._counts}
        return Frontier(accepted, start=start, **how)

    @property
    def doubts(self) -> list[int]:
        """Pages around which something may be missing."""
        return self.completeness.doubts

    @property
    def is_by_other_order(self) -> bool:
        """Whether the page that `next_page` gives is one of the list in its other order."""
        return self.completeness.reading is not None and self.completeness.reading.is_by_other_order

    def next_page(self) -> int | None:
        """The page to fetch now, in flight from now on; None if no request may be started."""
        prefetch = self.prefetch
        if self.done or len(prefetch.in_flight) >= prefetch.concurrency:
            return None
        if (reading := self.completeness.reading) is None:
            number = self._page_to_read()
        else:
            number = reading.next_page() if prefetch.has_room() else None
        if number is not None:
            prefetch.in_flight.append(number)
        return number

    def _page_to_read(self) -> int | None:
        prefetch, last, stopped_before = self.prefetch, self.page_count or 0, self.stopped_before
        if stopped_before is not None:
            last = min(last, stopped_before - 1)
        if self._failing_pages.suspect is None or stopped_before is not None:
            number = prefetch.next_wanted(last)
        else:
            number = self._failing_pages.another(last)
        return prefetch.next_in_block(last) if number is None else number

    def asked(self) -> bool:
        """Note that the consumer waits for a batch; tell whether a page may be fetched for it."""
        return False

    def taken(self) -> None:
        """Note that the consumer took a batch, which makes room for another page."""
        self.prefetch.untaken -= 1

    def failed(self, number: int, *, is_its_own: bool = False, by_other: bool = False) -> None:
        """Note that a page can't be fetched, of the other order if so.

        What stands before it is still handed out, and then the plan is done; unless the failure
        may be the page's own, and such pages are to be skipped.
        """
        self.prefetch.in_flight.remove(number)
        if by_other is not self.is_by_other_order:
            return  # What it was asked for is over.
        if self.completeness.reading is not None:
            self.completeness.reading.failed()
            self._end_reading()
            return
        may_pass = is_its_own and self._skips_failing_pages and number > 1
        verdict = self._failing_pages.failed(number) if may_pass else "stop"
        if verdict == "again":
            self._pass.frontier.failed(number)
        elif verdict == "stop":
            self._stop_before(min(number, self._failing_pages.suspect or number))

    def _stop_before(self, number: int) -> None:
        if not self._ordered or self._pass.number > 1 or number < self._pass.frontier.next:
            self.done = True
        self.stopped_before = min(number, self.stopped_before or number)
        self._stop_when_there()

    def arrived(self, read: PageRead) -> list[Batch]:
        """Note a read; return the batches to hand out now, in order."""
        self.prefetch.in_flight.remove(read.number)
        if read.is_by_other_order or self.completeness.reading is not None:
            return self._read_again(read)
        self._observe(read)
        batches = [] if self._ordered else self._hand_out(read, take_new(read.keys, self._seen))
        if self._pass.takes(read):
            left_out = self._leave_out(read) if self._skips_failing_pages else []
            for accepted, positions in left_out + self._pass.frontier.arrived(read):
                batches += self._accepted(accepted, positions)
            self._conclude()
        self.prefetch.untaken += len(batches)
        return batches

    def _leave_out(self, read: PageRead) -> list[Accepted]:
        """Leave out the suspect page, if this read shows that the server answers other pages."""
        suspect = self._failing_pages.arrived(read.number)
        if suspect is None:
            return []
        self.left_out.append(suspect)
        return self._pass.frontier.leave_out(suspect)

    def _observe(self, read: PageRead) -> None:
        self.reads += 1
        self._count_check.observe(read)
        if read.ended >= self._latest:
            self._latest = read.ended
            self.page_count, self.total_count = read.pages, read.total
            self._size = read.size
        if read.marks and read.number == 1:
            self._pass.see_top(read)

    def _accepted(self, read: PageRead, positions: Sequence[int]) -> list[Batch]:
        self._count_check.accepted(read, positions)
        if not self._ordered:
            return []
        if self._pass.frontier.accepted is not self._seen:
            positions = take_new(read.keys, self._seen)
        if not self._pass.catch_up:
            self._anchor = read.number, read.keys
        return self._hand_out(read, positions)

    def _hand_out(self, read: PageRead, positions: Sequence[int]) -> list[Batch]:
        self.duplicates += len(read.keys) - len(positions)
        if read.number == 1 and self._skips_arrivals():
            positions = below_arrivals(read, positions)
        if not (positions or self._empty_batches or self.reads == 1):
            return []
        return [Batch(read, positions, self._cursor())]

    def _skips_arrivals(self) -> bool:
        """Whether new items at the top of page 1 are arrivals, to be skipped.

        On a later pass they may be items that the first one has missed.
        """
        return self.reads > 1 and self._ordered and self._pass.number == 1 and not self._order_moves

    def _cursor(self) -> Cursor:
        page, landmarks = self._anchor
        reading, check = self._pass, self._count_check
        return Cursor(
            page,
            reading.number,
            landmarks=tuple(landmarks) if reading.number > 1 else (),
            top_mark=reading.since,
            total=check.total if check.stands_still else MOVED,
            doubts=tuple(self.completeness.doubts),
            doubts_of_this_pass=tuple(reading.frontier.doubts),
        )

    # --- when it ends ----------------------------------------------------------------------

    def _stop_when_there(self) -> None:
        if self.stopped_before is not None and self._pass.frontier.next >= self.stopped_before:
            self.done = True

    def _conclude(self) -> None:
        """End the pass if the list has ended, and the plan if the pass reads far too many pages."""
        if self._pass.frontier.finished:
            self._end_pass()
        elif self._pass.is_endless() or self._count_check.is_endless(len(self._seen), self._size):
            self.doubts.append(self._pass.frontier.next)
            self.completeness.is_miscounted = not self._pass.is_endless()
            self.done = True
        self._stop_when_there()

    def _end_pass(self) -> None:
        """Decide what comes after a pass; all that can come after one is decided here."""
        self._settle_doubts()
        if self._pass.catch_up == ROUNDS:
            self.doubts.append(1)
            self.done = True
        elif self._needs_catching_up():
            top = self._pass.top
            self._begin_pass(number=self._pass.number, catch_up=self._pass.catch_up + 1, until=top)
        else:
            self._go_on()

    def _settle_doubts(self) -> None:
        """Take over the doubts of the pass that has ended."""
        doubts = self._pass.frontier.doubts
        if self._pass.catch_up:
            self.completeness.doubts += doubts
        else:
            self.completeness.settle(doubts, replaces=self._pass.number == 1)

    def _go_on(self) -> None:
        """Read the list once more, or what `completeness` asks for; else that is the end."""
        if self._needs_another_pass():
            self._seen_before = len(self._seen)
            self._begin_pass(number=self._pass.number + 1)
        elif self.completeness.begin_reading(len(self._seen), self._pages):
            self.prefetch.begin(self._new_frontier(set()))
            self._pass = Pass(self._pass.frontier, number=self._pass.number, began=self._latest)
        else:
            self.completeness.close(len(self._seen))
            self.done = True

    def _begin_pass(self, *, number: int, catch_up: int = 0, until: Any = None) -> None:
        frontier = self._new_frontier(set(), until=until)
        self.prefetch.begin(frontier, ahead=not catch_up)
        self._pass = Pass(
            frontier, number=number, catch_up=catch_up, began=self._latest, since=until
        )

    # --- what is read again ----------------------------------------------------------------

    def _read_again(self, read: PageRead) -> list[Batch]:
        """Take a page that was read again; return the batch of what was missing, if it is on it."""
        reading = self.completeness.reading
        if reading is None or read.is_by_other_order is not reading.is_by_other_order:
            return []  # What it was asked for is over.
        if not self._pass.takes(read) or reading.is_over:
            return []
        self.reads += 1
        self._latest = max(self._latest, read.ended)
        if not read.is_by_other_order:
            self._changes.observe(read)
        single = take_new(read.keys, set())
        new = [position for position in single if read.keys[position] not in self._seen]
        positions = self.completeness.arrived(read, new)
        self._seen.update(read.keys[position] for position in positions)
        if reading.is_over:
            self._end_reading()
        if not positions:
            return []
        self.prefetch.untaken += 1
        return [Batch(read, positions, self._cursor())]

    def _end_reading(self) -> None:
        """Go on when something was read again, unless items are missing for good."""
        if self.completeness.end_reading(len(self._seen)):
            self.done = True
        else:
            self._go_on()

    def _needs_catching_up(self) -> bool:
        """Whether an item may have jumped to the front since the pass read page 1."""
        if not (self._order_moves and self._changes.has_changed and self._drift != "ignore"):
            return False
        return self._pass.top is not None and not (self._pass.catch_up and self._pass.reads == 1)

    def _needs_another_pass(self) -> bool:
        if self._drift == "ignore" or self._pages < 2:
            return False
        least = 1
        # Jumps to the front look like swaps, and counts made from the pages turn.
        if not self._order_moves and self._counts["is_counted"]:
            least = self.completeness.least_passes(len(self._seen), self._pages, self._pass.number)
        if self._drift == "verify" and not self.completeness.other_order_suffices(len(self._seen)):
            least = max(2, least)
        if self._pass.number < least:
            return True
        if least == 1:
            return False
        if self._pass.number == PASSES or not self._count_check.stands_still:
            is_of_use = self._drift == "verify" or not self.completeness.is_stuck
            return self._pass.number < PASSES and bool(self.doubts) and is_of_use
        is_whole = not self.doubts and not self._count_check.missing(len(self._seen))
        return not is_whole and len(self._seen) > self._seen_before

    @property
    def _pages(self) -> int:
        return self.completeness.pages(self.page_count or 0, self._size)
