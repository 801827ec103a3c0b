"""The ways in which a server may count requests, and what each answer says of each of them.

A hypothesis is a limit: `cap` requests in `per` seconds. The length is given. The cap is learned:
the hypothesis counts as its server would, and takes for the cap what it counted at a refusal, the
lower of the last two counts. Its `score` is the logarithm of its likelihood. What it didn't foresee
lowers the score:

* A first refusal at another count than its cap. How far off is too far depends on how many were let
  in since the opening, or on the root of the count, but not on the cap: at a steady pace every long
  window holds about the same number at any time, so it would seem to foresee any refusal.
* A probe that is refused although the hypothesis saw room, or let in although it saw none.

`hypotheses` makes all of them. For each length that people choose, and for steps between, there is
a sliding window, which counts the last seconds, and a fixed one, which counts from its reset. And
there is one steady rate, as of a token bucket.
"""

from array import array
from bisect import bisect_left, insort
from math import inf, log, sqrt

from .throttle import part_of

_SECONDS = {1.0: 3.0, 2.0: 1.0, 5.0: 1.0, 10.0: 3.0, 15.0: 1.0, 20.0: 0.5, 30.0: 2.0, 45.0: 0.3}
_MINUTES = {1: 8.0, 1.5: 0.5, 2: 1.0, 3: 0.5, 5: 2.0, 10: 1.0, 15: 1.0, 30: 0.5, 60: 2.0}
USUAL: dict[float, float] = _SECONDS | {60 * minutes: often for minutes, often in _MINUTES.items()}
"""Lengths in seconds that people give to windows, and how often, against each other."""
UNUSUAL = 0.3
"""The same for each length between them."""
STEP, SHORTEST, LONGEST = 1.09, 0.5, 3600.0
"""Factor from one length to the next; the shortest and the longest, in seconds."""
TILT = 0.6
"""Priors fall with this power of the length, so that the first pause tries short windows first."""
FIXED, STEADY = 0.65, 0.07
"""Priors: of fixed windows among all windows; of the steady rate, beside them."""

SURPRISE, IN_SPITE = 3.0, 3.5
"""What a full surprise costs: in general; and a probe that is refused in spite of all the room."""
LEAST_IN_SPITE = 0.3
"""Part of the latter that a probe costs at least, refused in spite of whatever little room."""
TOLERANCE = 0.7
"""Roots of a count by which two counts of one limit may differ before the surprise is full."""
NEARLY = 0.5
"""Roots of its count by which a window may be off and has still foreseen a refusal."""
LUCKY = 0.6
"""Cost of an opening within a window of unknown start, times the logarithm of the window's length
over the time since it was used up."""
UNKNOWN = 0.5
"""Cost of each refusal for a steady rate that has not been measured yet."""

WAY = 0.1
"""Part of the latency that is waited beyond the end of a window: that a request arrives half-way
between sending and answer is only an estimate."""
KEPT = 0.8
"""What remains of a steady rate's older measures at each new one."""
OVER, LEAST_OVER, MOST_OVER = 0.01, 0.005, 0.5
"""Part by which a steady rate is exceeded, to find out whether it has risen: at first, at least, at
most."""
SOON = 0.3
"""A refusal before the excess adds up to so much of a request is hardly due to it."""
TOO_MUCH = 6.0
"""Cost of such a refusal, times the excess: where others take a share, no rate is steady."""
MORE, LESS = 2.0, 0.8
"""Factors of the excess: after such a refusal, since others must have taken the rest; else."""
OFF, LEAST_OFF = 0.35, 2.0
"""A full surprise for a steady rate: its count is off by this share of it, and so many requests."""
MEMORY = 100_000
"""Arrivals that are remembered at most."""


