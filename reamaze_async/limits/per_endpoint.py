"""One limit for all endpoints, until one is seen to have its own.

The limit is documented as "per token, maybe per endpoint". So all endpoints begin with one shared
throttle. While that is closed, an endpoint to which nothing was refused yet may be put on trial: it
sends one request at a time, outside the throttle.

* Refused: the limit holds for it too. Its next trial comes after 2, 4, 8 ... more pauses, another
  endpoint's in the next one, so that a limit that does hold for all costs few 429s.
* Let in: that may be a window's reset or a refill. So a coin decides who asks next, the endpoint
  on trial or those that are bound. Before one limit for all every answer may go either way, but it
  can't know who asks: a row of `ENOUGH` in which the one on trial is let in and the others are
  refused has a chance of at most 1 in 256, whatever the server does. The n-th row must be longer
  by twice the logarithm of n, so that all together have hardly a larger one. Where the server has
  named a moment, its word stands for the others' refusals.

An endpoint that was let in and the others refused so often gets a throttle of its own. **There is a
way back**: a limit of its own that refuses more than a quarter is none, and the endpoint is bound
by the shared one again.

`PerEndpoint` is what `limiter` asks. A `LimitEvent` tells what people may want to know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import blake2b
from itertools import count
from math import inf
from typing import Protocol

from .gate import Backoff
from .throttle import TOO_MANY_REQUESTS, Outcome, Permit, Throttle
from .window_log import SlidingWindowLog

FIRST_TRIAL = 1.0
"""Seconds from the closing of the gate to the first trial; and for which the others are waited for
when it is their turn, and a trial for its endpoint, until another one takes its place."""
ENOUGH = 8
"""Answers in a row that tell an endpoint from the others, the first time."""
JUDGED, TOO_OFTEN = 150, 0.25
"""Answers by which a limit of its own is judged, and the share of 429s from which on it is none."""


class EventKind(Enum):
    """What has changed for an endpoint's requests."""

    PAUSED = auto()
    RESTING = auto()
    RESUMED = auto()
    APART = auto()
    TOGETHER = auto()


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
    """What tells one endpoint from the others.

    Attributes:
        endpoint: which one.
        at: when it may ask next.
        is_others_turn: whether those that are bound ask next.
        permit: the request under way that counts, of whomever.
        agreed: answers in a row as a limit of its own would give them.
    """

    endpoint: str
    at: float
    is_others_turn: bool = False
    permit: Permit | None = None
    agreed: int = 0


@dataclass(slots=True)
class _Own:
    """A throttle of its own, and how often its limit has refused."""

    throttle: Throttle
    answers: int = 0
    refused: int = 0

    def refuses_too_often(self, *, refused: bool) -> bool:
        """Note an answer, and tell whether so many 429s speak against a limit of its own."""
        self.answers += 1
        self.refused += refused
        if self.answers < JUDGED:
            return False
        is_too_often = self.refused > TOO_OFTEN * self.answers
        self.answers = self.refused = 0
        return is_too_often


def coin() -> Callable[[], float]:
    """What draws evenly from 0 to 1, as no server knows; the same row for each that is made.

    So runs can be repeated, and processes that replay the same answers agree.
    """
    number = count()
    return lambda: blake2b(b"%d" % next(number), digest_size=1).digest()[0] / 256


