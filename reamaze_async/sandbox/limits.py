"""The rate limit: how many requests per period, in which kind of window. Pure: time is given."""

from collections import deque
from dataclasses import dataclass
from email.utils import formatdate
from math import ceil, floor
from typing import Literal, Protocol

from reamaze_async.sandbox.checks import check_words

Window = Literal["fixed", "sliding", "bucket"]


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests per period and token (that there is such a limit is documented, no figure).

    Attributes:
        requests: How many are let through per period.
        per: The period in seconds.
        window: "fixed": a count that starts anew each period (guess: what Rails services use);
            "sliding": never more than `requests` in any period; "bucket": they come back one by
            one, `requests` per `per`.
        aligned: Fixed windows begin at whole multiples of `per` of the clock (guess); else with
            the first request after the last window has ended.
        retry_after: The header `Retry-After` of a 429: none (guess), seconds, or an HTTP date.
        body: The 429's body: `Retry later` as text (guess), or JSON.
        per_endpoint: Count each method and path pattern for itself.
        refused_count: A refused request counts too, so that hammering keeps the window shut.
    """

    requests: int
    per: float = 60.0
    window: Window = "fixed"
    aligned: bool = True
    retry_after: Literal["seconds", "date", None] = None
    body: Literal["text", "json"] = "text"
    per_endpoint: bool = False
    refused_count: bool = False

    def __post_init__(self) -> None:
        check_words(self)
        if not (self.requests >= 1 and self.per > 0):
            message = f"{self}: at least one request, and a period longer than 0"
            raise ValueError(message)

    def header(self, wait: float, now: float) -> str | None:
        """The `Retry-After` of a wait that begins `now`: in whole seconds, never too few."""
        if self.retry_after == "seconds":
            return str(ceil(wait))
        if self.retry_after == "date":
            return formatdate(ceil(now + wait), usegmt=True)
        return None

    def counter(self) -> "Counter":
        """A fresh counter of this limit, for one token (and endpoint)."""
        kinds: dict[Window, type[FixedWindow | SlidingWindow | Bucket]] = {
            "fixed": FixedWindow,
            "sliding": SlidingWindow,
            "bucket": Bucket,
        }
        return kinds[self.window](self)


class Counter(Protocol):
    """Counts the requests of one token."""

    def wait(self, now: float) -> float:
        """Take the request that arrives `now`: 0 when let through, else seconds until one is."""


class FixedWindow:
    """A count that starts anew each period: up to twice `requests` may pass around a seam."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._ends = float("-inf")
        self._count = 0

    def wait(self, now: float) -> float:
        """Take the request that arrives `now`: 0 when let through, else seconds until one is."""
        if now >= self._ends:
            self._count = 0
            self._ends = self._end(now)
        self._count += 1
        return 0.0 if self._count <= self._limit.requests else self._ends - now

    def _end(self, now: float) -> float:
        per = self._limit.per
        return (floor(now / per) + 1) * per if self._limit.aligned else now + per


class SlidingWindow:
    """A log of the requests of the last period: no period ever holds more than `requests`."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._log: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Take the request that arrives `now`: 0 when let through, else seconds until one is."""
        log, limit = self._log, self._limit
        while log and log[0] <= now - limit.per:
            log.popleft()
        refused = len(log) >= limit.requests
        if not refused or limit.refused_count:
            log.append(now)
        return log[-limit.requests] + limit.per - now if refused else 0.0


class Bucket:
    """`requests` tokens at first, and one more each `per / requests` seconds."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._level = float(limit.requests)
        self._at = float("-inf")

    def wait(self, now: float) -> float:
        """Take the request that arrives `now`: 0 when let through, else seconds until one is."""
        limit = self._limit
        rate = limit.requests / limit.per
        gained = (now - self._at) * rate
        self._level, self._at = min(limit.requests, self._level + gained), now
        if self._level >= 1:
            self._level -= 1
            return 0.0
        if limit.refused_count:
            self._level = max(-float(limit.requests), self._level - 1)
        return (1 - self._level) / rate


class Limiter:
    """The counters of one limit, one for each token and, if wished, each endpoint."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._counters: dict[str, Counter] = {}

    def wait(self, endpoint: str, now: float) -> float:
        """Take a request to `endpoint`: 0 when let through, else seconds until one is."""
        key = endpoint if self.limit.per_endpoint else ""
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self.limit.counter()
        return counter.wait(now)