class History:
    """What was seen of requests, whatever is believed.

    Attributes:
        arrivals: when each request that was let in reached the server, about; in order.
        total: how many that were, the forgotten ones too.
        under_way: requests that have begun and not ended.
        let_in: requests let in since the last opening.
        latency: seconds from sending to answer, smoothed over about ten answers.
        reset_at: when a probe last found the server open again: a window's start. None: never.
        spent_at: when the last window was used up.
    """

    def __init__(self) -> None:
        self.arrivals: array[float] = array("d")
        self.total: int = 0
        self.under_way: int = 0
        self.let_in: int = 0
        self.latency: float = 0.25
        self.reset_at: float | None = None
        self.spent_at: float = -inf

    def arrived(self, at: float) -> None:
        """Note that a request was let in. What no window holds any more is forgotten."""
        insort(self.arrivals, at)
        self.total += 1
        if len(self.arrivals) > MEMORY:
            del self.arrivals[: MEMORY // 2]


class SlidingWindow:
    """At most `cap` requests in the last `per` seconds.

    Attributes:
        per: the window's length in seconds.
        log_prior: the logarithm of how likely it was before anything was seen.
        score: the logarithm of its likelihood, up to a constant.
        weight: its share of the belief, as `Posterior` reckons it.
        cap: requests that a window holds; 0 while nothing is known.
    """

    def __init__(self, per: float, prior: float) -> None:
        self.per: float = per
        self.log_prior: float = log(prior)
        self.score: float = 0.0
        self.weight: float = prior
        self.cap: float = 0
        self._last_count = 0.0

    def count(self, history: History, at: float) -> int:
        """How many count against a request that arrives at `at`."""
        return len(history.arrivals) - bisect_left(history.arrivals, at - self.per)

    def free_at(self, history: History, share: float = 1.0) -> float:
        """When one more fits into this share of it, as things stand.

        Returns:
            The moment, also a past one; ``inf`` while that hangs on requests under way.
        """
        if not self.cap:
            return -inf
        arrivals = history.arrivals
        fits = part_of(self.cap, share)
        place = len(arrivals) + history.under_way - fits
        if place < 0:
            return -inf
        if place >= len(arrivals):
            return inf
        return self._end_of(history, arrivals[place]) + WAY * history.latency

    def _end_of(self, history: History, arrival: float) -> float:
        """Until when a request counts."""
        return arrival + self.per

    def foresees(self, history: History, at: float) -> bool:
        """Whether it sees no room, or hardly any, for a request that arrives at `at`."""
        count = self.count(history, at)
        return self.cap - count <= NEARLY * sqrt(max(1, count))

    def opened(self, history: History, at: float) -> None:
        """Weigh that a probe was let in."""
        if self.cap and (early := self.free_at(history) - at) > 0:
            self.score -= SURPRISE * min(1.0, early / self.per)

    def refused(self, history: History, at: float, *, by_test: bool) -> None:
        """Weigh the first refusal after an opening, and take the count for the cap.

        A count that a test for more has reached is believed whole; any other may be low because
        somebody else took part of the window, or high because it held a reset.
        """
        count = self.count(history, at)
        if self.cap and count != self.cap:
            most = max(count, self.cap)
            scale = max(TOLERANCE * sqrt(most), min(most, history.let_in))
            self.score -= SURPRISE * min(1.0, abs(count - self.cap) / scale)
        if not count:
            if not self.cap:
                return  # others have used the window up
            count = 1
        self.cap = count if by_test else min(count, self._last_count or count)
        self._last_count = count

    def still_refused(self, history: History, at: float) -> None:
        """Weigh that a probe was refused."""
        if self.cap and (count := self.count(history, at)) < self.cap:
            self.score -= IN_SPITE * max(LEAST_IN_SPITE, 1 - count / self.cap)


class FixedWindow(SlidingWindow):
    """At most `cap` requests from one reset to the next, `per` seconds later."""

    def count(self, history: History, at: float) -> int:
        if history.reset_at is None:
            return super().count(history, at)
        start = at - (at - history.reset_at) % self.per
        return len(history.arrivals) - bisect_left(history.arrivals, start)

    def _end_of(self, history: History, arrival: float) -> float:
        if history.reset_at is None:
            return arrival + self.per
        return arrival + self.per - (arrival - history.reset_at) % self.per

    def opened(self, history: History, at: float) -> None:
        if history.reset_at is not None:
            super().opened(history, at)
        elif self.free_at(history) > at:
            ratio = self.per / max(at - history.spent_at, 0.1)
            self.score -= min(SURPRISE, LUCKY * log(max(1.0, ratio)))


class SteadyRate(SlidingWindow):
    """`cap` requests in 60 seconds, refilled evenly: a token bucket, a weighted counter.

    The rate is measured from one refusal to the next, when the bucket is empty. It is exceeded a
    little, else nobody would learn that it has risen: by more and more while that is let in, and
    where refusals come too soon to be our own doing, since others take what we leave.
    """

    def __init__(self, prior: float) -> None:
        super().__init__(60.0, prior)
        self._refused_at = -inf
        self._before = 0
        self._let_in = self._seconds = 0.0
        self._over = OVER

    def count(self, history: History, at: float) -> int:
        return history.total - self._before

    def _due(self, at: float) -> float:
        """Requests that have become due since the last refusal."""
        return self.cap / self.per * (at - self._refused_at)

    def free_at(self, history: History, share: float = 1.0) -> float:
        if not self.cap:
            return inf
        count = self.count(history, 0)
        over = self._over * max(1.0, self._over * count)  # it would have been refused by now
        rate = share * (1 + over) * self.cap / self.per
        return self._refused_at + (count + history.under_way + 1) / rate

    def foresees(self, history: History, at: float) -> bool:
        return self.count(history, at) + 1 - self._due(at) > SOON

    def _room(self, history: History, at: float) -> float:
        used = self.count(history, at) + history.under_way
        return (1 + self._over) * self._due(at) - used

    def opened(self, history: History, at: float) -> None:
        if self.cap:
            self.score -= SURPRISE * min(1.0, max(0.0, -self._room(history, at) / 2))

    def refused(self, history: History, at: float, *, by_test: bool) -> None:
        if not self.cap:
            self.score -= UNKNOWN
        if self._refused_at > -inf:
            self._measure(history, at)
        self._refused_at, self._before = at, history.total

    def _measure(self, history: History, at: float) -> None:
        count = self.count(history, at)
        if self.cap:
            due = self._due(at)
            off = max(due - 1 - count, count - due, 0.0)
            self.score -= SURPRISE * min(1.0, off / max(LEAST_OFF, OFF * max(count, due)))
            is_soon = (count + 1) * self._over < SOON
            self.score -= is_soon * TOO_MUCH * self._over
            over = self._over * (MORE if is_soon else LESS)
            self._over = min(MOST_OVER, max(LEAST_OVER, over))
        self._let_in = KEPT * self._let_in + max(count, 0.5)
        self._seconds = KEPT * self._seconds + at - self._refused_at
        self.cap: float = self.per * self._let_in / max(self._seconds, 1e-3)

    def still_refused(self, history: History, at: float) -> None:
        if not self.cap:
            self.score -= UNKNOWN
        elif (room := self._room(history, at)) >= 1:
            self.score -= IN_SPITE * min(1.0, max(LEAST_IN_SPITE, room / 3))


def hypotheses() -> list[SlidingWindow]:
    """All that is thought possible, with the priors."""
    frequency = dict(USUAL)
    per = SHORTEST
    while per < LONGEST:
        if all(abs(per / usual - 1) > 0.04 for usual in USUAL):
            frequency[per] = UNUSUAL
        per *= STEP
    total = sum(often / per**TILT for per, often in frequency.items())
    found: list[SlidingWindow] = [SteadyRate(STEADY)]
    for per, often in frequency.items():
        prior = often / per**TILT / total
        found += [SlidingWindow(per, (1 - FIXED) * prior), FixedWindow(per, FIXED * prior)]
    return found
