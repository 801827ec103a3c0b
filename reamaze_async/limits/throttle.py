"""When a request may begin: pure decisions, with the time passed in.

Nothing here or in what builds on it (`period`, `windows`, `flow`, `adaptive`, `lanes`) waits, reads
a clock or knows a loop; that is `limiter`'s part. A pace answers three calls:

* ``delay(now)``: seconds until a request may begin. 0.0: now. ``inf``: not before some request
  that is under way has ended; ask again then.
* ``began(turn)``: a request begins.
* ``ended(turn, now, outcome)``: it has ended, whatever way; each turn ends exactly once.

Two ideas live here. A `Log` never lets the server see more than a given number of requests in any
window of a given length. A `Gate` is what a 429 closes: for everyone, and then for all but one
probe.

The theory of the log. The server counts a request when it *arrives*, and all that is known of that
instant is that it lies between sending and answer. Count a turn as used from the sending until
``per`` seconds after the answer: then of any ``requests + 1`` requests in a row the last is sent
at least ``per`` after the first was answered, so no window of ``per`` seconds holds them all,
whatever the latency. A leaky bucket lets almost twice as many into its first window, and a log of
sendings breaks as soon as one request is slow and a later one is fast.

The theory of the gate. A 429 says that the requests already under way will mostly be refused too.
Their refusals are the same event seen again: they neither restart nor lengthen the wait. Their
successes say only that they came before the limit was reached: they do not open the gate. Only the
probe, sent when the wait is over, tells something new. A probe that dies without an answer tells
nothing, and hands its part on to the next.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from math import inf, isnan
from typing import Protocol

from reamaze_async import validation

TOO_MANY_REQUESTS = 429
LONGEST_WAIT = 3600.0
"""A server that asks for more than an hour is asked again after an hour: one request an hour harms
nobody, and a date in the next century is a mistake."""
FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 30.0
CLOCK_HAIR = 0.001
"""Clocks of event loops tick in milliseconds (uvloop) or finer."""
CLOCK_DRIFT = 1e-4
"""Two computers' seconds differ by some parts in a hundred thousand."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended, as far as a limiter cares.

    Attributes:
        status: the HTTP status; None when no answer came (connection error, time-out, cancelled).
        sent: False when the request never left, so that the server can't have counted it.
        retry_after: the server's `Retry-After` in seconds from now (dates already converted).
            May be absurd; a limiter copes.
        date: the server's `Date` header as a unix time, in whole seconds.
    """

    status: int | None
    sent: bool = True
    retry_after: float | None = None
    date: float | None = None


@dataclass(slots=True, eq=False)
class Turn:
    """A request that has begun and not ended yet.

    Attributes:
        endpoint: the family that it belongs to.
        began: when.
        pace: what let it begin, and will be told how it ended; None: a trial, outside the pace.
    """

    endpoint: str
    began: float
    pace: "Pace | None" = None


class Pace(Protocol):
    """What decides when requests begin. See the module's rules."""

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed the gate."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether the gate is closed, by a 429 or by its own reckoning."""
        ...

    def delay(self, now: float) -> float:
        """Seconds until a request may begin: 0.0 now, ``inf`` not before another one has ended."""
        ...

    def began(self, turn: Turn) -> None:
        """Note that a request begins, at the turn's time."""
        ...

    def ended(self, turn: Turn, now: float, outcome: Outcome) -> bool:
        """Note that a request has ended, and tell whether that has moved the gate."""
        ...

    def learned(self) -> tuple[int, float] | None:
        """Requests and seconds, as learned; None while nothing is known."""
        ...


class News(Enum):
    """What an answer means to a gate."""

    NONE = auto()
    REFUSED = auto()
    """The limit is reached: close the gate."""
    STILL_REFUSED = auto()
    """The probe came too early: close it again."""
    OPENED = auto()
    """The probe was let in: the gate is open."""


