"""The sliding-window log: never more than so many requests in any window of so many seconds.

The server counts a request when it *arrives*, and all that is known of that
instant is that it lies between sending and answer. Count a permit as used from the sending until
``per`` seconds after the answer: then of any ``requests + 1`` requests in a row the last is sent
at least ``per`` after the first was answered, so no window of ``per`` seconds holds them all,
whatever the latency. A leaky bucket lets almost twice as many into its first window, and a log of
sendings breaks as soon as one request is slow and a later one is fast.
"""

from collections import deque
from math import inf

from reamaze_async import validation

from .throttle import part_of

CLOCK_HAIR = 0.001
"""Seconds. Clocks of event loops tick in milliseconds (uvloop) or finer."""
CLOCK_DRIFT = 1e-4
"""Share by which two computers' clocks may drift apart, with room to spare."""


class SlidingWindowLog:
    """At most `requests` in any window of `per` seconds, as the server counts them.

    Raises:
        InvalidParameter: a number that is none, or out of its range.
    """

    def __init__(self, requests: int, per: float) -> None:
        self.requests: int = validation.whole("requests", requests, least=1)
        self.per: float = validation.seconds("per", per)
        self._under_way = 0
        self._returns: deque[float] = deque()

    def delay(self, now: float, share: float = 1.0) -> float:
        """Seconds until a permit of this share of them is free; ``inf`` when all are under way."""
        returns = self._returns
        while returns and returns[0] <= now:
            returns.popleft()
        over = self._under_way + len(returns) - part_of(self.requests, share)
        if over < 0:
            return 0.0
        return returns[over] - now if over < len(returns) else inf

    def began(self) -> None:
        """Use a permit."""
        self._under_way += 1

    def ended(self, now: float, *, sent: bool) -> None:
        """Give the permit back: at once if its request never left, else after `per`."""
        self._under_way -= 1
        if sent:
            self._returns.append(now + self.per * (1 + CLOCK_DRIFT) + CLOCK_HAIR)
