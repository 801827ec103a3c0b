"""The kinds of server that the limiter is measured against: how each limits, and who else comes.

Here are batch jobs before 58 kinds of server; beside this file are `limiter_hard_kinds`,
`limiter_interactive_kinds` and `limiter_random_kinds`. Constants and rules are chosen by the kinds
for `TUNING` alone. Those that are `HELD_OUT` show whether what was chosen holds for others too.

Everything here can be sent to another process.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Literal, NamedTuple

from benchmarks.limiter_servers import (
    Both,
    FirstRequest,
    Fixed,
    Processes,
    Server,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Unlimited,
)

Family = Literal["fixed", "sliding", "none"]
RetryAfter = Literal["none", "seconds", "date"] | float
"""What a 429 says: nothing, the seconds left, the date of the reset; or always the same number."""
Make = Callable[[Random, float], Server]
"""Makes a server, of luck and of how far the server's clock is ahead."""

SHORT = 15.0
"""Windows of so many seconds are short."""
GREEDY = 0.7
"""Another client that takes so much of the limit is greedy."""


class Burst(NamedTuple):
    """So many requests that people ask for at one moment."""

    at: float
    requests: int


@dataclass
class Kind:
    """A kind of server and of its use: how it limits, what it says, who else comes."""

    name: str
    family: Family
    requests: int
    per: float
    make: Make
    retry_after: RetryAfter = "none"
    latency: float = 0.25
    others: float = 0.0
    """Requests of another client on the same token, as a share of the limit."""
    changed_to: int | None = None
    """The limit from the middle of the job on."""
    used: float = 0.0
    """What others had used up when the job began, as a share of the limit."""
    jobs: int | None = None
    """Requests of a job; None: as many windows' worth as all kinds get."""
    first_retry_after: float | None = None
    """What the first 429 says, whatever the others say."""
    lost: float = 0.0
    """Share of the answers that never come back."""
    shed: float = 0.0
    """Share of the requests that are refused at random, whatever their rate."""
    stretch: float = 0.0
    """Seconds for which that luck holds."""
    asks: Callable[[Random], list[Burst]] | None = None
    """When people ask; None: a batch job."""

    @property
    def is_contested(self) -> bool:
        """Whether a greedy client takes the places of a short sliding window as they come free.

        Who asks for eight at once gets more of them than who asks singly, and pays with hundreds
        of 429s; so the time of these kinds is told apart, beside what it costs.
        """
        return self.family == "sliding" and self.per <= SHORT and self.others >= GREEDY


@dataclass(frozen=True)
class Group:
    """Kinds that are summed up together, in two halves."""

    name: str
    tuning: list[Kind]
    held_out: list[Kind]

    def half_of(self, kind: Kind) -> str:
        """The name of the half that a kind is in."""
        return "tuning" if any(kind.name == other.name for other in self.tuning) else "held-out"


def _fixed(requests: int, per: float, luck: Random, _: float) -> Server:
    return Fixed(requests, per, luck.uniform(0, per))


def fixed(requests: int, per: float) -> Make:
    """Windows at an unknown phase."""
    return partial(_fixed, requests, per)


def _aligned(requests: int, per: float, _: Random, clock_ahead: float) -> Server:
    return Fixed(requests, per, clock_ahead)


def aligned(requests: int, per: float) -> Make:
    """Windows that begin with the server's own minute, second, ..."""
    return partial(_aligned, requests, per)


def _first_request(requests: int, per: float, _luck: Random, _: float) -> Server:
    return FirstRequest(requests, per)


def first_request(requests: int, per: float) -> Make:
    """Windows that begin with the first request after the last one's end."""
    return partial(_first_request, requests, per)


def _log(requests: int, per: float, _luck: Random, _: float) -> Server:
    return SlidingLog(requests, per)


def log(requests: int, per: float) -> Make:
    """A sliding window, counted exactly."""
    return partial(_log, requests, per)


