"""The ways in which a server may count requests, and what each answer says of each of them.

A hypothesis is a limit: `cap` requests in `per` seconds. The length is given. The cap is learned:
the hypothesis counts as its server would, and takes for the cap what it counted at a refusal, the
lower of the last two counts. What it didn't foresee costs it weight; costs are in logarithms:

* A first refusal at another count than its cap. How far off is too far depends on how many were let
  in since the opening, or on the root of the count, but not on the cap: at a steady pace every long
  window holds about the same number at any time, so it would seem to foresee any refusal.
* A probe that is refused although the hypothesis saw room, or let in although it saw none.

For each length that people choose, and for steps between, there is a sliding window, which counts
the last seconds, and a fixed one, which counts from its own reset: where two limits hold, so many a
second and so many a minute, an opening may be the reset of one and not of the other. And there is
one steady rate, as of a token bucket. `Windows` weighs hundreds of windows in one go, in lists side
by side: an object for each would take about three times as long.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Mapping
from math import inf, log, sqrt

from .throttle import part_of

_SECONDS = {1.0: 3.0, 2.0: 1.0, 5.0: 1.0, 10.0: 3.0, 15.0: 1.0, 20.0: 0.5, 30.0: 2.0, 45.0: 0.3}
_MINUTES = {1: 8.0, 1.5: 0.5, 2: 1.0, 3: 0.5, 5: 2.0, 10: 1.0, 15: 1.0, 30: 0.5, 60: 2.0}
USUAL: dict[float, float] = _SECONDS | {60 * minutes: often for minutes, often in _MINUTES.items()}
"""Lengths in seconds that people give to windows, and how often, against each other."""
UNUSUAL = 0.3
"""The same for each length between them."""
SHORTEST, STEP, STEPS = 0.5, 1.09, 103
"""The shortest length in seconds, the factor from one to the next, and how many there are."""
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
LUCKY = 0.6
"""Cost of an opening within a window of unknown start, times the logarithm of the window's length
over the time since it was used up."""
EARLY = 0.5
"""Part of a window, from its start, in which an opening isn't its reset."""
UNSEEN, UNKNOWN = 0.3, 0.5
"""What it costs not to know yet: a refused probe, for a window that has held nothing; each refusal,
for a steady rate that has not been measured."""

WAY = 0.4
"""Part of the latency that is waited beyond the end of a window, since ways to a server differ."""
KEPT = 6
"""Refusals back over which a steady rate is measured."""
UNSURE, MOST_OVER = 0.3, 1.0
"""Part by which a steady rate is exceeded, to find out whether it has risen: at least, over the
number of requests that it was measured by; at most."""
SOON = 0.5
"""A refusal before the excess adds up to so much of a request is hardly due to it."""
MORE, LESS = 5.0, 0.7
"""Factors of the excess: after such a refusal, since others must have taken the rest; else."""
OFF, LEAST_OFF = 0.35, 2.0
"""A full surprise for a steady rate: its count is off by this share of it, and so many requests."""
MEMORY = 100_000
"""Requests that are remembered at most."""


def frequencies() -> dict[float, float]:
    """The lengths of windows that are thought possible, and how often they are chosen."""
    between = [SHORTEST * STEP**number for number in range(STEPS)]
    far = [per for per in between if all(abs(per / usual - 1) > 0.04 for usual in USUAL)]
    return USUAL | dict.fromkeys(far, UNUSUAL)


