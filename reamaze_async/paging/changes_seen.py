"""Changes seen: when conversations arrived and when they left, as far as the reads can tell.

An arrival and a departure between the reads of two neighbours leave the totals equal, and the seam
may be torn all the same. But other reads were under way at that moment, and they tell of it:

* **Totals in the order of time.** A read that counts less than one that surely came before it has
  seen a departure: after the last read that counts more was begun, and before the first that
  surely came later and counts less had ended. Arrivals likewise.
* **A shift that the totals don't explain.** A key seen twice tells what arrived above it less what
  left above it. If the totals moved less than that, or the other way, both happened. The reads
  that lie across one moment come in both orders, upper page first and lower page first; when some
  of those seams lose an item behind the totals' back, the others repeat one.

None of this costs a request. Where the order itself moves, a jump to the front is such a shift; and
as it leaves the total alone, a departure may hide it. So there a total that fell explains a shift
only where the page moved up by as much, and a page read before the one above it proves nothing by
its total unless the upper one shows that nothing jumped meanwhile.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from .copies import Signs
from .page_read import PageRead

RECENT = 48
"""How many reads are remembered."""

EVENTS = 16
"""How many changes of each kind are remembered."""

TREND = 16
FALL = 3
"""A list falls when its total lost `FALL` within the last `TREND` reads."""

LIKELY = 0.05
"""A seam that is torn with a greater chance than this is read again."""


@dataclass(slots=True)
class Span:
    """A stretch of time in which something happened."""

    began: float
    ended: float

    def share(self, began: float, ended: float) -> float:
        """The chance that the change happened between these two instants."""
        common = min(self.ended, ended) - max(self.began, began)
        length = self.ended - self.began
        return 0.0 if common < 0 else 1.0 if common >= length else common / length


class ChangesSeen:
    """What the reads of one listing tell about the list.

    Attributes:
        has_changed: whether the list was seen to change at all.
        total_has_changed: whether its total was seen to change.
        signs: whether it seems to be read from several copies.
    """

    def __init__(
        self, *, has_changed: bool = False, order_moves: bool = False, signs: Signs | None = None
    ) -> None:
        """Begin with no reads.

        Args:
            has_changed: whether the list is known to change.
            order_moves: whether items may jump to the front at any time.
            signs: those of earlier reads. Default: none.
        """
        self.has_changed: bool = has_changed
        self.total_has_changed: bool = has_changed
        self.signs: Signs = signs or Signs()
        self._order_moves = order_moves
        self._recent: deque[PageRead] = deque()
        self._by_number: dict[int, list[PageRead]] = {}
        self._alike = 0
        self._rises: deque[Span] = deque(maxlen=EVENTS)
        self._falls: deque[Span] = deque(maxlen=EVENTS)
        self._hidden_arrivals: deque[Span] = deque(maxlen=EVENTS)
        self._hidden_departures: deque[Span] = deque(maxlen=EVENTS)

    @property
    def is_falling(self) -> bool:
        """Whether the list shrinks about as fast as it is read."""
        if not self.total_has_changed:
            return False
        lately = list(self._recent)[-TREND:]
        return bool(lately) and lately[0].total - lately[-1].total >= FALL

    def observe(self, read: PageRead) -> None:
        """Note a read."""
        recent = self._recent
        self.signs.observe(read)
        self._alike = self._alike + 1 if recent and recent[-1].total == read.total else 0
        if self._alike < len(recent):
            self.has_changed = self.total_has_changed = True
            _note_change(self._falls, read, [other for other in recent if other.total > read.total])
            _note_change(self._rises, read, [other for other in recent if other.total < read.total])
        keys, number, by_number = read.distinct or set(read.keys), read.number, self._by_number
        sharing: list[PageRead] = []
        for beside in (number - 1, number, number + 1):
            for other in by_number.get(beside, ()):
                if not keys.isdisjoint(other.keys):
                    insort(sharing, other, key=attrgetter("ended"))
        for other in sharing:
            self._compare(other, read)
        recent.append(bare := read.bare())
        by_number.setdefault(number, []).append(bare)
        if len(recent) > RECENT:
            oldest = recent.popleft().number
            reads = by_number[oldest]
            del reads[0]
            if not reads:
                del by_number[oldest]

    def _compare(self, one: PageRead, other: PageRead) -> None:
        """Note an arrival that came with a departure: shared items moved unlike the totals."""
        earlier, later = sorted((one, other), key=_middle)
        moved = shift(earlier, later)
        self.has_changed |= moved != 0 or one.number != other.number
        change = later.total - earlier.total
        if moved == change or 0 <= moved <= change:
            return
        hidden = self._hidden_arrivals if moved > change else self._hidden_departures
        span = Span(min(one.began, other.began), max(one.ended, other.ended))
        is_swap = not change <= moved <= 0
        if is_swap or self._order_moves:
            hidden.append(span)
        if is_swap:
            self.signs.note_swap(span.began, span.ended)

    def older(self, one: PageRead, other: PageRead) -> PageRead:
        """Which of two reads the server probably made first."""
        began, ended = max(one.began, other.began), min(one.ended, other.ended)
        if began < ended and one.total != other.total:
            fell = _likeliest(self._falls, began, ended)
            rose = _likeliest(self._rises, began, ended)
            less, more = sorted((one, other), key=lambda read: read.total)
            if fell != rose:
                return more if fell > rose else less
        return min(one, other, key=_middle)

    def doubts(self, upper: PageRead, lower: PageRead) -> bool:
        """Whether something may have slipped through a seam behind the totals' back.

        Args:
            upper: page *p*, which misses what moved up to it after it was read.
            lower: page *p* + 1, which misses what moved down to it after it was read.
        """
        return self.has_changed and (
            self._tears(upper, lower, self._hidden_departures)
            or self._tears(lower, upper, self._hidden_arrivals)
            or self._is_unwatched(upper, lower)
        )

    def _is_unwatched(self, upper: PageRead, lower: PageRead) -> bool:
        """Whether the lower page surely came first, with no jump after it to be seen by the upper.

        Only an earlier read of the upper page, with which it shares something, shows how it moved.
        """
        if not self._order_moves or upper.began < lower.ended:
            return False
        reads = self._by_number.get(upper.number, ())
        before = [read for read in reads if read.ended <= lower.ended]
        return all(set(upper.keys).isdisjoint(read.keys) for read in before)

    def _tears(self, first: PageRead, last: PageRead, hidden: Iterable[Span]) -> bool:
        began, ended = first.began, last.ended
        chance = _likeliest(hidden, began, ended)
        if self._order_moves:
            return chance > LIKELY
        fell = _likeliest(self._falls, began, ended)
        return max(chance * chance, fell and fell * _likeliest(self._rises, began, ended)) > LIKELY


def shift(one: PageRead, other: PageRead) -> int:
    """By how many positions the last key that both hold has moved down from one to the other."""
    positions = {key: position for position, key in enumerate(one.keys)}
    last, key = max((i, key) for i, key in enumerate(other.keys) if key in positions)
    lower, upper = ((read.number - 1) * read.size for read in (other, one))
    return lower - upper + last - positions[key]


def _note_change(spans: deque[Span], read: PageRead, others: list[PageRead]) -> None:
    """Note a change between other reads and this one, if one of them surely came before it."""
    if all(other.ended > read.began for other in others):
        return
    # By a coarse clock another may have begun at the very moment at which this one ended.
    began = max(other.began for other in others if other.began <= read.ended)
    for span in spans:
        if span.began == began:
            span.ended = min(span.ended, read.ended)
            return
    spans.append(Span(began, read.ended))


def _likeliest(spans: Iterable[Span], began: float, ended: float) -> float:
    return max((span.share(began, ended) for span in spans), default=0.0)


def _middle(read: PageRead) -> float:
    return read.began + read.ended
