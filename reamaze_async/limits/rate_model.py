"""A limit that flows back evenly, or that is barely reached: an even pace.

The theory. When a bucket that is refilled at a steady rate was found empty twice, what it let in
between the two refusals is what flowed in, give or take one: the rate is count over time, and the
longer between two refusals the better it is known. The same holds of a window of any kind, give or
take a window's worth. So it is refusals that measure the rate, and where none comes by itself a
*test* makes one: a request more than the pace allows, and more of them while they are let in.

The pace is kept from the last refusal on, since the bucket was empty then: the k-th request may
begin k / rate seconds after it. What a wait was too long is so made up for, up to `CREDIT`.
"""

from collections import deque
from math import inf
from typing import NamedTuple

from .server_timing import Traffic
from .throttle import Permit

MEMORY = 64.0
"""Requests that the rate is measured over; older ones fade."""
CREDIT = 8
"""Requests that may be made up for at once."""
REFUSAL = 0.3
"""What a refusal counts for, in requests: from 0 to 1 by theory, since the bucket was empty to
within one. With 0, another client's requests slow ours down ever more; with 1 it is too fast."""
FIRST_TEST, LAST_TEST, DENSEST_TEST = 16, 128, 8
"""Requests from a refusal to the next test: doubled while tests find nothing, else halved."""
SOON = 3
"""Requests to the next test where the rate was halved within one pause."""
SLOWER = 0.75
"""At so small a part of the rate over three refusals, what is older counts but half."""
ENOUGH = 300
"""Requests, and seconds, of a test that finds no end: there is no limit any more."""
LONGEST_ASK = 30.0
SLOWEST = 1 / 600


class Spell(NamedTuple):
    """What was seen of a limit that had better be taken for a window after all."""

    let_in: int
    began: float
    last_refused: float


class Rate:
    """Requests per second, as measured between refusals.

    Args:
        guess: what to begin with.
        at: when a request was refused last.
    """

    def __init__(self, guess: float, at: float) -> None:
        self.value: float = max(guess, SLOWEST)
        self.count: int = 0
        self._seen, self._time = 1.0, 1.0 / self.value
        self._refusals = deque([(at, 0)], maxlen=4)
        self._total = 0

    def let_in(self) -> None:
        """Count a request since the last refusal."""
        self.count += 1
        self._total += 1

    def idle(self, seconds: float) -> None:
        """Leave out a time in which nobody asked: it says nothing of what would be let in."""
        last, total = self._refusals[-1]
        self._refusals[-1] = (last + seconds, total)

    def refused(self, at: float) -> float:
        """Measure anew; the rate since the last refusal alone."""
        since = max(at - self._refusals[-1][0], 1e-3)
        alone, self.count = self.count / since, 0
        self._refusals.append((at, self._total))
        first, before = self._refusals[0]
        lately, span = self._total - before, at - first
        if len(self._refusals) == 4 and lately + 1 < SLOWER * self.value * span:
            self._seen, self._time = self._seen / 2, self._time / 2
        self._seen += alone * since + REFUSAL
        self._time += since
        if self._seen > MEMORY:
            self._seen, self._time = MEMORY, self._time * MEMORY / self._seen
        self.value = max(self._seen / self._time, SLOWEST)
        return alone


