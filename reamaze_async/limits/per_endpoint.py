"""One limit for all endpoints, until one is seen to have its own.

The limit is documented as "per token, maybe per endpoint". So all endpoints begin with one shared
throttle. While that is closed, an endpoint to which nothing was refused yet may send one request at
a time on trial, outside the throttle:

* refused: the limit holds for it too. The next trial comes after 2, 4, 8 ... more pauses, so that
  a limit that does hold for all costs a handful of 429s and no more.
* let in several times, or let in and then one that is bound was refused again: it has a limit of
  its own, and gets a throttle of its own. It never goes back: two throttles before one limit are to
  each other what another client on the same token is, and throttles cope with that.

`PerEndpoint` is what `limiter` asks. A `LimitEvent` tells what people may want to know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from math import inf
from typing import Protocol

from .gate import Backoff
from .throttle import TOO_MANY_REQUESTS, Outcome, Permit, Throttle
from .window_log import SlidingWindowLog

FIRST_TRIAL = 1.0
"""Seconds from the closing of the gate to the first trial."""
ENOUGH_TRIALS = 5
"""Requests let in during one pause that prove a limit of one's own."""


class EventKind(Enum):
    """What has changed for an endpoint's requests."""

    PAUSED = auto()
    RESTING = auto()
    RESUMED = auto()
    APART = auto()


@dataclass(frozen=True, slots=True)
class LimitEvent:
    """Something to tell people.

    Attributes:
        kind: what has changed.
        throttle: for which requests.
        endpoint: whose throttle it is; None: everybody's.
    """

    kind: EventKind
    throttle: Throttle
    endpoint: str | None = None