def _strict_log(requests: int, per: float, _luck: Random, _: float) -> Server:
    return SlidingLog(requests, per, counts_refused=True)


def strict_log(requests: int, per: float) -> Make:
    """A sliding window in which refused requests count too."""
    return partial(_strict_log, requests, per)


def _counter(requests: int, per: float, luck: Random, _: float) -> Server:
    return SlidingCounter(requests, per, luck.uniform(0, per))


def counter(requests: int, per: float) -> Make:
    """Two windows, the earlier one weighted."""
    return partial(_counter, requests, per)


def _bucket(requests: int, per: float, burst: int, _luck: Random, _: float) -> Server:
    return TokenBucket(requests, per, burst)


def bucket(requests: int, per: float, burst: int) -> Make:
    """Tokens that flow in evenly."""
    return partial(_bucket, requests, per, burst)


def _unlimited(_luck: Random, _: float) -> Server:
    return Unlimited()


def unlimited() -> Make:
    """No limit."""
    return _unlimited


def _both(first: Make, second: Make, luck: Random, clock_ahead: float) -> Server:
    return Both(first(luck, clock_ahead), second(luck, clock_ahead))


def both(first: Make, second: Make) -> Make:
    """Two limits at once."""
    return partial(_both, first, second)


def _processes(number: int, make: Make, luck: Random, clock_ahead: float) -> Server:
    return Processes(Random(luck.random()), [make(luck, clock_ahead) for _ in range(number)])


def processes(number: int, make: Make) -> Make:
    """Several processes that count apart; of `aligned` windows in the same phase."""
    return partial(_processes, number, make)


TUNING = [
    Kind("no limit", "none", 1, 60, unlimited()),
    Kind("fixed 60/60 s, seconds", "fixed", 60, 60, fixed(60, 60), "seconds"),
    Kind("aligned 60/60 s", "fixed", 60, 60, aligned(60, 60)),
    Kind("aligned 120/60 s, seconds", "fixed", 120, 60, aligned(120, 60), "seconds"),
    Kind("fixed 300/60 s", "fixed", 300, 60, fixed(300, 60)),
    Kind("fixed 20/60 s, slow", "fixed", 20, 60, fixed(20, 60), latency=1.5),
    Kind("fixed 40/4 s, seconds", "fixed", 40, 4, fixed(40, 4), "seconds", latency=0.1),
    Kind("fixed 30/10 s", "fixed", 30, 10, fixed(30, 10)),
    Kind("fixed 90/45 s", "fixed", 90, 45, fixed(90, 45)),
    Kind("fixed 40/5 s", "fixed", 40, 5, fixed(40, 5), latency=0.1),
    Kind("fixed 12/12 s", "fixed", 12, 12, fixed(12, 12)),
    Kind("fixed 90/90 s", "fixed", 90, 90, fixed(90, 90)),
    Kind("fixed 60/60 s, used before", "fixed", 60, 60, fixed(60, 60), used=0.9),
    Kind("first request 60/60 s", "fixed", 60, 60, first_request(60, 60)),
    Kind("fixed 72/12 s, another client", "fixed", 72, 12, fixed(72, 12), latency=0.1, others=0.3),
    Kind("fixed 120/60 s, then 60", "fixed", 120, 60, fixed(120, 60), changed_to=60),
    Kind("fixed 60/60 s, then 180", "fixed", 60, 60, fixed(60, 60), changed_to=180),
    Kind("log 60/60 s", "sliding", 60, 60, log(60, 60)),
    Kind("log 60/60 s, seconds", "sliding", 60, 60, log(60, 60), "seconds"),
    Kind("log 37/6 s, seconds, used", "sliding", 37, 6, log(37, 6), "seconds", used=0.5),
    Kind("log 40/4 s", "sliding", 40, 4, log(40, 4), latency=0.1),
    Kind("log 20/2 s", "sliding", 20, 2, log(20, 2), latency=0.1),
    Kind("log 70/7 s", "sliding", 70, 7, log(70, 7), latency=0.1),
    Kind("log 90/90 s", "sliding", 90, 90, log(90, 90)),
    Kind("log 200/600 s", "sliding", 200, 600, log(200, 600)),
    Kind("log 72/12 s, another client", "sliding", 72, 12, log(72, 12), latency=0.1, others=0.3),
    Kind("counter 60/60 s", "sliding", 60, 60, counter(60, 60)),
    Kind("bucket 60/60 s, burst 60", "sliding", 60, 60, bucket(60, 60, 60)),
    Kind("bucket 120/60 s, burst 10, seconds", "sliding", 120, 60, bucket(120, 60, 10), "seconds"),
]

