"""The gate: a 429 closes it for everyone, and one probe opens it again.

A 429 says that the requests already under way will mostly be refused too. Their refusals are the
same event seen again: they neither restart nor lengthen the wait, unless one names a later moment.
Their successes say only that they came before the limit was reached: they do not open the gate.
Only the probe, sent when the wait is over, tells something new. A probe that dies without an answer
tells nothing, and hands its part on to the next.
"""

from enum import Enum, auto
from math import inf, isnan

from .throttle import TOO_MANY_REQUESTS, Outcome, Permit

LONGEST_WAIT = 3600.0
"""A server that asks for more than an hour is asked again after an hour: one request an hour harms
nobody, and a date in the next century is a mistake."""
ROUNDED = 1.0
"""Seconds: moments that are nearer to each other are one, since `Retry-After` is whole seconds."""
FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 30.0


class GateEvent(Enum):
    """What an answer means to a gate, if anything."""

    REFUSED = auto()
    """The limit is reached: close the gate."""
    STILL_REFUSED = auto()
    """The probe came too early: close it again."""
    OPENED = auto()
    """The probe was let in: the gate is open."""
    POSTPONED = auto()
    """A late refusal names a moment that nobody has waited for: close the gate until then."""


class Gate:
    """Closed by a 429 for everyone, opened by one probe. See the module's theory.

    The gate tells what an answer means to it; how long it stays closed is its owner's decision.

    Attributes:
        is_closed: whether nobody may begin but one probe, when the wait is over.
        opened_at: when the gate opened last.
    """

    def __init__(self) -> None:
        self.is_closed: bool = False
        self.opened_at: float = -inf
        self._until = -inf
        self._probe: Permit | None = None

    def delay(self, now: float) -> float:
        """Seconds until a request may pass: 0.0 if open, ``inf`` while the probe is under way."""
        if not self.is_closed:
            return 0.0
        return inf if self._probe else max(0.0, self._until - now)

    def close(self, until: float) -> None:
        """Let nobody begin before `until`, and then only one probe."""
        self.is_closed, self._until = True, until

    def reopen(self, now: float) -> None:
        """Let everybody pass, without a probe."""
        self.is_closed, self.opened_at = False, now

    def began(self, permit: Permit) -> None:
        """Note that a request begins; behind a closed gate it is the probe."""
        if self.is_closed:
            self._probe = permit

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> GateEvent | None:
        """Note that a request has ended, and tell what that means for the gate; None: nothing."""
        refused = outcome.status == TOO_MANY_REQUESTS
        if permit is not self._probe:
            if not refused:
                return None
            if not self.is_closed and permit.began >= self.opened_at:
                return GateEvent.REFUSED
            until = now + wait_after(1, outcome.retry_after) if outcome.retry_after else -inf
            is_later = until > max(now, self._until) + ROUNDED
            return GateEvent.POSTPONED if is_later else None
        self._probe = None
        if refused:
            return GateEvent.STILL_REFUSED
        if outcome.status is None:
            return None
        self.is_closed, self.opened_at = False, now
        return GateEvent.OPENED


def wait_after(refusals: int, retry_after: float | None) -> float:
    """Seconds to wait after a number of refusals in a row, the last with this `Retry-After`.

    The server's word is taken exactly the first time. A server whose word has proved too short
    (``Retry-After: 0`` on every 429) is asked ever more seldom, as if it had said nothing.
    """
    backoff = min(FIRST_BACKOFF * 2.0 ** min(refusals - 1, 10), LONGEST_BACKOFF)
    if retry_after is None or isnan(retry_after):
        return backoff
    return min(max(retry_after, backoff / 2 if refusals > 1 else 0.0), LONGEST_WAIT)


class Backoff:
    """The simplest throttle, a gate alone: full speed until a 429, then `wait_after` it."""

    def __init__(self) -> None:
        self._gate = Gate()
        self._refusals = 0

    @property
    def is_refused(self) -> bool:
        return self._gate.is_closed

    @property
    def is_closed(self) -> bool:
        return self._gate.is_closed

    def delay(self, now: float, share: float = 1.0) -> float:
        return self._gate.delay(now)

    def began(self, permit: Permit) -> None:
        self._gate.began(permit)

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> bool:
        event = self._gate.ended(permit, now, outcome)
        if event is None:
            return False
        if event is GateEvent.OPENED:
            self._refusals = 0
        elif event is GateEvent.POSTPONED:
            self._gate.close(now + wait_after(1, outcome.retry_after))
        else:
            self._refusals += 1
            self._gate.close(now + wait_after(self._refusals, outcome.retry_after))
        return True

    def learned(self) -> tuple[int, float] | None:
        return None
