"""The kinds of server that the limiter is measured against: how each limits, and who else comes."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from benchmarks.limiter_servers import (
    FirstRequest,
    Fixed,
    Server,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Unlimited,
)

RetryAfter = Literal["none", "seconds", "date"]


@dataclass
class Kind:
    """A kind of server: how it limits, what it says, who else comes."""

    name: str
    family: Literal["fixed", "sliding", "none"]
    requests: int
    per: float
    make: Callable[[Random, float], Server]
    retry_after: RetryAfter = "none"
    latency: float = 0.25
    others: float = 0.0
    """Requests of another client on the same token, as a share of the limit."""
    changed_to: int | None = None
    """The limit from the middle of the job on."""
    used: float = 0.0
    """What others had used up when the job began, as a share of the limit."""


def fixed(requests: int, per: float) -> Callable[[Random, float], Server]:
    """Windows at an unknown phase."""
    return lambda luck, _: Fixed(requests, per, luck.uniform(0, per))


def aligned(requests: int, per: float) -> Callable[[Random, float], Server]:
    """Windows that begin with the server's own minute, second, ..."""
    return lambda _, clock_ahead: Fixed(requests, per, clock_ahead)


def log(requests: int, per: float) -> Callable[[Random, float], Server]:
    """A sliding window, counted exactly."""
    return lambda *_: SlidingLog(requests, per)


