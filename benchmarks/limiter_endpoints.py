"""Two endpoints at once through the limiter itself, on an event loop in virtual time.

The rest of the benchmark asks a learner directly. Whether endpoints share a limit is decided above
it, so here each request goes through `acquire` and `answered`, as a session's do. The shared pause
pauses all endpoints. The ideal is the time of the slower endpoint, or of both in one queue where
they share a limit.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from random import Random

from benchmarks.limiter_kinds import Family, Kind, Make, fixed, log
from benchmarks.limiter_rivals import Oracle, SharedPause
from benchmarks.limiter_servers import Server
from benchmarks.limiter_simulation import CONCURRENCY, HAIR, Client, Run, Simulation
from benchmarks.virtual_time import play
from reamaze_async import AdaptiveLimit, Limiter, LimiterState
from reamaze_async.limits.throttle import TOO_MANY_REQUESTS, Outcome, Permit

LISTING, SINGLE = "GET /conversations", "GET /conversations/*"


@dataclass
class Endpoints(Kind):
    """Two endpoints, each with eight tasks."""

    other: Make | None = None
    """The second endpoint's own limit; None: both are under the first one's."""
    other_requests: int = 0
    """What the second endpoint's limit allows, in as many seconds."""


class ByClient:
    """A limiter that asks a client of the simulation, and tells it of each answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._permits: dict[object, Permit] = {}

    @property
    def state(self) -> LimiterState:
        """Nothing is known."""
        return LimiterState()

    async def acquire(self, endpoint: str) -> None:
        """Wait until the client lets a request begin."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        while (delay := self._client.delay(loop.time())) > 0:  # noqa: ASYNC110 it names no event
            await asyncio.sleep(max(delay, HAIR))
        permit = self._permits[asyncio.current_task()] = Permit(endpoint, loop.time(), asked=asked)
        self._client.began(permit)

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        """Hand on how a request ended."""
        permit = self._permits.pop(asyncio.current_task())
        self._client.ended(permit, asyncio.get_running_loop().time(), outcome)


LIMITERS: dict[str, Callable[[], Limiter]] = {
    "ours": AdaptiveLimit,
    "shared pause": lambda: ByClient(SharedPause()),
}


@dataclass
class Job:
    """A number of requests to each endpoint, by eight tasks each."""

    limiter: Limiter
    servers: dict[str, Server]
    left: dict[str, int]
    latency: float
    luck: Random
    run: Run = field(default_factory=Run)

    async def finish(self, longest: float = inf) -> Run:
        """Send all, or stop at `longest`."""
        loop = asyncio.get_running_loop()
        try:
            async with (
                asyncio.timeout(None if longest == inf else longest),
                asyncio.TaskGroup() as g,
            ):
                for endpoint in self.servers:
                    for _ in range(CONCURRENCY):
                        g.create_task(self._work(endpoint))
        except TimeoutError:
            pass
        self.run.time = loop.time()
        return self.run

    async def _work(self, endpoint: str) -> None:
        while self.left[endpoint]:
            self.left[endpoint] -= 1
            while not await self._is_let_in(endpoint):
                self.run.refused += 1
            self.run.answered += 1

    async def _is_let_in(self, endpoint: str) -> bool:
        way = self.latency * self.luck.uniform(0.1, 0.4)
        work = self.latency * (0.4 + self.luck.expovariate(1 / 0.35))
        await self.limiter.acquire(endpoint)
        await asyncio.sleep(way)
        is_taken = self.servers[endpoint].take(asyncio.get_running_loop().time())
        self.run.note_arrival(is_taken=is_taken)
        await asyncio.sleep(work if is_taken else way)
        self.limiter.answered(endpoint, Outcome(200 if is_taken else TOO_MANY_REQUESTS))
        return is_taken


def run_through(limiter: Limiter, kind: Endpoints, seed: int, windows: int, longest: float) -> Run:
    """One job before two endpoints."""
    luck = Random(seed)
    first = kind.make(luck, 0.0)
    second = kind.other(luck, 0.0) if kind.other else first
    job = Job(
        limiter,
        {LISTING: first, SINGLE: second},
        dict(zip((LISTING, SINGLE), jobs_of_both(kind, windows), strict=True)),
        kind.latency,
        Random(seed + 1),
    )
    run: Run = play(job.finish(longest))
    return run


def jobs_of_both(kind: Endpoints, windows: int) -> tuple[int, int]:
    """Requests to each endpoint: so many windows' worth of its own limit, or half of both's."""
    if kind.other is None:
        return windows * kind.requests // 2, windows * kind.requests // 2
    return windows * kind.requests, windows * kind.other_requests


def ideal_of_both(kind: Endpoints, seed: int, windows: int) -> Run:
    """What who knows both limits needs."""
    first, second = jobs_of_both(kind, windows)
    if kind.other is None:
        return _ideal(kind.make, kind, seed, first + second, 2 * CONCURRENCY)
    runs = [
        _ideal(make, kind, seed, jobs, CONCURRENCY)
        for make, jobs in ((kind.make, first), (kind.other, second))
    ]
    return max(runs, key=lambda run: run.time)


def _ideal(make: Make, kind: Endpoints, seed: int, jobs: int, concurrency: int) -> Run:
    alone = Kind(kind.name, kind.family, kind.requests, kind.per, make, latency=kind.latency)
    simulation = Simulation(alone, seed, jobs, concurrency)
    return simulation.finish(Oracle(simulation.server))


def two(*requests: int, per: float, slides: bool, latency: float = 0.25) -> Endpoints:
    """Two endpoints with limits of their own, or with one number under a limit for both."""
    make = log if slides else fixed
    family: Family = "sliding" if slides else "fixed"
    word = "log" if slides else "fixed"
    limits = " and ".join(f"{number}/{per} s" for number in requests)
    name = f"two endpoints, {'own' if requests[1:] else 'one'} {word} {limits}"
    first = make(requests[0], per)
    if not requests[1:]:
        return Endpoints(name, family, requests[0], per, first, latency=latency)
    second = make(requests[1], per)
    return Endpoints(
        name,
        family,
        requests[0],
        per,
        first,
        latency=latency,
        other=second,
        other_requests=requests[1],
    )


TUNING = [
    two(60, 120, per=60, slides=False),
    two(40, 100, per=4, slides=True, latency=0.1),
    two(60, per=60, slides=True),
]

HELD_OUT = [
    two(60, 120, per=60, slides=True),
    two(40, 100, per=4, slides=False, latency=0.1),
    two(60, per=60, slides=False),
]