class History:
    """What was seen of requests, whatever is believed.

    Attributes:
        sent: when each request that was let in was sent; in order. The server counts from arrival
            to arrival, but the ways to it are about equally long.
        total: how many that were, the forgotten ones too.
        under_way: requests that have begun and not ended.
        let_in: requests let in since the last opening.
        latency: seconds from sending to answer, smoothed over about ten answers.
        spent_at: when the last window was used up.
    """

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.total: int = 0
        self.under_way: int = 0
        self.let_in: int = 0
        self.latency: float = 0.25
        self.spent_at: float = -inf

    def note(self, at: float) -> None:
        """Note that a request was let in. What no window holds any more is forgotten."""
        insort(self.sent, at)
        self.total += 1
        if len(self.sent) > MEMORY:
            del self.sent[: MEMORY // 2]


class Windows:
    """At most so many requests in so many seconds: sliding windows, and then as many fixed ones.

    Args:
        history: what was seen.
        chosen: the lengths in seconds, and how often people choose each.

    Attributes:
        pers: of each window the length in seconds.
        priors: how likely each was before anything was seen.
        caps: requests that it holds; 0 while nothing is known.
        resets: when a window of it began; ``-inf``: unknown, or it slides.
    """

    def __init__(self, history: History, chosen: Mapping[float, float]) -> None:
        self._history = history
        often = {per: many / per**TILT for per, many in chosen.items()}
        total = sum(often.values())
        parts = 1 - FIXED, FIXED
        self.pers: list[float] = [*often, *often]
        self.priors = [part * many / total for part in parts for many in often.values()]
        self.caps = [0] * len(self.pers)
        self._last_counts = self.caps
        self.resets = [-inf] * len(self.pers)
        self._first_fixed = len(often)

    def counts(self, at: float) -> list[int]:
        """How many count against a request that is sent at `at`, in each window."""
        windows = zip(self.pers, self.resets, strict=True)
        starts = [at - (per if reset == -inf else (at - reset) % per) for per, reset in windows]
        sent = self._history.sent
        return [len(sent) - bisect_left(sent, start) for start in starts]

    def free_at(self, places: Iterable[int], share: float = 1.0) -> list[float]:
        """When one more fits into this share of each of these windows, as things stand.

        Returns:
            The moments, also past ones; ``inf`` while that hangs on requests under way.
        """
        sent, caps, pers, resets = self._history.sent, self.caps, self.pers, self.resets
        seen, way = len(sent), WAY * self._history.latency
        used = seen + self._history.under_way
        moments = []
        for place in places:
            cap, per = caps[place], pers[place]
            oldest = used - (cap if share == 1.0 else part_of(cap, share))
            if oldest < 0 or not cap:
                moments.append(-inf)
            elif oldest >= seen:
                moments.append(inf)
            else:
                last, reset = sent[oldest], resets[place]
                moments.append(last + per + way - (0 if reset == -inf else (last - reset) % per))
        return moments

    def opened(self, at: float, *, after_refusal: bool) -> list[float]:
        """What it costs each window that a probe was let in.

        A fixed window that saw no room has been reset, unless it has only just begun: then another
        limit was open.

        Args:
            at: when it was sent.
            after_refusal: whether others were refused before it, so that all windows were full.
        """
        since = max(at - self._history.spent_at, 0.1)
        costs = [0.0] * len(self.pers)
        for place, moment in enumerate(self.free_at(range(len(self.pers)))):
            per, is_fixed, was_full = self.pers[place], place >= self._first_fixed, moment > at
            if was_full and is_fixed and self.resets[place] == -inf:
                costs[place] = min(SURPRISE, LUCKY * log(max(1.0, per / since)))
            elif was_full:
                costs[place] = SURPRISE * min(1.0, (moment - at) / per)
            if is_fixed and (was_full or after_refusal) and at - self.resets[place] > EARLY * per:
                self.resets[place] = at
        return costs

    def refused(self, at: float, *, by_test: bool) -> list[float]:
        """What the first refusal after an opening costs each; its count is taken for the cap.

        A count that a test for more has reached is believed whole; any other may be low because
        somebody else took part of the window, or high because it held a reset.
        """
        counts, caps = self.counts(at), self.caps
        costs, let_in = [0.0] * len(counts), self._history.let_in
        for place, (count, cap) in enumerate(zip(counts, caps, strict=True)):
            if cap and count != cap:
                most = max(count, cap)
                scale = max(TOLERANCE * sqrt(most), min(most, let_in))
                costs[place] = SURPRISE * min(1.0, abs(count - cap) / scale)
        # A count of 0 tells of no cap, but that others have used the window up.
        counts = [count or min(1, cap) for count, cap in zip(counts, caps, strict=True)]
        lasts = counts if by_test else self._last_counts
        self.caps = [min(count, last or count) for count, last in zip(counts, lasts, strict=True)]
        self._last_counts = counts
        return costs

    def still_refused(self, at: float) -> list[float]:
        """What it costs each that a probe was refused."""
        costs = [0.0 if cap else UNSEEN for cap in self.caps]
        for place, count in enumerate(self.counts(at)):
            if count < self.caps[place]:
                costs[place] = IN_SPITE * max(LEAST_IN_SPITE, 1 - count / self.caps[place])
        return costs


class SteadyRate:
    """`cap` requests in `per` seconds, refilled evenly: a token bucket, a weighted counter.

    The rate is measured from one refusal to the next, when the bucket is empty. It is exceeded a
    little, the more the fewer requests have measured it, else nobody would learn that it is higher:
    by more and more while that is let in, and where refusals come too soon to be our own doing,
    since others take what we leave.

    Attributes:
        per: 60 seconds.
        cap: requests in `per` seconds; 0.0 while nothing is known.
    """

    per = 60.0

    def __init__(self, history: History) -> None:
        self._history = history
        self.cap = 0.0
        self._refused: deque[tuple[float, int]] = deque(maxlen=KEPT)
        self._over = 0.0

    def free_at(self, share: float = 1.0) -> float:
        """When one more is due, of this share of the rate; ``inf`` while nothing is known."""
        if not self.cap:
            return inf
        last, before = self._refused[-1]
        count = self._history.total - before
        over = self._over * max(1.0, self._over * count)  # it would have been refused by now
        rate = share * (1 + over) * self.cap / self.per
        return last + (count + self._history.under_way + 1) / rate

    def refused(self, at: float) -> float:
        """What the first refusal after an opening costs; the rate is measured."""
        cost = UNKNOWN if not self.cap else self._surprise(at)
        if self._refused:
            first, before = self._refused[0]
            count = self._history.total - before
            self.cap = self.per * count / max(at - first, 1e-3)
            self._over = min(MOST_OVER, max(UNSURE / max(1, count), self._over))
        self._refused.append((at, self._history.total))
        return cost

    def _surprise(self, at: float) -> float:
        """What it costs; the excess follows."""
        last, before = self._refused[-1]
        count, due = self._history.total - before, self.cap / self.per * (at - last)
        off = max(due - 1 - count, count - due, 0.0)
        is_soon = (count + 1) * self._over < SOON
        self._over *= MORE if is_soon else LESS
        return SURPRISE * min(1.0, off / max(LEAST_OFF, OFF * max(count, due)))

    def still_refused(self, at: float) -> float:
        """What it costs that a probe was refused."""
        return IN_SPITE * (self.free_at() <= at) if self.cap else UNKNOWN
