"""One process's copy of the limit that all share, made by replaying the log. Pure.

It holds facts only, never another process's belief: workers of two versions of this package can
share a key, and one that joins late, or lost its place, reads the log once more.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from math import inf

from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.limits.per_endpoint import FixedLimit, LimitEvent, PerEndpoint
from reamaze_async.limits.throttle import Outcome, Permit

from .facts import MICROSECOND, Began, Ended, Fact, Held, Lost

RECENT = 200
"""Turns by which the processes' shares are measured."""
SPARES = (16, 4, 1)
"""How many requests of others may go unseen: what is asked, the most first."""


class Replica:
    """The limit as the log tells of it.

    Args:
        limits: requests and seconds that processes have named, all of which hold; none: learned.
    """

    def __init__(self, limits: Iterable[tuple[int, float]] = ()) -> None:
        strictest = sorted(limits, key=lambda limit: (limit[0] / limit[1], limit))
        self._fixed = [FixedLimit(requests, per) for requests, per in strictest]
        self._limits: list[PerEndpoint] = [*self._fixed] or [PerEndpoint(Adaptive)]
        self._permits: dict[str, list[Permit]] = {}
        self._held_until = -inf
        self._recent: deque[str] = deque()
        self._shares: Counter[str] = Counter()

    @property
    def throttled(self) -> int:
        """429s that the log tells of."""
        return self._limits[0].throttled

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed a gate."""
        return self._limits[0].is_refused

    @property
    def under_way(self) -> int:
        """Turns of all processes that have begun and not ended."""
        return len(self._permits)

    def learned(self) -> tuple[int, float] | None:
        """Requests and seconds of the limit; None while nothing is known."""
        return self._limits[0].learned()

    def take(self, when: float, fact: Fact) -> LimitEvent | None:
        """Replay one entry of the log, and tell if that changes anything for people."""
        match fact:
            case Began():
                self._began(when, fact)
            case Held():
                self._held_until = max(self._held_until, fact.until * MICROSECOND)
            case Ended():
                outcome = Outcome(fact.status, fact.sent, fact.retry_after, fact.date)
                return self._ended(when, fact.turn, outcome)
            case Lost():
                return self._ended(when, fact.turn, Outcome(None))
        return None

    def _ended(self, when: float, turn: str, outcome: Outcome) -> LimitEvent | None:
        permits = zip(self._limits, self._permits.pop(turn, ()), strict=False)
        events = [limit.ended(permit, when, outcome) for limit, permit in permits]
        return events[0] if events else None

    def _began(self, when: float, fact: Began) -> None:
        if fact.turn in self._permits:
            return
        self._permits[fact.turn] = [
            limit.began(fact.endpoint, when, when - fact.waited) for limit in self._limits
        ]
        self._recent.append(fact.process)
        self._shares[fact.process] += 1
        if len(self._recent) > RECENT:
            oldest = self._recent.popleft()
            self._shares[oldest] -= 1
            if not self._shares[oldest]:
                del self._shares[oldest]

    def delay(self, endpoint: str, now: float, share: float = 1.0) -> float:
        """Seconds until a request may begin: 0.0 now, ``inf`` not before another has ended."""
        held = max(0.0, self._held_until - now)
        return max(held, *(limit.delay(endpoint, now, share) for limit in self._limits))

    def spare(self, endpoint: str, now: float, share: float) -> float:
        """If a request may begin now: how many others may do so unseen, and it still may.

        Found by asking for less than the share: whoever may begin even then has room to spare. What
        a learner believes has many limits at once, so it has none to spare once one was met.
        """
        if not self._fixed:
            return 0 if self.throttled else inf
        return min(self._spare(limit, endpoint, now, share) for limit in self._fixed)

    @staticmethod
    def _spare(limit: FixedLimit, endpoint: str, now: float, share: float) -> int:
        if limit.is_closed:
            return 0  # A gate lets one probe pass, whatever the share.
        requests, _ = limit.learned()
        for spare in SPARES:
            less = share - (spare + 0.5) / requests
            if less * requests >= 1 and limit.delay(endpoint, now, less) <= 0:
                return spare
        return 0

    def ahead_of(self, process: str) -> int:
        """How many other processes have had fewer turns lately."""
        own = self._shares[process]
        return sum(turns < own for name, turns in self._shares.items() if name != process)

    def others(self, process: str) -> bool:
        """Whether other processes have had turns lately."""
        return len(self._shares) > (process in self._shares)
