"""When a request may begin: pure decisions, with the time passed in.

No throttle waits, reads a clock or knows a loop: that is the part of `limiter`, and of nothing else
in this folder. A throttle answers three calls:

* ``delay(now)``: seconds until a request may begin. 0.0: now. ``inf``: not before some request
  that is under way has ended; ask again then.
* ``began(permit)``: a request begins.
* ``ended(permit, now, outcome)``: it has ended, whatever way; each permit ends exactly once.

Throttles share two building blocks: a `gate` is what a 429 closes, a `window_log` keeps a limit
that is known.
"""

from dataclasses import dataclass
from math import inf
from typing import Protocol

from msgspec import Struct

TOO_MANY_REQUESTS = 429


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


class Permit(Struct, eq=False):
    """A request that has begun and not ended yet.

    Attributes:
        endpoint: the family that it belongs to.
        began: when it began.
        throttle: what let it begin, and will be told how it ended; None: a trial, which no
            throttle has let begin.
        asked: when its caller began to wait for it, on the same clock.
    """

    endpoint: str
    began: float
    throttle: "Throttle | None" = None
    asked: float = -inf


def part_of(limit: float, share: float) -> int:
    """The part of a limit that may be used: whole requests, at least one."""
    # 0.29 * 100 is a hair below 29.
    return max(1, int(share * limit + 1e-9)) if share < 1 else int(limit)


class Throttle(Protocol):
    """Decides when requests may begin. See the module's rules."""

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed the gate."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether requests are held back, by a 429 or by the throttle's own reckoning."""
        ...

    def delay(self, now: float, share: float = 1.0) -> float:
        """Seconds until a request may begin: 0.0 now, ``inf`` not before another one has ended.

        Of what the limit allows, at most `share` is used by this request and all others.
        """
        ...

    def began(self, permit: Permit) -> None:
        """Note that a request begins, at the permit's time."""
        ...

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> bool:
        """Note that a request has ended, and tell whether that has moved the gate."""
        ...

    def learned(self) -> tuple[int, float] | None:
        """How many requests in how many seconds the limit allows; None while nothing is known."""
        ...
