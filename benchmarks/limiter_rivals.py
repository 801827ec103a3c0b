"""What others do about a 429, behind the same three calls as ours; and who knows it all."""

from math import inf
from random import Random

from benchmarks.limiter_servers import Server
from reamaze_async.limits.throttle import Outcome, Permit


class SharedPause:
    """A 429 pauses all tasks, for `Retry-After` or 1, 2, 4 ... 30 s; then all go on at once.

    A late 429 is no news, unless it names a later moment.
    """

    def __init__(self) -> None:
        self._until = self._paused_at = -inf
        self._pauses = 0

    def delay(self, now: float) -> float:
        return max(0.0, self._until - now)

    def began(self, permit: Permit) -> None:
        pass

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> None:
        if outcome.status != 429:
            self._pauses = 0
        elif permit.began > self._paused_at:
            wait = outcome.retry_after
            self._until = now + (min(30.0, 2.0 ** min(self._pauses, 5)) if wait is None else wait)
            self._paused_at = now
            self._pauses += 1
        elif outcome.retry_after is not None:
            self._until = max(self._until, now + outcome.retry_after)


class BackoffPerTask:
    """Nothing is shared: each task sleeps for itself, with full jitter up to 30 s."""

    def __init__(self, luck: Random) -> None:
        self._luck = luck

    def delay(self, _now: float) -> float:
        return 0.0

    def began(self, permit: Permit) -> None:
        pass

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> None:
        pass

    def sleep(self, refusals: int, outcome: Outcome) -> float:
        """Seconds that the refused task sleeps before it asks again."""
        if outcome.retry_after is not None:
            return outcome.retry_after
        return self._luck.uniform(0, min(30.0, 2.0**refusals))


class Botocore:
    """botocore's adaptive mode, from its published description.

    A token bucket before each send, whose rate follows CUBIC: at a throttled answer 0.7 of the
    measured rate, then a cubic climb back to and past the rate of the last failure, at most twice
    the measured rate. The rate is measured in half-second bins, smoothed by 0.8. The throttled
    task itself also sleeps, with full jitter up to 20 s.
    """

    def __init__(self, luck: Random) -> None:
        self._luck = luck
        self._enabled = False
        self._rate, self._tokens, self._filled_at = 0.5, 0.0, 0.0
        self._w_max, self._k, self._failed_at = 0.0, 0.0, 0.0
        self._measured, self._bin, self._sent = 0.0, 0.0, 0

    def delay(self, now: float) -> float:
        if not self._enabled:
            return 0.0
        self._fill(now)
        return 0.0 if self._tokens >= 1 - 1e-9 else (1 - self._tokens) / self._rate

    def began(self, _permit: Permit) -> None:
        self._tokens -= 1

    def ended(self, _permit: Permit, now: float, outcome: Outcome) -> None:
        self._measure(now)
        if outcome.status == 429:
            rate = min(self._measured, self._rate) if self._enabled else self._measured
            self._w_max, self._failed_at = rate, now
            self._k = (rate * 0.3 / 0.4) ** (1 / 3)
            self._enabled = True
            rate *= 0.7
        else:
            rate = 0.4 * (now - self._failed_at - self._k) ** 3 + self._w_max
        self._fill(now)
        self._rate = max(0.5, min(rate, 2 * self._measured))
        self._tokens = min(self._tokens, max(1.0, self._rate))

    def sleep(self, refusals: int, _outcome: Outcome) -> float:
        """Seconds that the refused task sleeps before it asks again."""
        return self._luck.random() * min(20.0, 2.0**refusals)

    def _fill(self, now: float) -> None:
        gained = (now - self._filled_at) * self._rate
        self._tokens = min(max(1.0, self._rate), self._tokens + gained)
        self._filled_at = now

    def _measure(self, now: float) -> None:
        half = (now * 2 // 1) / 2
        self._sent += 1
        if half > self._bin:
            self._measured = 0.8 * self._sent / (half - self._bin) + 0.2 * self._measured
            self._bin, self._sent = half, 0


class Oracle:
    """Knows the server: sends exactly when it would be let in. Its time is the ideal."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def delay(self, now: float) -> float:
        return self._server.wait(now)

    def began(self, permit: Permit) -> None:
        pass

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> None:
        pass
