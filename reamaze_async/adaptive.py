"""The pace of a limit that nobody knows."""

from .pace import TOO_MANY_REQUESTS, Gate, News, Outcome, Turn, wait_after


class Adaptive:
    """A `Gate` alone: full speed until a 429."""

    def __init__(self) -> None:
        self.throttled = 0
        self._gate = Gate()
        self._refusals = 0

    def delay(self, now: float) -> float:
        """Wait for the gate."""
        return self._gate.delay(now)

    def began(self, turn: Turn) -> None:
        """Behind a closed gate, as the probe."""
        self._gate.began(turn)

    def ended(self, turn: Turn, now: float, outcome: Outcome) -> None:
        """Judge the answer."""
        self.throttled += outcome.status == TOO_MANY_REQUESTS
        news = self._gate.ended(turn, now, outcome)
        if news is News.OPENED:
            self._refusals = 0
        elif news is not News.NONE:
            self._refusals += 1
            self._gate.close(now + wait_after(self._refusals, outcome.retry_after))

    def is_refused(self) -> bool:
        """Whether a 429 has closed the gate."""
        return self._gate.closed

    def learned(self) -> tuple[int, float] | None:
        """Nothing."""
        return None
