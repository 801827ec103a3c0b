"""Rate limits as servers keep them, in virtual time.

Each server answers two questions: `take(t)`, a request arrives at `t`, is it let in; and
`wait(t)`, seconds until a request arriving then would be let in. The second is what a perfect
client would know; it makes the ideal time, and the `Retry-After` where a server sends one.

What refuses whatever the rate (`Overload`) stands before a server, and is no limit.
"""

from collections import deque
from collections.abc import Sequence
from math import floor, inf
from random import Random
from typing import Protocol

INSTANT = 1e-9
"""Who is refused is let in later, however little: sums of floats may say at once."""


class Server(Protocol):
    """A rate limit seen from the inside."""

    def take(self, t: float) -> bool:
        """Let in a request that arrives at `t`, or refuse it."""
        ...

    def wait(self, t: float) -> float:
        """Seconds from `t` until a request would be let in, if nobody else came."""
        ...

    def limit_to(self, requests: int) -> None:
        """Change the limit from now on."""
        ...


class Unlimited:
    """Lets everything in."""

    def take(self, _t: float) -> bool:
        return True

    def wait(self, _t: float) -> float:
        return 0.0

    def limit_to(self, requests: int) -> None:
        pass


class Fixed:
    """So many in each window of `per` seconds of a clock that is `phase` ahead."""

    def __init__(self, requests: int, per: float, phase: float = 0.0) -> None:
        self.requests, self.per, self.phase = requests, per, phase
        self._window, self._count = -1, 0

    def _turn_to(self, t: float) -> None:
        window = floor((t + self.phase) / self.per)
        if window > self._window:
            self._window, self._count = window, 0

    def take(self, t: float) -> bool:
        self._turn_to(t)
        if self._count >= self.requests:
            return False
        self._count += 1
        return True

    def wait(self, t: float) -> float:
        self._turn_to(t)
        if self._count < self.requests:
            return 0.0
        return max(INSTANT, (self._window + 1) * self.per - self.phase - t)

    def limit_to(self, requests: int) -> None:
        self.requests = requests


class FirstRequest:
    """A window that begins with the first request after the last one's end (INCR and EXPIRE)."""

    def __init__(self, requests: int, per: float) -> None:
        self.requests, self.per = requests, per
        self._end, self._count = -inf, 0

    def take(self, t: float) -> bool:
        if t >= self._end:
            self._end, self._count = t + self.per, 0
        if self._count >= self.requests:
            return False
        self._count += 1
        return True

    def wait(self, t: float) -> float:
        return 0.0 if t >= self._end or self._count < self.requests else self._end - t

    def limit_to(self, requests: int) -> None:
        self.requests = requests


class SlidingLog:
    """Never more than so many in any `per` seconds; refused ones may count too."""

    def __init__(self, requests: int, per: float, *, counts_refused: bool = False) -> None:
        self.requests, self.per, self.counts_refused = requests, per, counts_refused
        self._log: deque[float] = deque()

    def _expire(self, t: float) -> None:
        while self._log and self._log[0] <= t - self.per:
            self._log.popleft()

    def take(self, t: float) -> bool:
        self._expire(t)
        taken = len(self._log) < self.requests
        if taken or self.counts_refused:
            self._log.append(t)
        return taken

    def wait(self, t: float) -> float:
        self._expire(t)
        over = len(self._log) - self.requests
        return 0.0 if over < 0 else max(INSTANT, self._log[over] + self.per - t)

    def limit_to(self, requests: int) -> None:
        self.requests = requests


class SlidingCounter:
    """Two fixed windows, the earlier one weighted by what of it is still inside `per`."""

    def __init__(self, requests: int, per: float, phase: float = 0.0) -> None:
        self.requests, self.per, self.phase = requests, per, phase
        self._window, self._count, self._before = 0, 0, 0

    def _turn_to(self, t: float) -> float:
        at = (t + self.phase) / self.per
        window = floor(at)
        if window > self._window:
            self._before = self._count if window == self._window + 1 else 0
            self._window, self._count = window, 0
        return at - window

    def take(self, t: float) -> bool:
        into = self._turn_to(t)
        if self._before * (1 - into) + self._count + 1 > self.requests:
            return False
        self._count += 1
        return True

    def wait(self, t: float) -> float:
        into = self._turn_to(t)
        room = self.requests - self._count - 1
        if self._before * (1 - into) <= room:
            return 0.0
        if room >= 0:
            return max(INSTANT, (1 - room / self._before - into) * self.per)
        # In the next window this one's count fades: when has enough of it gone?
        fades = max(0.0, 1 - (self.requests - 1) / self._count)
        return (1 - into + fades) * self.per + INSTANT

    def limit_to(self, requests: int) -> None:
        self.requests = requests


class TokenBucket:
    """`requests` tokens flow in evenly per `per` seconds, at most `burst` are kept."""

    def __init__(self, requests: int, per: float, burst: int) -> None:
        self.rate, self.per, self.burst = requests / per, per, burst
        self._tokens, self._at = float(burst), 0.0

    def _fill(self, t: float) -> None:
        self._tokens = min(self.burst, self._tokens + (t - self._at) * self.rate)
        self._at = t

    def take(self, t: float) -> bool:
        self._fill(t)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def wait(self, t: float) -> float:
        self._fill(t)
        return max(0.0, (1 - self._tokens) / self.rate)

    def limit_to(self, requests: int) -> None:
        self.rate = requests / self.per


class Both:
    """Two limits at once: lets in what both let in, and counts nothing else."""

    def __init__(self, first: Server, second: Server) -> None:
        self._limits = first, second

    def take(self, t: float) -> bool:
        return self.wait(t) <= 0 and all(limit.take(t) for limit in self._limits)

    def wait(self, t: float) -> float:
        return max(limit.wait(t) for limit in self._limits)

    def limit_to(self, requests: int) -> None:
        for limit in self._limits:
            limit.limit_to(requests)


class Processes:
    """Several processes behind a balancer that picks one at random; each counts for itself."""

    def __init__(self, luck: Random, processes: Sequence[Server]) -> None:
        self._luck, self.processes = luck, processes

    def take(self, t: float) -> bool:
        return self._luck.choice(self.processes).take(t)

    def wait(self, t: float) -> float:
        return min(process.wait(t) for process in self.processes)

    def limit_to(self, requests: int) -> None:
        for process in self.processes:
            process.limit_to(requests)


class Overload:
    """Refuses a share of all requests at random, whatever their rate.

    With `stretch` the luck holds for so many seconds: all requests of a stretch are refused, or
    none of them is.
    """

    def __init__(self, luck: Random, share: float, stretch: float = 0.0) -> None:
        self._luck, self.share, self.stretch = luck, share, stretch
        self._seed = luck.random()

    def refuses(self, t: float) -> bool:
        """Refuse a request that arrives at `t`, or hand it on."""
        if not self.stretch:
            return self._luck.random() < self.share
        return self._is_bad(floor(t / self.stretch))

    def wait(self, t: float) -> float:
        """Seconds from `t` until the stretch that refuses everything ends."""
        if not self.stretch or not self._is_bad(number := floor(t / self.stretch)):
            return 0.0
        while self._is_bad(number):
            number += 1
        return max(INSTANT, number * self.stretch - t)

    def _is_bad(self, number: int) -> bool:
        return Random(f"{self._seed} {number}").random() < self.share