class Gate:
    """What a 429 closes for everyone, and one probe opens. See the theory above.

    The gate tells what is news; for how long to close it is its owner's decision.

    Attributes:
        is_closed: nobody begins but one probe, when the time has come.
        opened_at: when it opened last.
    """

    def __init__(self) -> None:
        self.is_closed: bool = False
        self.opened_at: float = -inf
        self._until = -inf
        self._probe: Turn | None = None

    def delay(self, now: float) -> float:
        """0.0 when open; closed, the rest of the wait; ``inf`` while the probe is under way."""
        if not self.is_closed:
            return 0.0
        return inf if self._probe else max(0.0, self._until - now)

    def close(self, until: float) -> None:
        """Let nobody begin before, and then one alone."""
        self.is_closed, self._until = True, until

    def began(self, turn: Turn) -> None:
        """Take the first request after the wait as the probe."""
        if self.is_closed:
            self._probe = turn

    def ended(self, turn: Turn, now: float, outcome: Outcome) -> News:
        """Tell what an answer means."""
        refused = outcome.status == TOO_MANY_REQUESTS
        if turn is not self._probe:
            is_news = refused and not self.is_closed and turn.began >= self.opened_at
            return News.REFUSED if is_news else News.NONE
        self._probe = None
        if refused:
            return News.STILL_REFUSED
        if outcome.status is None:
            return News.NONE
        self.is_closed, self.opened_at = False, now
        return News.OPENED


def wait_after(refusals: int, retry_after: float | None) -> float:
    """Seconds to wait after so many refusals in a row, the last with this `Retry-After`.

    The server's word is taken exactly the first time. A server whose word has proved too short
    (``Retry-After: 0`` on every 429) is asked ever more seldom, as if it had said nothing.
    """
    backoff = min(FIRST_BACKOFF * 2.0 ** min(refusals - 1, 10), LONGEST_BACKOFF)
    if retry_after is None or isnan(retry_after):
        return backoff
    return min(max(retry_after, backoff / 2 if refusals > 1 else 0.0), LONGEST_WAIT)


class Backoff:
    """A gate and nothing else: full speed until a 429, then `wait_after` it."""

    def __init__(self) -> None:
        self._gate = Gate()
        self._refusals = 0

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed the gate."""
        return self._gate.is_closed

    @property
    def is_closed(self) -> bool:
        """The same: nothing else closes it."""
        return self._gate.is_closed

    def delay(self, now: float) -> float:
        """Wait for the gate."""
        return self._gate.delay(now)

    def began(self, turn: Turn) -> None:
        """Begin; behind a closed gate, as the probe."""
        self._gate.began(turn)

    def ended(self, turn: Turn, now: float, outcome: Outcome) -> bool:
        """Judge the answer."""
        news = self._gate.ended(turn, now, outcome)
        if news is News.NONE:
            return False
        if news is News.OPENED:
            self._refusals = 0
        else:
            self._refusals += 1
            self._gate.close(now + wait_after(self._refusals, outcome.retry_after))
        return True

    def learned(self) -> tuple[int, float] | None:
        """Tell nothing: a gate learns nothing."""
        return None


class Log:
    """At most `requests` in any window of `per` seconds, as the server counts them.

    Raises:
        InvalidParameter: a number that is none, or out of its range.
    """

    def __init__(self, requests: int, per: float) -> None:
        self.requests: int = validation.whole("requests", requests, least=1)
        self.per: float = validation.seconds("per", per)
        self._under_way = 0
        self._returns: deque[float] = deque()

    def delay(self, now: float) -> float:
        """Seconds until a turn is free; ``inf`` when all are under way."""
        returns = self._returns
        while returns and returns[0] <= now:
            returns.popleft()
        if self._under_way + len(returns) < self.requests:
            return 0.0
        return returns[0] - now if returns else inf

    def began(self) -> None:
        """Use a turn."""
        self._under_way += 1

    def ended(self, now: float, *, sent: bool) -> None:
        """Let the turn come back: at once if its request never left, else after `per`."""
        self._under_way -= 1
        if sent:
            self._returns.append(now + self.per * (1 + CLOCK_DRIFT) + CLOCK_HAIR)