class Flow:
    """An even pace, at the rate at which the server was seen to let requests in.

    Args:
        traffic: what is seen of requests.
        rate: a first guess, requests per second.
        at: when a request was refused last.
    """

    def __init__(self, traffic: Traffic, rate: float, at: float) -> None:
        self._traffic = traffic
        self._rate = Rate(rate, at)
        self._anchor, self._sent = at, 0
        self._is_settling = True
        self._extra: int | None = None
        self._tested, self._width = at, 0
        self._since_test, self._next_test = 0, FIRST_TEST
        self._opened = self._closed = self._asked = at
        self._spell = self._last_spell = 0
        self._rate_closed = self.rate
        self._wait = self._first_ask()

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self._rate.value

    # How fast

    def delay(self, now: float) -> float:
        """Seconds until the pace, or a test, lets a request begin."""
        under_way = self._traffic.under_way
        if self._is_settling and under_way > self._rate.count:
            return inf
        if self._extra is None:
            is_test = self._since_test >= self._next_test
        else:
            is_test = under_way <= self._width + self._extra // 16
        return 0.0 if is_test else max(0.0, self._due(now) - now)

    def _due(self, now: float) -> float:
        earliest = now - CREDIT / self.rate
        due = self._anchor + self._sent / self.rate
        if due < earliest:
            self._rate.idle(max(0.0, earliest - max(due, self._opened)))
            self._anchor, self._sent = earliest, 0
        return self._anchor + (self._sent + 1) / self.rate

    def began(self, turn: Permit, *, is_probe: bool) -> None:
        """Note a request: in its turn, or the first of a test."""
        if is_probe or self._due(turn.began) <= turn.began:
            self._sent += 1
        elif self._extra is None:
            self._extra, self._tested = 0, turn.began
            self._width = self._traffic.under_way - 1

    def let_in(self, _turn: Permit, _now: float) -> None:
        """Count an answer that isn't a 429."""
        self._rate.let_in()
        self._spell += 1
        self._since_test += 1
        if self._extra is not None:
            self._extra += 1

    def is_free(self, now: float) -> bool:
        """Whether a test has found no end."""
        return bool(self._extra and self._extra > ENOUGH and now - self._tested > ENOUGH)

    # When to ask again

    @property
    def next_ask(self) -> float:
        """When to ask first, by the guess that it began with."""
        return self._closed + self._wait

    def refused(self, turn: Permit, _now: float) -> float:
        """Measure anew; the time at which to ask again."""
        at = turn.began
        before, alone = self.rate, self._empty(at)
        if self._extra is not None:
            self._judge_test(self._extra, alone, before)
        self._last_spell, self._spell, self._closed = self._spell, 0, at
        self._extra, self._since_test, self._is_settling = None, 0, False
        self._rate_closed = self.rate
        self._wait = self._first_ask()
        return at + self._wait

    def _empty(self, at: float) -> float:
        """Measure, and keep the pace from now on; the rate since the last refusal alone."""
        self._anchor, self._sent = at, 0
        return self._rate.refused(at)

    def _judge_test(self, found: int, alone: float, before: float) -> None:
        # A rate from so few requests is known to within one, and a window that was just begun
        # lets in more than its share.
        if found >= 2 and alone > (1 + 2 / max(self._spell, 1)) * before:
            self._rate.value = max(self.rate, alone)
            self._next_test = max(self._next_test // 2, DENSEST_TEST)
        else:
            self._next_test = min(self._next_test * 2, LAST_TEST)

    def still_refused(self, turn: Permit, _now: float) -> float:
        """The probe came too early: it found the bucket empty, which is a measure too."""
        self._empty(turn.began)
        self._asked = turn.began
        self._wait = min(1.7 * self._wait, max(LONGEST_ASK, 1.2 / self.rate))
        return turn.began + self._wait

    def _first_ask(self) -> float:
        return max(1.2 / self.rate, 1.5 * self._traffic.latency)

    def opened(self, turn: Permit, now: float) -> Spell | None:
        """Go on; or, after a wait much longer than the spell before it, tell what was seen."""
        wait, spell = turn.began - self._closed, self._closed - self._opened
        began, self._opened = self._opened, now
        if self.rate < self._rate_closed / 2:
            # So many probes came too early that the rate may be far too low by now.
            self._next_test = SOON
        is_long = wait > max(2 * spell, 10 / self._rate_closed)
        if is_long and self._last_spell >= FIRST_TEST:
            return Spell(self._last_spell, began, self._asked)
        return None
