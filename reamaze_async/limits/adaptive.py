"""A pace for a limit that nobody knows, learned from what the server answers.

What is documented is that there is a limit, per minute and token. Its number, whether its windows
are fixed or slide, where they begin, whether a 429 says when to come back: none of that is. So
nothing of it is assumed, and little is needed. The rules:

1. Full speed until the first 429. A limit that isn't there costs nothing.
2. A 429 closes one gate for everybody (`pace.Gate`). What was under way comes back refused too, so
   the first refusal costs up to as many 429s as there were requests in flight, and no later one
   does: the gate opens for one probe.
3. The server's `Retry-After` is waited for exactly. Without it the probes are sent when a reset is
   likely: at the lengths that windows have, and once at the server's next minute (`Date`), the
   likeliest of all for a limit per minute; never because windows *must* be aligned. They are
   sent one at a time, from step to step of a ladder whose steps double at most: a wave that was
   refused is followed by a handful of single 429s, once, until the length is known.
4. What comes after the pause tells which kind of limit it is.

   * As much is let in again as before: windows (`windows`). Send what one holds, rest until the
     next, ask now and then whether it holds more or comes back earlier.
   * A few requests and then a refusal, three times: it flows back evenly, a bucket or a weighted
     counter (`flow`). Keep an even pace at the rate measured between refusals.
   * The pause was short against the time before it: the limit is barely reached. An even pace
     fits any kind of limit then, and needs no knowledge of its windows.

5. What proves wrong is dropped: a window refused before its end lowers the allowance, or sends the
   period back to what it was; a pace that leads to a long pause is taken for windows again. But a
   far longer pause after a length seen often belongs to a second limit, and changes nothing.

Two kinds of model only, since they are the two ways in which a limit can come back, at once and
bit by bit. Another client on the same token makes either noisy, and neither relies on one
observation where two can be had: a much higher allowance is believed when seen twice, a slower
rate after two refusals in a row that came too early.

What was tried and given up (`benchmarks/bench_limiter.py` compares): one model of windows for all
(several times too slow before buckets); a rate that is cut and grows again, as TCP's and
botocore's (either 429s all the time or too slow for windows of a minute); windows aligned to the
server's clock (wrong for most); asking after 1, 2, 4 ... seconds in each pause (right, and six 429s
a minute); an even pace for windows of a second or two (no faster, and twice as many 429s); no more
probes than what a refused wave had left of a row of eight (several times too slow where windows
have a length that few would choose); the `Date` of every answer instead of the 429s' alone (no
difference).
"""

from .gate import Gate, GateEvent, wait_after
from .rate_model import Flow
from .server_timing import Traffic
from .throttle import TOO_MANY_REQUESTS, Outcome, Permit
from .window_length import Period
from .window_model import Windows


class Adaptive:
    """Full speed until a 429, then as much as the server was seen to let in. See above."""

    def __init__(self) -> None:
        self._gate = Gate()
        self._traffic = Traffic()
        self._model: Windows | Flow = Windows(self._traffic)
        self._refusals = 0

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed the gate."""
        return self._gate.is_closed and self._refusals > 0

    @property
    def is_closed(self) -> bool:
        """Whether the gate is closed, by a 429 or for a rest until the next window."""
        return self._gate.is_closed

    def delay(self, now: float) -> float:
        """Wait for the gate, and for what the model allows."""
        return self._gate.delay(now) if self._gate.is_closed else self._model.delay(now)

    def began(self, turn: Permit) -> None:
        """Note a request."""
        self._traffic.under_way += 1
        self._model.began(turn, is_probe=self._gate.is_closed)
        self._gate.began(turn)

    def ended(self, turn: Permit, now: float, outcome: Outcome) -> bool:
        """Learn from an answer."""
        self._traffic.under_way -= 1
        if outcome.date is not None:
            self._traffic.heard(outcome.date, turn.began, now)
        news = self._gate.ended(turn, now, outcome)
        if outcome.status == TOO_MANY_REQUESTS:
            if news is not GateEvent.NONE:
                self._close(turn, now, outcome, news)
            return news is not GateEvent.NONE
        if outcome.status is not None:
            self._let_in(turn, now, news)
        return self._rest(now) or news is not GateEvent.NONE

    def learned(self) -> tuple[int, float] | None:
        """What a window holds and how long it is, or an even pace as requests per minute."""
        model = self._model
        if isinstance(model, Flow):
            return max(1, round(60 * model.rate)), 60.0
        if model.allowance is None or model.period.known is None:
            return None
        return model.allowance, model.period.known

    def _close(self, turn: Permit, now: float, outcome: Outcome, news: GateEvent) -> None:
        if news is GateEvent.STILL_REFUSED:
            due = self._model.still_refused(turn, now)
        else:
            due = self._model.refused(turn, now)
            if isinstance(self._model, Windows) and (rate := self._model.even_rate()):
                self._model = Flow(self._traffic, rate, turn.began)
                due = self._model.next_ask
        self._refusals += 1
        if outcome.retry_after is not None:
            due = now + wait_after(self._refusals, outcome.retry_after)
            if isinstance(self._model, Windows):
                self._model.told()
        self._gate.close(due)

    def _let_in(self, turn: Permit, now: float, news: GateEvent) -> None:
        self._traffic.let_in(turn.began, now)
        if news is GateEvent.OPENED:
            self._refusals = 0
            self._model = self._reopened(turn, now)
        self._model.let_in(turn, now)
        if isinstance(self._model, Flow) and self._model.is_free(now):
            self._model = Windows(self._traffic)

    def _rest(self, now: float) -> bool:
        """Close the gate until the next window, if this one is used up."""
        if self._gate.is_closed or isinstance(self._model, Flow):
            return False
        due = self._model.rest(now)
        if due is not None:
            self._gate.close(due)
        return due is not None

    def _reopened(self, turn: Permit, now: float) -> Windows | Flow:
        """Go on with the model, or with the other one where that explains better what was seen."""
        model = self._model
        if isinstance(model, Windows):
            rate = model.opened(turn, now)
            return Flow(self._traffic, rate, model.spent_at) if rate else model
        spell = model.opened(turn, now)
        if spell is None:
            return model
        windows = Windows(self._traffic, spell.let_in)
        good, bad = (turn.began + now) / 2 - spell.began, spell.last_refused - spell.began
        windows.period = Period(good, max(0.0, bad))
        return windows