HELD_OUT = [
    Kind("fixed 60/60 s", "fixed", 60, 60, fixed(60, 60)),
    Kind("fixed 120/60 s, date", "fixed", 120, 60, fixed(120, 60), "date"),
    Kind("aligned 120/60 s", "fixed", 120, 60, aligned(120, 60)),
    Kind("aligned 10/1 s", "fixed", 10, 1, aligned(10, 1), latency=0.1),
    Kind("fixed 1000/60 s", "fixed", 1000, 60, fixed(1000, 60), latency=0.1),
    Kind("fixed 40/4 s", "fixed", 40, 4, fixed(40, 4), latency=0.1),
    Kind("fixed 5/1 s", "fixed", 5, 1, fixed(5, 1)),
    Kind("fixed 500/600 s", "fixed", 500, 600, fixed(500, 600)),
    Kind("fixed 20/2 s", "fixed", 20, 2, fixed(20, 2), latency=0.1),
    Kind("fixed 70/7 s", "fixed", 70, 7, fixed(70, 7), latency=0.1),
    Kind("fixed 150/15 s", "fixed", 150, 15, fixed(150, 15), latency=0.1),
    Kind("fixed 300/300 s", "fixed", 300, 300, fixed(300, 300)),
    Kind("aligned 120/60 s, used up", "fixed", 120, 60, aligned(120, 60), used=1.0),
    Kind("fixed 120/60 s, another client", "fixed", 120, 60, fixed(120, 60), others=0.3),
    Kind("fixed 540/90 s, another client", "fixed", 540, 90, fixed(540, 90), others=0.3),
    Kind("fixed 120/60 s, then 240", "fixed", 120, 60, fixed(120, 60), changed_to=240),
    Kind("fixed 30/10 s, then 60", "fixed", 30, 10, fixed(30, 10), changed_to=60),
    Kind("log 60/60 s, used before", "sliding", 60, 60, log(60, 60), used=0.9),
    Kind("log 60/60 s, then 120", "sliding", 60, 60, log(60, 60), changed_to=120),
    Kind("log 120/60 s, counts refused", "sliding", 120, 60, strict_log(120, 60)),
    Kind("log 10/1 s", "sliding", 10, 1, log(10, 1), latency=0.1),
    Kind("log 40/5 s", "sliding", 40, 5, log(40, 5), latency=0.1),
    Kind("log 150/15 s", "sliding", 150, 15, log(150, 15), latency=0.1),
    Kind("log 5/10 s", "sliding", 5, 10, log(5, 10)),
    Kind("log 120/60 s, another client", "sliding", 120, 60, log(120, 60), others=0.3),
    Kind("log 540/90 s, another client", "sliding", 540, 90, log(540, 90), others=0.3),
    Kind("counter 40/4 s, seconds", "sliding", 40, 4, counter(40, 4), "seconds", latency=0.1),
    Kind("bucket 300/60 s, burst 20", "sliding", 300, 60, bucket(300, 60, 20)),
    Kind("bucket 120/60 s, then 60", "sliding", 120, 60, bucket(120, 60, 30), changed_to=60),
]

KINDS = TUNING + HELD_OUT

BATCH = Group("batch", TUNING, HELD_OUT)