KINDS = [
    Kind("no limit", "none", 1, 60, lambda *_: Unlimited()),
    Kind("fixed 60/60 s", "fixed", 60, 60, fixed(60, 60)),
    Kind("fixed 60/60 s, seconds", "fixed", 60, 60, fixed(60, 60), "seconds"),
    Kind("fixed 120/60 s, date", "fixed", 120, 60, fixed(120, 60), "date"),
    Kind("aligned 60/60 s", "fixed", 60, 60, aligned(60, 60)),
    Kind("aligned 120/60 s", "fixed", 120, 60, aligned(120, 60)),
    Kind("aligned 120/60 s, seconds", "fixed", 120, 60, aligned(120, 60), "seconds"),
    Kind("aligned 10/1 s", "fixed", 10, 1, aligned(10, 1), latency=0.1),
    Kind("fixed 300/60 s", "fixed", 300, 60, fixed(300, 60)),
    Kind("fixed 1000/60 s", "fixed", 1000, 60, fixed(1000, 60), latency=0.1),
    Kind("fixed 20/60 s, slow", "fixed", 20, 60, fixed(20, 60), latency=1.5),
    Kind("fixed 40/4 s", "fixed", 40, 4, fixed(40, 4), latency=0.1),
    Kind("fixed 40/4 s, seconds", "fixed", 40, 4, fixed(40, 4), "seconds", latency=0.1),
    Kind("fixed 5/1 s", "fixed", 5, 1, fixed(5, 1)),
    Kind("fixed 30/10 s", "fixed", 30, 10, fixed(30, 10)),
    Kind("fixed 500/600 s", "fixed", 500, 600, fixed(500, 600)),
    Kind("fixed 90/45 s", "fixed", 90, 45, fixed(90, 45)),
    Kind("fixed 20/2 s", "fixed", 20, 2, fixed(20, 2), latency=0.1),
    Kind("fixed 40/5 s", "fixed", 40, 5, fixed(40, 5), latency=0.1),
    Kind("fixed 70/7 s", "fixed", 70, 7, fixed(70, 7), latency=0.1),
    Kind("fixed 12/12 s", "fixed", 12, 12, fixed(12, 12)),
    Kind("fixed 150/15 s", "fixed", 150, 15, fixed(150, 15), latency=0.1),
    Kind("fixed 90/90 s", "fixed", 90, 90, fixed(90, 90)),
    Kind("fixed 300/300 s", "fixed", 300, 300, fixed(300, 300)),
    Kind("fixed 60/60 s, used before", "fixed", 60, 60, fixed(60, 60), used=0.9),
    Kind("aligned 120/60 s, used up", "fixed", 120, 60, aligned(120, 60), used=1.0),
    Kind("first request 60/60 s", "fixed", 60, 60, lambda *_: FirstRequest(60, 60)),
    Kind("fixed 120/60 s, another client", "fixed", 120, 60, fixed(120, 60), others=0.3),
    Kind("fixed 72/12 s, another client", "fixed", 72, 12, fixed(72, 12), latency=0.1, others=0.3),
    Kind("fixed 540/90 s, another client", "fixed", 540, 90, fixed(540, 90), others=0.3),
    Kind("fixed 120/60 s, then 60", "fixed", 120, 60, fixed(120, 60), changed_to=60),
    Kind("fixed 120/60 s, then 240", "fixed", 120, 60, fixed(120, 60), changed_to=240),
    Kind("fixed 60/60 s, then 180", "fixed", 60, 60, fixed(60, 60), changed_to=180),
    Kind("fixed 30/10 s, then 60", "fixed", 30, 10, fixed(30, 10), changed_to=60),
    Kind("log 60/60 s", "sliding", 60, 60, log(60, 60)),
    Kind("log 60/60 s, used before", "sliding", 60, 60, log(60, 60), used=0.9),
    Kind("log 60/60 s, seconds", "sliding", 60, 60, log(60, 60), "seconds"),
    Kind("log 60/60 s, then 120", "sliding", 60, 60, log(60, 60), changed_to=120),
    Kind("log 37/6 s, seconds, used", "sliding", 37, 6, log(37, 6), "seconds", used=0.5),
    Kind(
        "log 120/60 s, counts refused",
        "sliding",
        120,
        60,
        lambda *_: SlidingLog(120, 60, counts_refused=True),
    ),
    Kind("log 40/4 s", "sliding", 40, 4, log(40, 4), latency=0.1),
    Kind("log 10/1 s", "sliding", 10, 1, log(10, 1), latency=0.1),
    Kind("log 20/2 s", "sliding", 20, 2, log(20, 2), latency=0.1),
    Kind("log 40/5 s", "sliding", 40, 5, log(40, 5), latency=0.1),
    Kind("log 70/7 s", "sliding", 70, 7, log(70, 7), latency=0.1),
    Kind("log 150/15 s", "sliding", 150, 15, log(150, 15), latency=0.1),
    Kind("log 90/90 s", "sliding", 90, 90, log(90, 90)),
    Kind("log 5/10 s", "sliding", 5, 10, log(5, 10)),
    Kind("log 200/600 s", "sliding", 200, 600, log(200, 600)),
    Kind("log 120/60 s, another client", "sliding", 120, 60, log(120, 60), others=0.3),
    Kind("log 72/12 s, another client", "sliding", 72, 12, log(72, 12), latency=0.1, others=0.3),
    Kind("log 540/90 s, another client", "sliding", 540, 90, log(540, 90), others=0.3),
    Kind(
        "counter 60/60 s",
        "sliding",
        60,
        60,
        lambda luck, _: SlidingCounter(60, 60, luck.uniform(0, 60)),
    ),
    Kind(
        "counter 40/4 s, seconds",
        "sliding",
        40,
        4,
        lambda luck, _: SlidingCounter(40, 4, luck.uniform(0, 4)),
        "seconds",
        latency=0.1,
    ),
    Kind("bucket 60/60 s, burst 60", "sliding", 60, 60, lambda *_: TokenBucket(60, 60, 60)),
    Kind("bucket 300/60 s, burst 20", "sliding", 300, 60, lambda *_: TokenBucket(300, 60, 20)),
    Kind(
        "bucket 120/60 s, burst 10, seconds",
        "sliding",
        120,
        60,
        lambda *_: TokenBucket(120, 60, 10),
        "seconds",
    ),
    Kind(
        "bucket 120/60 s, then 60",
        "sliding",
        120,
        60,
        lambda *_: TokenBucket(120, 60, 30),
        changed_to=60,
    ),
]
