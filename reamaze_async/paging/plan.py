"""Paging: which page to fetch next, what may be handed out, and where the list ends.

`Plan` is told what came (`arrived`) and answers with what to fetch (`next_page`) and what to hand
out (`Batch`). It has no clock, no loop and no socket. What may be believed of the pages is the
business of `frontier`, how far ahead to fetch that of `prefetch`; here are order and passes:

* Ordered, a page is handed out when the frontier accepts it; unordered, when it arrives.
* `verify` reads the list twice, and again while a pass leaves doubts; of a list that stands still,
  while a pass finds something. An item that one pass missed stood at a torn seam; that it stands
  at one again in the next pass is as unlikely anew.
* Where the order itself moves (`order_moves`), what jumped to the front while reading is caught up
  with at the end, until one read of page 1 shows all that is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from .changes_seen import ChangesSeen
from .count_check import CountCheck
from .cursor import Batch, Cursor
from .failing_pages import FailingPages
from .frontier import Accepted, Frontier
from .page_read import PageRead
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
        duplicates: items that came more than once.
        reads: answers so far.
        is_miscounted: whether the list stood still and yet brought fewer items than it counts.
        left_out: failing pages that were left out.
        stopped_before: the page that could not be had; nothing from there on is handed out.
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
            empty_batches: hand out a batch for each accepted page, also if nothing on it is new.
            skips_failing_pages: leave out a page that keeps failing, and count it as doubtful.
            cursor: where to go on; its iteration was ordered.
            seen: keys that the earlier iteration handed out.
        """
        cursor = cursor or Cursor()
        self.done: bool = False
        self.doubts: list[int] = list(cursor.doubts)
        self.duplicates: int = 0
        self.reads: int = 0
        self.is_miscounted: bool = False
        self.left_out: list[int] = []
        self._ordered = ordered
        self._drift = drift
        self._order_moves = order_moves
        self._short_counts = short_counts
        self._is_counted = is_counted
        self._empty_batches = empty_batches
        self._skips_failing_pages = skips_failing_pages
        self._failing_pages = FailingPages()
        self._seen = set(seen)
        self._resumed = bool(self._seen)
        self._changes = ChangesSeen(has_changed=self._resumed)
        self._frontier = self._new_frontier(self._known(cursor), cursor.page)
        self._frontier.doubts += cursor.doubts_of_this_pass
        self._prefetch = Prefetch(concurrency, self._frontier, ordered=ordered)
        self._count_check = CountCheck(things_leave=things_leave)
        self._pages: int | None = None
        self._total: int | None = None
        self._latest = 0.0
        self.stopped_before: int | None = None
        self._pass = cursor.pass_number
        self._round = 0
        self._pass_began = 0.0
        self._pass_reads = 0
        self._most_reads = 0
        self._seen_before = 0
        self._top: Any = cursor.top_mark
        self._since: Any = cursor.top_mark
        self._anchor: tuple[int, Sequence[str]] = cursor.page, cursor.landmarks

    def _known(self, cursor: Cursor) -> set[str]:
        """The keys of what lies above the cursor, for the frontier to recognize."""
        if cursor.pass_number > 1:
            return set(cursor.landmarks)
        return self._seen if self._ordered else set(self._seen)

    def _new_frontier(self, accepted: set[str], start: int = 1, until: Any = None) -> Frontier:
        return Frontier(
            accepted,
            start=start,
            changes=self._changes,
            accept_all=self._drift == "ignore",
            order_moves=self._order_moves,
            short_counts=self._short_counts,
            is_counted=self._is_counted,
            until=until,
        )

    @property
    def repaired(self) -> int:
        """How many pages were asked for again because of drift."""
        return self._prefetch.repaired

    @property
    def page_count(self) -> int | None:
        """How many pages the list has by the latest answer; None before the first."""
        return self._pages

    @property
    def total_count(self) -> int | None:
        """How many items the list has by the latest answer; None before the first."""
        return self._total

    def next_page(self) -> int | None:
        """The page to fetch now, in flight from now on; None if no request may be started."""
        if self.done or self._prefetch.is_busy:
            return None
        last = self._last_page()
        compares = self._failing_pages.suspect is not None and self.stopped_before is None
        number = self._failing_pages.another(last) if compares else self._prefetch.next_wanted(last)
        if number is None:
            number = self._prefetch.next_in_block(last)
        if number is not None:
            self._prefetch.in_flight.append(number)
        return number

    def _last_page(self) -> int:
        """The last page worth fetching, by what is known so far."""
        pages = self._pages or 0
        return pages if self.stopped_before is None else min(pages, self.stopped_before - 1)

    def taken(self) -> None:
        """Note that the consumer took a batch, which makes room for another page."""
        self._prefetch.untaken -= 1

    def failed(self, number: int, *, is_its_own: bool = False) -> None:
        """Note that a page can't be had.

        What stands before it is still handed out, and then the plan is done; unless the failure
        may be the page's own, and such pages are to be skipped.
        """
        self._prefetch.in_flight.remove(number)
        may_pass = is_its_own and self._skips_failing_pages and number > 1
        verdict = self._failing_pages.failed(number) if may_pass else "stop"
        if verdict == "again":
            self._frontier.failed(number)
        elif verdict == "stop":
            self._stop_before(min(number, self._failing_pages.suspect or number))

    def _stop_before(self, number: int) -> None:
        if not self._ordered or self._pass > 1 or number < self._frontier.next:
            self.done = True
        self.stopped_before = min(number, self.stopped_before or number)
        self._stop_when_there()

    def arrived(self, read: PageRead) -> list[Batch]:
        """Note a read; return the batches to hand out now, in order."""
        self._prefetch.in_flight.remove(read.number)
        self._observe(read)
        batches = [] if self._ordered else self._hand_out(read, take_new(read.keys, self._seen))
        if read.began >= self._pass_began:
            self._pass_reads += 1
            self._most_reads = self._most_reads or 4 * read.pages + 100
            for accepted, positions in self._leave_out(read) + self._frontier.arrived(read):
                batches += self._accepted(accepted, positions)
            self._conclude()
        self._prefetch.untaken += len(batches)
        return batches

    def _leave_out(self, read: PageRead) -> list[Accepted]:
        """Leave out the suspect page, if this read shows that the server answers other pages."""
        suspect = self._failing_pages.arrived(read.number)
        if suspect is None:
            return []
        self.left_out.append(suspect)
        return self._frontier.leave_out(suspect)

    def _observe(self, read: PageRead) -> None:
        self.reads += 1
        self._count_check.observe(read)
        if read.ended >= self._latest:
            self._latest = read.ended
            self._pages, self._total = read.pages, read.total
        if read.number == 1 and self._top is None and read.marks:
            self._top = read.marks[0]
            self._since = self._top if self._since is None else self._since

    def _accepted(self, read: PageRead, positions: Sequence[int]) -> list[Batch]:
        self._count_check.accepted(read, positions)
        if not self._ordered:
            return []
        if self._frontier.accepted is not self._seen:
            positions = take_new(read.keys, self._seen)
        if not self._round:
            self._anchor = read.number, read.keys
        return self._hand_out(read, positions)

    def _hand_out(self, read: PageRead, positions: Sequence[int]) -> list[Batch]:
        self.duplicates += len(read.keys) - len(positions)
        if self._skips_arrivals(read):
            positions = below_arrivals(read, positions)
        if not (positions or self._empty_batches or self.reads == 1):
            return []
        return [Batch(read, positions, self._cursor())]

    def _skips_arrivals(self, read: PageRead) -> bool:
        """Whether new items at the top of this page are arrivals, to be skipped.

        On a later pass they may be items that the first one has missed.
        """
        is_again = read.number == 1 and self.reads > 1
        return is_again and self._ordered and self._pass == 1 and not self._order_moves

    def _cursor(self) -> Cursor:
        page, landmarks = self._anchor
        return Cursor(
            page=page,
            pass_number=self._pass,
            landmarks=tuple(landmarks) if self._pass > 1 else (),
            top_mark=self._since,
            doubts=tuple(self.doubts),
            doubts_of_this_pass=tuple(self._frontier.doubts),
        )

    # --- when it ends ----------------------------------------------------------------------

    def _stop_when_there(self) -> None:
        if self.stopped_before is not None and self._frontier.next >= self.stopped_before:
            self.done = True

    def _conclude(self) -> None:
        """End the pass if the list has ended, and the plan if the pass reads far too many pages."""
        if self._frontier.finished:
            self._end_pass()
        elif self._pass_reads > self._most_reads:
            self.doubts.append(self._frontier.next)
            self.done = True
        self._stop_when_there()

    def _end_pass(self) -> None:
        doubts = self._frontier.doubts
        if self._round:
            self.doubts += doubts
        elif self._pass == 1 or len(doubts) < len(self.doubts):
            # The shorter list: a seam that one whole pass has proven stays proven.
            self.doubts = doubts
        if self._round == ROUNDS:
            self.doubts.append(1)
            self.done = True
        elif self._needs_catching_up():
            self._round += 1
            self._begin_pass(until=self._top)
        elif self._needs_another_pass():
            self._seen_before = len(self._seen)
            self._pass += 1
            self._round = 0
            self._begin_pass()
        else:
            self._check_count()
            self.done = True

    def _check_count(self) -> None:
        if self._resumed or self._drift == "ignore":
            return
        missing = self._count_check.missing(len(self._seen), is_thorough=self._drift == "verify")
        self.doubts += missing
        self.is_miscounted = bool(missing)

    def _needs_catching_up(self) -> bool:
        """Whether an item may have jumped to the front since the pass read page 1."""
        if not (self._order_moves and self._changes.has_changed and self._drift != "ignore"):
            return False
        return self._top is not None and not (self._round and self._pass_reads == 1)

    def _needs_another_pass(self) -> bool:
        if self._drift != "verify" or (self._pages or 0) < 2:
            return False
        if self._pass == 1:
            return True
        if self._pass == PASSES or not self._count_check.stands_still:
            return self._pass < PASSES and bool(self.doubts)
        is_whole = not self.doubts and not self._count_check.is_short(len(self._seen))
        return not is_whole and len(self._seen) > self._seen_before

    def _begin_pass(self, until: Any = None) -> None:
        self._frontier = self._new_frontier(set(), until=until)
        self._prefetch.begin(self._frontier, ahead=not self._round)
        self._pass_began = self._latest
        self._pass_reads = self._most_reads = 0
        self._top, self._since = None, until
