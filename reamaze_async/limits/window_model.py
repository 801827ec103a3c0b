"""A limit that comes back at once: so many requests, then none until a reset.

The theory. What a server that counts in windows has let in, it lets in again a period later, be
its windows fixed or sliding, aligned to a clock or not: a log of `allowance` requests in any
`period` breaks no rule that was kept before. So two numbers are learned. The allowance is counted
from one refusal to the next, what is sent is exactly that, and then all rest until the reset. The
period is `Period`'s part.

At the end of every second window one more than the allowance is sent, alone: a test. Refused, it
has cost one 429 and confirmed the count. Let in, it is followed by more, two and four at a time, to
the next refusal: so a limit that was raised is found within some windows. They are further apart
where windows are small, since tests cost more there, and the longer they find nothing. A probe that
came too early has said as much as a test.
"""

from collections import deque
from math import inf

from .server_timing import Traffic
from .throttle import Permit
from .window_length import Ask, Period

MEMORY = 600.0
"""Seconds for which requests are remembered while no period is known."""
LONGEST_LOG = 20_000
BETWEEN_TESTS = 1.9
LEAST_BETWEEN_TESTS, MOST_BETWEEN_TESTS = 50.0, 200.0
"""Windows from one test for a higher limit to the next: two, give or take what a count is wrong by;
and bounds in requests."""
IN_VAIN = 2
"""After so many tests that have found nothing, they are a window further apart: over a long job
they get few, and what a raised limit loses by it stays a small part of the time that has passed."""
LONG_TEST = 0.3
"""Of a period: a test that goes on for longer may have passed a reset. Then the next is a whole
period away."""
LONGEST_STUB = 600.0
"""Seconds between asks after a window refused long before its end."""
LONG_REST = 20
"""Latencies: after a longer rest the first goes alone, since its round trip costs little then."""