class PerEndpoint:
    """A throttle for all endpoints, and one for each that is seen to have a limit of its own.

    Args:
        make: makes a throttle.
        luck: draws evenly from 0 to 1, as no server knows. Default: a `coin`.
    """

    def __init__(
        self, make: Callable[[], Throttle], luck: Callable[[], float] | None = None
    ) -> None:
        self.throttled: int = 0
        self._make = make
        self._shared = make()
        self._own: dict[str, _Own] = {}
        self._trial: _Trial | None = None
        self._last: dict[str | None, EventKind] = {}
        self._closed_at = 0.0
        self._named = -inf
        """Until when the server's word is that the shared limit refuses."""
        self._bound: dict[str, int] = {}
        """Endpoints known to be bound by the shared limit, and for how many pauses more."""
        self._failed_trials: dict[str, int] = {}
        self._rows: dict[str, int] = {}
        """Of endpoints, rows of answers that ended otherwise than by a limit of its own."""
        self._has_failed = False
        """Whether a trial of this pause has: then the next pause is soon enough for another."""
        self._luck = luck or coin()

    def learned(self) -> tuple[int, float] | None:
        """Requests and seconds, of the limit that most endpoints share; None while unknown."""
        throttles = [self._shared, *(own.throttle for own in self._own.values())]
        return next((known for throttle in throttles if (known := throttle.learned())), None)

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed a gate."""
        return self._shared.is_refused or any(own.throttle.is_refused for own in self._own.values())

    @property
    def is_closed(self) -> bool:
        """Whether a gate is closed, by a 429 or by a throttle's own reckoning."""
        return self._shared.is_closed or any(own.throttle.is_closed for own in self._own.values())

    def delay(self, endpoint: str, now: float, share: float = 1.0) -> float:
        """Seconds until a request may begin: 0.0 now, ``inf`` not before another one has ended."""
        own = self._own.get(endpoint)
        throttle = own.throttle if own else self._shared
        delay = throttle.delay(now, share)
        if throttle is not self._shared or not throttle.is_closed:
            return delay
        trial = self._trial_for(endpoint, now)
        if trial is None:
            return delay
        if trial.endpoint != endpoint:
            is_turn = trial.is_others_turn and trial.permit is None and endpoint in self._bound
            return 0.0 if is_turn and delay < inf else delay
        return inf if trial.permit else max(0.0, trial.at - now)

    def _trial_for(self, endpoint: str, now: float) -> _Trial | None:
        """The trial that is going on, or the one that an endpoint not known to be bound may begin.

        Asking changes nothing: several processes must agree on what their requests have changed.
        """
        trial = self._trial
        is_over = trial is None or (trial.permit is None and now > trial.at + FIRST_TRIAL)
        if is_over and not self._has_failed and endpoint not in self._bound:
            return _Trial(endpoint, self._closed_at + FIRST_TRIAL)
        return trial

    def began(self, endpoint: str, now: float, asked: float = -inf) -> Permit:
        """Note that a request begins now, for which its caller asked then; its permit."""
        own, trial = self._own.get(endpoint), None
        throttle = own.throttle if own else self._shared
        if throttle is self._shared and throttle.is_closed:
            trial = self._trial = self._trial_for(endpoint, now)
        if trial and trial.endpoint == endpoint:
            trial.permit = permit = Permit(endpoint, now)
            return permit
        permit = Permit(endpoint, now, throttle, asked)
        throttle.began(permit)
        if trial and trial.is_others_turn:
            trial.permit = permit
        return permit

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> LimitEvent | None:
        """Note that a request has ended, and tell if that changes anything for people."""
        refused = outcome.status == TOO_MANY_REQUESTS
        self.throttled += refused
        throttle, event = permit.throttle, None
        if throttle is not None and throttle.ended(permit, now, outcome):
            event = self._moved(permit, throttle, now)
        if refused and throttle is self._shared:
            self._bound.setdefault(permit.endpoint, 1)
            if outcome.retry_after is not None:
                self._named = max(self._named, now + outcome.retry_after)
        own = self._own.get(permit.endpoint)
        if own and own.throttle is throttle and outcome.status is not None:
            if own.refuses_too_often(refused=refused):
                return self._bind(permit.endpoint, EventKind.TOGETHER)
        elif (trial := self._trial) and trial.permit is permit:
            trial.permit = None
            if outcome.status is not None:
                return self._answered(trial, permit, now, refused=refused) or event
        return event

    def _moved(self, permit: Permit, throttle: Throttle, now: float) -> LimitEvent | None:
        endpoint = None if throttle is self._shared else permit.endpoint
        kind = EventKind.RESUMED
        if throttle.is_closed:
            kind = EventKind.PAUSED if throttle.is_refused else EventKind.RESTING
        before, self._last[endpoint] = self._last.get(endpoint, EventKind.RESUMED), kind
        if kind is before:
            return None
        if endpoint is None and before is EventKind.RESUMED:
            self._pause(permit.endpoint, now)
        return LimitEvent(kind, throttle, endpoint)

    def _pause(self, endpoint: str, now: float) -> None:
        """Begin a pause: whoever has sat out enough of them may try again."""
        self._closed_at, self._named, self._has_failed = now, -inf, False
        for other in list(self._bound):
            self._bound[other] -= other != endpoint
            if self._bound[other] < 0:
                del self._bound[other]
        trial = self._trial
        if trial and trial.agreed:
            trial.at, trial.permit = now + FIRST_TRIAL, None
        else:
            self._trial = None

    def _answered(
        self, trial: _Trial, permit: Permit, now: float, *, refused: bool
    ) -> LimitEvent | None:
        """Weigh an answer that counts: the endpoint on trial let in, the others refused?"""
        is_its = permit.endpoint == trial.endpoint
        if is_its and refused:
            return self._bind(trial.endpoint)
        if not (is_its and trial.is_others_turn):  # else nobody of the others has come
            agrees = is_its or refused
            trial.agreed = trial.agreed + 1 if agrees else 0
            self._rows[trial.endpoint] = self._rows.get(trial.endpoint, 0) + (not agrees)
        trial.is_others_turn = now >= self._named and self._luck() < 0.5
        trial.at = now + FIRST_TRIAL * trial.is_others_turn
        if trial.agreed < ENOUGH + 2 * self._rows.get(trial.endpoint, 0).bit_length():
            return None
        own = self._own[trial.endpoint] = _Own(self._make())
        self._trial = None
        return LimitEvent(EventKind.APART, own.throttle, trial.endpoint)

    def _bind(self, endpoint: str, kind: EventKind | None = None) -> LimitEvent | None:
        """The shared limit holds for it: so it is for twice as many pauses as the last time."""
        failed = self._failed_trials[endpoint] = self._failed_trials.get(endpoint, 0) + 1
        self._bound[endpoint] = 2**failed
        self._has_failed = True
        self._own.pop(endpoint, None)
        self._last.pop(endpoint, None)
        if self._trial and self._trial.endpoint == endpoint:
            self._trial = None
        return LimitEvent(kind, self._shared, endpoint) if kind else None


class FixedLimit(PerEndpoint):
    """A number that the user knows, for all endpoints together; gates for what nobody knows.

    Raises:
        InvalidParameter: a number that is none, or out of its range.
    """

    def __init__(self, requests: int, per: float, luck: Callable[[], float] | None = None) -> None:
        super().__init__(Backoff, luck)
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
