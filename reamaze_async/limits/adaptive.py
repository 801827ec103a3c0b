"""A throttle for a limit that nobody knows: it learns the limit from the server's answers.

The API documents that there is a limit per minute and token. It doesn't say how many requests that
is, whether windows are fixed or sliding, or where they begin, and a 429 may not say when to come
back. So all limits that are in common use are kept in mind at once, as hypotheses (`hypotheses`),
each with a weight that grows and shrinks with the evidence (`posterior`). One more hypothesis is
chance: that refusals don't depend on our requests at all.

**The rule.** A hypothesis sees room while one more request would fit into its limit. A request
begins as soon as hypotheses with enough of the weight see room for it. Enough is:

* a quarter for a probe, the single request that tries a closed gate: it risks one 429;
* two fifths to go on while the gate is open;
* four fifths to have more requests under way than were let in since the gate opened: a refusal
  would meet all of them.

All else follows from this rule:

* After a first 429, probes are sent at growing distances: a refused probe takes weight from the
  lengths that saw room for it, and the next one waits for a quarter of what is left.
* When a window is used up, requests rest until the next one, instead of running into a 429.
* A token bucket is met at its own even pace.
* After an idle hour, what was learned still holds: the windows are merely empty.
* Where chance has the weight, all wait a while and then go on at once, as with a shared pause.

**Bounds.** No rest is longer than two minutes, whatever is believed. Up to that, from one probe of
a pause to the next the time since the refusal grows by a fifth at least; the wait doubles while no
hypothesis has seen a limit. So a refused wave is followed by a handful of single 429s, not a row.

**Tests.** To learn that the limit has risen, one request more than is believed to fit is sent now
and then, while nothing else is under way. Refused, it has confirmed the limit for one 429, and half
a window more lies before the next test. Let in, it is followed by more, at first singly, until one
is refused: what was counted by then is the new limit. So a window is found, too, that is shorter
than believed. A limit that seems to have fallen is tested soon: others may only have taken a part.

**States.** Free: no 429 has come yet, nothing is held back. Open: requests begin by the rule.
Testing: a test is going on. Refused: a 429 has closed the gate. Resting: the throttle has closed it
by its own reckoning. From the last two a probe that is let in leads back to open; a 429 leads from
every state to refused.
"""

from math import inf
from typing import Literal

from .gate import LONGEST_WAIT, Gate, GateEvent, wait_after
from .hypotheses import History
from .posterior import AT_ONCE, WAVE, Posterior
from .throttle import TOO_MANY_REQUESTS, Outcome, Permit

PROBE, GO_ON, AT_WIDTH = 0.25, 0.4, 0.8
"""Weights that must see room: for a probe; to go on; to have more under way than were let in. From
the last on chance needs no probe."""
GROWTH = 0.22
"""Part by which the time since the refusal grows at least from one probe to the next."""
LONGEST_REST = 113.0
"""Seconds; a prime, so that probes don't fall into the same part of a window again and again."""
BY_CHANCE_PAUSE = 0.5
"""Part of a shared pause's wait that is enough where refusals come by chance."""
SHORT_REST = 12.0
"""In latencies: a rest needs no probe if four fifths of the weight see room so soon."""
LEAST_BETWEEN_TESTS = 50.0
"""Requests from one test to the next, at least."""
WINDOWS_BETWEEN_TESTS, IN_VAIN = 2.2, 0.5
"""The same in windows; and how many more for each test in vain."""
RARER = 3.0
"""Factor by which tests are further apart where only a share of the limit is to be used. Such a
test takes what is left of a window, else nobody would learn that a limit has risen."""
ROUNDING = 2.0
"""Seconds: what a server tells is in whole seconds, and so is the `Date` that a date stands for."""
SMOOTHING = 0.1
"""Weight of the newest answer in the latency."""


State = Literal["free", "open", "testing", "refused", "resting"]
"""What the throttle is doing. See the module's theory."""