class Windows:
    """So many requests in a window, none after them until the reset.

    Attributes:
        allowance: what a window holds; None while nothing is known, then nothing is held back.
        period: how long a window is.
        spent_at: when the last window was used up.
    """

    def __init__(self, traffic: Traffic, allowance: int | None = None) -> None:
        self.allowance = allowance
        self.period: Period = Period()
        self.spent_at: float = 0.0
        self._traffic = traffic
        self._arrivals: deque[float] = deque()
        self._start: float | None = None
        self._count = self._total = self._since_open = 0
        self._origin = 0.0
        self._is_rest = self._is_cut = False
        self._is_sure = False
        self._weak = 0
        self._extra: int | None = None
        self._was_test = False
        self._since_test = 0.0
        self._more: int | None = None
        self._is_leftover = False
        self._vain_tests = 0
        self._stubs: list[tuple[float, int]] = []
        self._stub_wait = 0.0

    # How fast

    def delay(self, now: float) -> float:
        """Seconds until the allowance, or a test for a higher one, lets a request begin."""
        if self.allowance is None:
            return 0.0
        over = self._over(now)
        under_way = self._traffic.under_way
        if over < 0:
            # Until the period is proven, twice as many at a time as were let in.
            return 0.0 if self.period.is_proven or under_way <= self._since_open else inf
        if self._extra is not None:
            # A first count that proves wrong says nothing, so its test gains speed at once.
            slowness = 1 if self._is_leftover else 4
            return 0.0 if under_way <= self._extra // slowness else inf
        if under_way == 0 and self._is_test_due():
            return 0.0
        if over < len(self._arrivals) and self.period.good:
            return max(0.0, self._arrivals[over] + self.period.good - now)
        return inf

    def _over(self, now: float) -> int:
        """Requests of this moment's window, less those that it allows."""
        self._forget(now)
        return self._traffic.under_way + len(self._arrivals) - (self.allowance or 0)

    def _forget(self, now: float) -> None:
        past = now - (self.period.good or MEMORY)
        while self._arrivals and self._arrivals[0] <= past:
            self._arrivals.popleft()

    def _is_test_due(self) -> bool:
        is_spent = self._count >= (self.allowance or 0)
        return is_spent and self._since_test >= self._between_tests()

    def _between_tests(self) -> float:
        allowance = self.allowance or 0
        least = min(max(LEAST_BETWEEN_TESTS, BETWEEN_TESTS * allowance), MOST_BETWEEN_TESTS)
        return least + self._vain_tests // IN_VAIN * allowance

    def began(self, turn: Permit, *, is_probe: bool) -> None:
        """Note a request; one more than the allowance is a test."""
        if is_probe or self.allowance is None or self._extra is not None:
            return
        if self._is_test_due() and self._over(turn.began) > 0:
            self._extra, self._since_test = 0, 0.0
            if self._arrivals and not self._is_leftover:
                # Short windows follow each other without a probe: this one began since.
                self._start = max(self._start or 0.0, self._arrivals[0])
                self._count = min(self._count, len(self._arrivals))

    def let_in(self, turn: Permit, now: float) -> None:
        """Count an answer that isn't a 429: it reached the server about halfway."""
        arrival = (turn.began + now) / 2
        self._arrivals.append(arrival)
        if len(self._arrivals) > LONGEST_LOG or arrival - self._arrivals[0] > 1.1 * MEMORY:
            self._forget(now)
            if len(self._arrivals) > LONGEST_LOG:
                self._arrivals.popleft()
        self._start = arrival if self._start is None else self._start
        self._count += 1
        self._total += 1
        self._since_open += 1
        self._since_test += 1
        if self.allowance and self._count >= self.allowance / 2 and not self._stubs:
            self._is_sure = True
        if self._extra is not None:
            self._extra += 1
            self._end_test(arrival)

    def _end_test(self, arrival: float) -> None:
        """A test that lasted into the next window says nothing, or that the limit is far off.

        Only the first one of all goes on: it asks what the count is, and it widens as it goes.
        """
        good, start = self.period.good, self._start or arrival
        if self._is_leftover or not good or arrival <= start + good:
            return
        self._extra = None
        if self._count > 1.25 * (self.allowance or 0):
            self._counted(self._count)
        self._start, self._count, self._is_cut = arrival, 1, True

    # When to rest, and until when

    def rest(self, now: float) -> float | None:
        """Until when to rest, if the window has just been used up."""
        if self.allowance is None or self._traffic.under_way or self._extra is not None:
            return None
        over = self._over(now)
        good = self.period.good
        if over < 0 or self._is_test_due():
            return None
        if good and self._arrivals[over] + good - now < good / 4:
            return None
        self._spend(now)
        is_short = good and self._origin + good - now < LONG_REST * self._traffic.latency
        if is_short and self.period.is_proven and not self.period.early(self._origin):
            return None
        self._is_rest = True
        return self._next_ask(now)

    def _spend(self, at: float) -> None:
        self.spent_at = self._origin = at
        if self._arrivals and self._start is not None:
            self._origin = max(self._arrivals[0], self._start)

    def _next_ask(self, now: float) -> float:
        return self.period.next_ask(self._origin, self.spent_at, now, self._traffic)

    def refused(self, turn: Permit, now: float) -> float:
        """Close the window; the time at which to ask again."""
        found, self._extra = self._extra, None
        self._was_test = found is not None
        self._vain_tests = self._vain_tests + 1 if found == 0 else 0
        self._forget(turn.began)
        self._spend(turn.began)
        is_long = self.spent_at - self._origin > LONG_TEST * (self.period.good or 0)
        if found and found > (self.allowance or 0) / 8 and is_long:
            self._origin = self.spent_at
        # A window begun too early by luck says nothing about the allowance.
        is_short = self._since_open + self._traffic.under_way < 0.8 * (self.allowance or 0)
        self._is_rest = not self._was_test and is_short and self.period.doubt()
        if not self._was_test and self.allowance and self._since_open < self.allowance / 2:
            self._stubs.append((turn.began, self._total))
            self._stub_wait = 0.4
            return self._ask_stub(now)
        self._stubs.clear()
        return self._next_ask(now)

    def _ask_stub(self, now: float) -> float:
        self._stub_wait = min(LONGEST_STUB, 2.5 * self._stub_wait)
        good = self.period.good
        if good and self._is_sure and self._stub_wait > 3 and now < self._origin + good:
            self.period.ask = Ask.RESET
            return self._origin + good
        self.period.ask = Ask.STUB
        return now + self._stub_wait

    def even_rate(self) -> float | None:
        """After three windows in a row that weren't: requests per second, at an even pace."""
        if len(self._stubs) < 3:
            return None
        (first, before), (last, after) = self._stubs[-3], self._stubs[-1]
        return max(1, after - before) / max(last - first, 1e-3)

    def still_refused(self, turn: Permit, now: float) -> float:
        """The probe came too early; the time at which to ask again."""
        if self.period.ask is Ask.STUB:
            return self._ask_stub(now)
        self.period.refused(turn.began - self._origin)
        if self._more is None and self._count >= (self.allowance or inf):
            self._since_test = 0.0
        return self._next_ask(now)

    def told(self) -> None:
        """Note that the server has named the moment at which to ask again."""
        if self.period.ask is not Ask.STUB:
            self.period.told()

    def opened(self, turn: Permit, now: float) -> float | None:
        """Begin a new window; or tell the rate, if an even pace is better than windows."""
        gap = (turn.began + now) / 2 - self._origin
        since, self._since_open = self._since_open, 0
        count = max(1, min(len(self._arrivals), self._count))
        if self._is_same_window(gap, since):
            if self._was_test:
                self._counted(count)
            return None
        spell = self.spent_at - self._origin
        if not (self._is_rest or self._is_cut):
            if self._is_even(count, spell, turn.began - self.spent_at):
                arrival = self._origin + gap
                return max(1, self._count) / (arrival - (self._start or self._origin))
            self._counted(count)
        self.period.worked(gap, spell)
        self._count, self._start, self._is_cut = 0, None, False
        return None

    def _is_same_window(self, gap: float, since: int) -> bool:
        """Whether what opened was no reset, but something that had come free in between."""
        good = self.period.good
        if self.period.ask is Ask.TOLD:
            return bool(self._is_sure and good and gap < min(0.9 * good, self.period.bad))
        if self.period.ask is not Ask.STUB:
            return False
        if since < (self.allowance or 0) / 2:
            return True
        self._stubs.pop()
        self.period.ask = Ask.RESET if good and gap >= 0.95 * good else Ask.CLIMB
        return False

    def _is_even(self, count: int, spell: float, wait: float) -> bool:
        """Whether the limit bites so little, or lets in so few, that an even pace is better.

        The first pause says nothing of it: the window may have been nearly over, or used up by
        others, when we came.
        """
        is_fair = not self._was_test and self.period.ask is not Ask.EARLY
        is_weak = is_fair and spell > 0.6 * wait
        self._weak = self._weak + 1 if is_weak else 0
        if self.allowance is None:
            return self._weak > 1
        return count <= 2 or self._weak > 1

    def _counted(self, count: int) -> None:
        """Take the count for the allowance: a much higher one only when it is seen twice.

        Once may be two windows that were taken for one. The first count of all may be what others
        had left over: it is tested in the very next window, and whatever comes is believed.
        """
        is_first = self.allowance is None
        believed = 1.25 * max(self.allowance or 0, self._more or 0)
        if is_first or self._is_leftover or count <= believed:
            self.allowance, self._more = count, None
        else:
            self._more, self._since_test = count, inf
        self._is_leftover = is_first
        if is_first:
            self._since_test = inf
