"""One limit for all endpoints, until one is seen to have its own.

The limit is documented as "per token, maybe per endpoint". So all begin in one lane, with one pace
and one gate. While that is closed, an endpoint to which nothing was refused yet may send one
request at a time on trial, outside the pace:

* refused: the limit holds for it too. The next trial comes after 2, 4, 8 ... more pauses, so that
  a limit that does hold for all costs a handful of 429s and no more.
* let in several times, or let in and then one that is bound was refused again: it has a limit of
  its own, and gets a lane of its own. It never goes back: two lanes before one limit are to each
  other what another client on the same token is, and the pace copes with that.

`Lanes` is what `limiter` asks; it tells by a `Notice` what people may want to know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from math import inf

from .gate import Backoff
from .throttle import TOO_MANY_REQUESTS, Outcome, Permit, Throttle
from .window_log import SlidingWindowLog

FIRST_TRIAL = 1.0
"""Seconds from the closing of the gate to the first trial."""
ENOUGH_TRIALS = 5
"""Requests let in during one pause that prove a limit of one's own."""


class Change(Enum):
    """What has changed for an endpoint's requests."""

    PAUSED = auto()
    RESTING = auto()
    RESUMED = auto()
    APART = auto()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell people.

    Attributes:
        change: what has changed.
        pace: in which lane.
        endpoint: whose lane it is; None: everybody's.
    """

    change: Change
    pace: Throttle
    endpoint: str | None = None


@dataclass(slots=True)
class _Trial:
    at: float
    turn: Permit | None = None
    let_in: int = 0
    last: float = -inf


class Lanes:
    """A pace for all endpoints, and one for each that is seen to have a limit of its own."""

    def __init__(self, make: Callable[[], Throttle]) -> None:
        self.throttled: int = 0
        self._make = make
        self._shared = make()
        self._own: dict[str, Throttle] = {}
        self._trials: dict[str, _Trial] = {}
        self._last: dict[str | None, Change] = {}
        self._closed_at = 0.0
        self._bound: dict[str, int] = {}
        """Endpoints known to be bound by the shared limit, and for how many pauses more."""
        self._refused_trials: dict[str, int] = {}

    def learned(self) -> tuple[int, float] | None:
        """Requests and seconds, of the limit that most endpoints share; None while unknown."""
        paces = [self._shared, *self._own.values()]
        return next((known for pace in paces if (known := pace.learned())), None)

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed a gate."""
        return self._shared.is_refused or any(pace.is_refused for pace in self._own.values())

    def delay(self, endpoint: str, now: float) -> float:
        """Seconds until a request may begin: 0.0 now, ``inf`` not before another one has ended."""
        pace = self._own.get(endpoint, self._shared)
        if pace is not self._shared or not pace.is_closed or endpoint in self._bound:
            return pace.delay(now)
        trial = self._trials.get(endpoint)
        if trial is None:
            trial = self._trials[endpoint] = _Trial(self._closed_at + FIRST_TRIAL)
        return inf if trial.turn else max(0.0, trial.at - now)

    def began(self, endpoint: str, now: float) -> Permit:
        """Note that a request begins now, and hand out its turn."""
        pace = self._own.get(endpoint, self._shared)
        if pace is self._shared and pace.is_closed and (trial := self._trials.get(endpoint)):
            trial.turn = turn = Permit(endpoint, now)
            return turn
        turn = Permit(endpoint, now, pace)
        pace.began(turn)
        return turn

    def ended(self, turn: Permit, now: float, outcome: Outcome) -> Notice | None:
        """Note that a request has ended, and tell if that changes anything for people."""
        refused = outcome.status == TOO_MANY_REQUESTS
        self.throttled += refused
        if turn.throttle is None:
            return self._end_trial(turn, now, outcome)
        has_moved = turn.throttle.ended(turn, now, outcome)
        if refused and turn.throttle is self._shared:
            self._bind(turn)
        return self._moved(turn, turn.throttle, now) if has_moved else None

    def _moved(self, turn: Permit, pace: Throttle, now: float) -> Notice | None:
        endpoint = None if pace is self._shared else turn.endpoint
        change = Change.RESUMED
        if pace.is_closed:
            change = Change.PAUSED if pace.is_refused else Change.RESTING
        before, self._last[endpoint] = self._last.get(endpoint, Change.RESUMED), change
        if change is before:
            return None
        if endpoint is None:
            if before is Change.RESUMED:
                self._pause(turn.endpoint, now)
            elif change is Change.RESUMED:
                self._trials.clear()
        return Notice(change, pace, endpoint)

    def _bind(self, turn: Permit) -> None:
        self._bound[turn.endpoint] = max(self._bound.get(turn.endpoint, 0), 1)
        for endpoint, trial in list(self._trials.items()):
            if trial.let_in and turn.began > trial.last:
                self._set_apart(endpoint)

    def _pause(self, endpoint: str, now: float) -> None:
        """Begin a pause: whoever has sat out enough of them may try again."""
        self._closed_at = now
        for other in list(self._bound):
            self._bound[other] -= other != endpoint
            if self._bound[other] < 0:
                del self._bound[other]

    def _end_trial(self, turn: Permit, now: float, outcome: Outcome) -> Notice | None:
        trial = self._trials.get(turn.endpoint)
        if trial is None or trial.turn is not turn:
            return None
        trial.turn, trial.at = None, now
        if outcome.status == TOO_MANY_REQUESTS:
            refused = self._refused_trials[turn.endpoint] = (
                self._refused_trials.get(turn.endpoint, 0) + 1
            )
            self._bound[turn.endpoint] = 2**refused
            del self._trials[turn.endpoint]
        elif outcome.status is not None:
            trial.let_in, trial.last = trial.let_in + 1, now
            if trial.let_in >= ENOUGH_TRIALS:
                self._set_apart(turn.endpoint)
                return Notice(Change.APART, self._own[turn.endpoint], turn.endpoint)
        return None

    def _set_apart(self, endpoint: str) -> None:
        self._own[endpoint] = self._make()
        self._trials.pop(endpoint, None)


class Configured(Lanes):
    """A number that the user knows, for all endpoints together; gates for what nobody knows.

    Raises:
        InvalidParameter: a number that is none, or out of its range.
    """

    def __init__(self, requests: int, per: float) -> None:
        super().__init__(Backoff)
        self._log = SlidingWindowLog(requests, per)

    def delay(self, endpoint: str, now: float) -> float:
        """Wait for both the gate and a turn."""
        return max(super().delay(endpoint, now), self._log.delay(now))

    def began(self, endpoint: str, now: float) -> Permit:
        """Use a turn."""
        self._log.began()
        return super().began(endpoint, now)

    def ended(self, turn: Permit, now: float, outcome: Outcome) -> Notice | None:
        """Let the turn come back in its time."""
        self._log.ended(now, sent=outcome.sent)
        return super().ended(turn, now, outcome)

    def learned(self) -> tuple[int, float]:
        """What was configured."""
        return self._log.requests, self._log.per
