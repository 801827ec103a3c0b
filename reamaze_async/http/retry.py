"""Retries: what is tried again, and after how long.

Pure: time and luck are passed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from reamaze_async import validation
from reamaze_async.errors import (
    APIError,
    ConnectionFailed,
    DecodeError,
    RateLimited,
    ReamazeError,
    RequestTimeout,
)

BASE_DELAY = 0.5
PASSING = frozenset({408, 500, 502, 503, 504, *range(520, 528), 530})
"""Statuses that tell of a passing trouble; from 520 on they are a proxy's own."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long to try.

    The delay before try *n* + 1 is drawn evenly from 0 to `min(max_delay, 0.5 * 2 ** (n - 1))`
    seconds ("full jitter").

    Tried again is a GET after a connection error, a timeout, a body cut short or not JSON, and
    408, 500, 502, 503, 504, and a proxy's own 520 to 527 and 530. A `Retry-After` makes the delay
    longer, up to `max_delay`, or as far as the deadline allows. A write (POST, PUT, PATCH, DELETE)
    is repeated only where it certainly did not happen: the connection was refused, or the answer
    was 429.

    Attributes:
        attempts: all tries of one request; 1 means never again. A 429 uses none up. Default 5.
        max_delay: the longest pause between two tries, in seconds. Default 30.
        deadline: seconds after which a request is given up that waits for the rate limit
            (`RateLimited`), for other requests of the session (`RequestTimeout`), or for another
            try; an attempt under way is ended by the session's `timeout` alone. None (the
            default) waits as long as it takes.
    """

    attempts: int = 5
    max_delay: float = 30.0
    deadline: float | None = None

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InvalidParameter: one of them makes no sense.
        """
        validation.whole("attempts", self.attempts, least=1)
        validation.seconds("max_delay", self.max_delay, zero=True)
        if self.deadline is not None:
            validation.seconds("deadline", self.deadline)

    def delay_after(
        self,
        error: ReamazeError,
        *,
        method: str,
        attempt: int,
        elapsed: float,
        luck: float,
        asked: float | None = None,
    ) -> float | None:
        """Seconds to wait before the next try, or None to give up.

        Args:
            error: how the last try ended.
            method: of the request.
            attempt: how many tries there were, those answered 429 not counted.
            elapsed: seconds since the request was first wanted.
            luck: an even random number from 0 to 1.
            asked: seconds that the server asks to wait, if it does.
        """
        if isinstance(error, RateLimited):
            return 0.0 if self._allows(elapsed) else None
        if attempt >= self.attempts or not is_repeatable(error, method):
            return None
        delay = luck * min(self.max_delay, BASE_DELAY * 2.0 ** min(attempt - 1, 60))
        if asked is not None:
            is_in_time = self.deadline is not None and self._allows(elapsed + asked)
            delay = max(delay, asked if is_in_time else min(asked, self.max_delay))
        return delay if self._allows(elapsed + delay) else None

    def _allows(self, elapsed: float) -> bool:
        return self.deadline is None or elapsed < self.deadline


def is_repeatable(error: ReamazeError, method: str) -> bool:
    """Whether asking again is safe and may help."""
    if isinstance(error, ConnectionFailed) and error.is_final:
        return False
    if isinstance(error, ConnectionFailed) and not error.sent:
        return True
    if method != "GET":
        return False
    if isinstance(error, APIError):
        return error.status in PASSING
    if isinstance(error, DecodeError):
        return error.is_garbled
    return isinstance(error, ConnectionFailed | RequestTimeout)