class Adaptive:
    """Full speed until a 429, then what enough of the belief sees room for. See above."""

    def __init__(self) -> None:
        self._gate = Gate()
        self._history = History()
        self._posterior = Posterior(self._history)
        self._state: State = "free"
        self._refusals = 0
        """Since the last opening."""
        self._uncounted: float | None = None
        """When a refusal was sent whose count waits for what is still under way."""
        self._is_told = False
        self._in_test = 0
        self._tested_at = -inf
        """How many requests had been let in."""
        self._tests_in_vain = 0
        self._cap = 0.0
        """What was believed at the last opening."""
        self._learned: tuple[int, float] | None = None

    @property
    def is_refused(self) -> bool:
        return self._state == "refused"

    @property
    def is_closed(self) -> bool:
        return self._gate.is_closed

    def learned(self) -> tuple[int, float] | None:
        """Requests and seconds, as known at the last opening, once a whole window was seen.

        None while a test finds more than was known.
        """
        return self._learned

    # When

    def delay(self, now: float, share: float = 1.0) -> float:
        if self._gate.is_closed or self._state == "free":
            return self._gate.delay(now)
        under_way = self._history.under_way
        if self._state == "testing":
            return 0.0 if under_way <= self._in_test // 2 else inf
        if under_way == 0 and self._is_test_due(1.0 if share == 1.0 else RARER):
            return 0.0
        weight = AT_WIDTH if under_way > self._history.let_in else GO_ON
        when = self._posterior.when(weight, now, share)
        if when < inf or not under_way:
            when = min(when, self._history.sent[-1] + LONGEST_WAIT)
        return max(0.0, when - now)

    def _is_test_due(self, rarer: float = 1.0) -> bool:
        windows = WINDOWS_BETWEEN_TESTS + IN_VAIN * self._tests_in_vain
        apart = rarer * max(LEAST_BETWEEN_TESTS, windows * self._posterior.cap)
        return self._history.total >= self._tested_at + apart

    def began(self, permit: Permit) -> None:
        if self._gate.is_closed:
            self._count()
            # A wave that was refused whole speaks for a limit: a probe follows it.
            some_let_in = self._refusals < 2 and self._history.let_in > 1
            if self._posterior.by_chance > AT_WIDTH and (some_let_in or self._history.under_way):
                self._gate.reopen(permit.began)
        elif self._state == "open" and self._posterior.when(GO_ON, permit.began) > permit.began:
            self._state, self._in_test, self._tested_at = "testing", 0, self._history.total
            self._tests_in_vain += 1
        self._history.under_way += 1
        self._gate.began(permit)

    # What came of it

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> bool:
        self._history.under_way -= 1
        event = self._gate.ended(permit, now, outcome)
        if outcome.status == TOO_MANY_REQUESTS:
            self._refused(permit.began, now, outcome, event)
        elif outcome.status is not None:
            self._let_in(permit, now, event)
        elif outcome.sent:  # most likely the server has counted it
            self._history.note(permit.began)
        if self._state == "refused" and self._history.under_way == 0:
            self._count()
            self._set_probe(now)
        return self._rest(now) or event is not None

    def _let_in(self, permit: Permit, now: float, event: GateEvent | None) -> None:
        self._history.latency += SMOOTHING * (now - permit.began - self._history.latency)
        # Without a probe, where refusals come by chance, the first answer tells of the opening.
        is_first = self._refusals and permit.began >= self._gate.opened_at > self._history.spent_at
        if event is not None or is_first:
            self._opened(permit.began)
        self._history.note(permit.began)
        self._history.let_in += 1
        if self._state == "testing":
            self._in_test += 1
            self._tests_in_vain, self._learned = 0, None

    def _opened(self, at: float) -> None:
        if self._refusals and self._is_told and at - self._history.spent_at > ROUNDING:
            self._posterior.still_refused(at - ROUNDING, again=0.0)
        self._posterior.opened(at, after_refusal=self._refusals > 0)
        self._learned = self._posterior.known(at) if self._cap else None
        if self._posterior.cap < self._cap:
            self._tested_at = min(self._tested_at, self._history.total - LEAST_BETWEEN_TESTS)
        self._cap = self._posterior.cap
        self._state = "refused" if self._gate.is_closed else "open"
        self._refusals = self._in_test = self._history.let_in = 0

    def _refused(self, began: float, now: float, outcome: Outcome, event: GateEvent | None) -> None:
        posterior, retry_after = self._posterior, outcome.retry_after
        is_news = event in (GateEvent.REFUSED, GateEvent.STILL_REFUSED)  # else one more of a wave
        if not is_news:
            posterior.chance -= WAVE
            if event is None:
                return
        self._is_told, self._state = retry_after is not None, "refused"
        self._refusals += is_news
        is_chance = self._is_told and posterior.by_chance > GO_ON
        wait = wait_after(self._refusals if is_news and not is_chance else 1, retry_after)
        posterior.paused_until = now + (wait if self._is_told else BY_CHANCE_PAUSE * wait)
        if is_news and self._refusals == 1:
            posterior.chance += AT_ONCE if retry_after == 0 else 0.0
            self._history.spent_at = self._uncounted = began
        elif is_news:
            posterior.still_refused(began)
        self._gate.close(now + wait)

    def _count(self) -> None:
        """Weigh the refusal, now that what was let in before it is known."""
        if self._uncounted is not None:
            at, self._uncounted = self._uncounted, None
            self._posterior.refused(at, by_test=self._in_test > 0)

    def _set_probe(self, now: float) -> None:
        """Move the next probe to when it is due by belief, if there is one and no server's word."""
        if self._posterior.by_chance > GO_ON:
            self._gate.close(self._posterior.paused_until)
        elif self._state == "resting" or (self._posterior.cap and not self._is_told):
            step = max(GROWTH * (now - self._history.spent_at), self._history.latency)
            probe_at = max(now + step, self._posterior.when(PROBE, now))
            self._gate.close(min(probe_at, now + LONGEST_REST))

    def _rest(self, now: float) -> bool:
        """Close the gate until the next window, unless one is sure and soon, or a test is due."""
        if self._state != "open" or self._history.under_way or self._is_test_due():
            return False
        is_soon = self._posterior.when(AT_WIDTH, now) <= now + SHORT_REST * self._history.latency
        if is_soon or self._posterior.when(GO_ON, now) == now:
            return False
        self._history.spent_at = now
        self._state = "resting"
        self._set_probe(now)
        return True