class EndpointThrottle(Protocol):
    """What lines of waiting requests ask: this process's own `PerEndpoint`, or a shared one."""

    @property
    def throttled(self) -> int:
        """429s so far."""
        ...

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed a gate."""
        ...

    def learned(self) -> tuple[int, float] | None:
        """Requests and seconds of the limit; None while nothing is known."""
        ...

    def delay(self, endpoint: str, now: float, share: float = 1.0) -> float:
        """Seconds until a request may begin: 0.0 now, ``inf`` not before something else happens."""
        ...

    def began(self, endpoint: str, now: float, asked: float = -inf) -> Permit:
        """Note that a request begins now, for which its caller asked then; its permit."""
        ...

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> LimitEvent | None:
        """Note that a request has ended, and tell if that changes anything for people."""
        ...


@dataclass(slots=True)
class _Trial:
    at: float
    permit: Permit | None = None
    let_in: int = 0
    last: float = -inf


class PerEndpoint:
    """A throttle for all endpoints, and one for each that is seen to have a limit of its own."""

    def __init__(self, make: Callable[[], Throttle]) -> None:
        self.throttled: int = 0
        self._make = make
        self._shared = make()
        self._own: dict[str, Throttle] = {}
        self._trials: dict[str, _Trial] = {}
        self._last: dict[str | None, EventKind] = {}
        self._closed_at = 0.0
        self._bound: dict[str, int] = {}
        """Endpoints known to be bound by the shared limit, and for how many pauses more."""
        self._refused_trials: dict[str, int] = {}

    def learned(self) -> tuple[int, float] | None:
        """Requests and seconds, of the limit that most endpoints share; None while unknown."""
        throttles = [self._shared, *self._own.values()]
        return next((known for throttle in throttles if (known := throttle.learned())), None)

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed a gate."""
        return self._shared.is_refused or any(
            throttle.is_refused for throttle in self._own.values()
        )

    @property
    def is_closed(self) -> bool:
        """Whether a gate is closed, by a 429 or by a throttle's own reckoning."""
        return self._shared.is_closed or any(throttle.is_closed for throttle in self._own.values())

    def delay(self, endpoint: str, now: float, share: float = 1.0) -> float:
        """Seconds until a request may begin: 0.0 now, ``inf`` not before another one has ended."""
        throttle = self._own.get(endpoint, self._shared)
        if throttle is not self._shared or not throttle.is_closed or endpoint in self._bound:
            return throttle.delay(now, share)
        trial = self._trials.get(endpoint)
        if trial is None:
            trial = self._trials[endpoint] = _Trial(self._closed_at + FIRST_TRIAL)
        return inf if trial.permit else max(0.0, trial.at - now)

    def began(self, endpoint: str, now: float, asked: float = -inf) -> Permit:
        """Note that a request begins now, for which its caller asked then; its permit."""
        throttle = self._own.get(endpoint, self._shared)
        if (
            throttle is self._shared
            and throttle.is_closed
            and (trial := self._trials.get(endpoint))
        ):
            trial.permit = permit = Permit(endpoint, now)
            return permit
        permit = Permit(endpoint, now, throttle, asked)
        throttle.began(permit)
        return permit

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> LimitEvent | None:
        """Note that a request has ended, and tell if that changes anything for people."""
        refused = outcome.status == TOO_MANY_REQUESTS
        self.throttled += refused
        if permit.throttle is None:
            return self._end_trial(permit, now, outcome)
        has_moved = permit.throttle.ended(permit, now, outcome)
        if refused and permit.throttle is self._shared:
            self._bind(permit)
        return self._moved(permit, permit.throttle, now) if has_moved else None

    def _moved(self, permit: Permit, throttle: Throttle, now: float) -> LimitEvent | None:
        endpoint = None if throttle is self._shared else permit.endpoint
        kind = EventKind.RESUMED
        if throttle.is_closed:
            kind = EventKind.PAUSED if throttle.is_refused else EventKind.RESTING
        before, self._last[endpoint] = self._last.get(endpoint, EventKind.RESUMED), kind
        if kind is before:
            return None
        if endpoint is None:
            if before is EventKind.RESUMED:
                self._pause(permit.endpoint, now)
            elif kind is EventKind.RESUMED:
                self._trials.clear()
        return LimitEvent(kind, throttle, endpoint)

    def _bind(self, permit: Permit) -> None:
        self._bound[permit.endpoint] = max(self._bound.get(permit.endpoint, 0), 1)
        for endpoint, trial in list(self._trials.items()):
            if trial.let_in and permit.began > trial.last:
                self._set_apart(endpoint)

    def _pause(self, endpoint: str, now: float) -> None:
        """Begin a pause: whoever has sat out enough of them may try again."""
        self._closed_at = now
        for other in list(self._bound):
            self._bound[other] -= other != endpoint
            if self._bound[other] < 0:
                del self._bound[other]

    def _end_trial(self, permit: Permit, now: float, outcome: Outcome) -> LimitEvent | None:
        trial = self._trials.get(permit.endpoint)
        if trial is None or trial.permit is not permit:
            return None
        trial.permit, trial.at = None, now
        if outcome.status == TOO_MANY_REQUESTS:
            refused = self._refused_trials[permit.endpoint] = (
                self._refused_trials.get(permit.endpoint, 0) + 1
            )
            self._bound[permit.endpoint] = 2**refused
            del self._trials[permit.endpoint]
        elif outcome.status is not None:
            trial.let_in, trial.last = trial.let_in + 1, now
            if trial.let_in >= ENOUGH_TRIALS:
                self._set_apart(permit.endpoint)
                return LimitEvent(EventKind.APART, self._own[permit.endpoint], permit.endpoint)
        return None

    def _set_apart(self, endpoint: str) -> None:
        self._own[endpoint] = self._make()
        self._trials.pop(endpoint, None)


class FixedLimit(PerEndpoint):
    """A number that the user knows, for all endpoints together; gates for what nobody knows.

    Raises:
        InvalidParameter: a number that is none, or out of its range.
    """

    def __init__(self, requests: int, per: float) -> None:
        super().__init__(Backoff)
        self._log = SlidingWindowLog(requests, per)

    def delay(self, endpoint: str, now: float, share: float = 1.0) -> float:
        """Seconds until both the gate and the log let a request begin."""
        return max(super().delay(endpoint, now, share), self._log.delay(now, share))

    def began(self, endpoint: str, now: float, asked: float = -inf) -> Permit:
        """Use a permit."""
        self._log.began()
        return super().began(endpoint, now, asked)

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> LimitEvent | None:
        """Let the permit come back in its time."""
        self._log.ended(now, sent=outcome.sent)
        return super().ended(permit, now, outcome)

    def learned(self) -> tuple[int, float]:
        """What was configured."""
        return self._log.requests, self._log.per
