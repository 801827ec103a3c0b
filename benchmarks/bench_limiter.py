"""The limiter against servers that hide their limit, in virtual time.

    python -m benchmarks.bench_limiter [--seeds N] [--windows N] [--kind WORD] [--client WORD]

A small discrete-event simulation of a listing: page 1, then eight tasks; a latency with jitter of
which the way to the server is a part, refusals that come back sooner than answers. The ideal is the
time of a client that knows the server's mind. Printed for each kind of server and each client: time
over ideal, mean and worst over the seeds; 429s in per cent of the requests that were let in, mean
and worst; the longest row of 429s in any seed, as the server gave them, without another answer in
between. Then what the limiter costs where nothing limits, on a real event loop.

What it can't show: how the real service limits. It is documented to do so per minute and token,
and nothing else is known, so the kinds cover what common servers do.
"""

import argparse
import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from math import ceil, floor, inf
from random import Random
from statistics import fmean
from time import process_time
from typing import NamedTuple, Protocol

from benchmarks.limiter_kinds import KINDS, Kind
from benchmarks.limiter_rivals import BackoffPerTask, Botocore, Oracle, SharedPause
from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.limits.limiter import AdaptiveLimit, Limiter, RateLimit
from reamaze_async.limits.throttle import Outcome
from reamaze_async.limits.throttle import Permit as Turn

CONCURRENCY = 8
LONGEST_RUN = 40.0
"""Times the ideal; a client that isn't done by then is stopped and counted as that slow."""


class Client(Protocol):
    """What decides when a request begins. One with a `sleep` lets each refused task sleep too."""

    def delay(self, now: float, /) -> float:
        """Seconds until a request may begin."""
        ...

    def began(self, turn: Turn, /) -> None:
        """Note that a request begins."""
        ...

    def ended(self, turn: Turn, now: float, outcome: Outcome, /) -> None:
        """Note that a request has ended."""
        ...


@dataclass
class Run:
    """What came of one job."""

    time: float = 0.0
    answered: int = 0
    refused: int = 0
    row: int = 0
    longest_row: int = 0


class Travel(NamedTuple):
    """Of one request, in seconds."""

    way: float
    """To the server."""
    work: float
    """From its arrival to its answer's."""
    refusal: float
    """The same, for a 429."""


class Simulation:
    """One job of so many requests by so many tasks, against one server."""

    def __init__(self, kind: Kind, seed: int, jobs: int, concurrency: int = CONCURRENCY) -> None:
        self.kind, self.jobs, self.concurrency = kind, jobs, concurrency
        luck = Random(seed)
        self.clock_ahead = luck.uniform(0, 1000)
        self.server = kind.make(luck, self.clock_ahead)
        self._luck = Random(seed + 1)
        self._others = Random(seed + 2)
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0
        self._waiting: deque[int] = deque()
        self._timer = inf
        self.now = 0.0
        self.run = Run()

    def finish(self, pace: Client, longest: float = inf) -> Run:
        """Run the job to its end, or until `longest`."""
        self.pace, self._left = pace, self.jobs
        self._sleep = getattr(pace, "sleep", None)
        self._knows = isinstance(pace, Oracle)
        for _ in range(round(self.kind.used * self.kind.requests)):
            self.server.take(0.0)
        if self.kind.others:
            self._other()
        self._next()
        self._pump()
        while self.run.answered < self.jobs and self.now < longest:
            self.now, _, happen = heappop(self._heap)
            happen()
            self._pump()
        self.run.time = self.now
        return self.run

    def travel(self, luck: Random) -> Travel:
        """How long the next request and its answer take."""
        latency = self.kind.latency
        way = latency * luck.uniform(0.1, 0.4)
        return Travel(way, latency * (0.4 + luck.expovariate(1 / 0.35)), way)

    def _at(self, time: float, happen: Callable[[], None]) -> None:
        self._serial += 1
        heappush(self._heap, (time, self._serial, happen))

    def _next(self) -> None:
        if self._left:
            self._left -= 1
            self._waiting.append(0)

    def _pump(self) -> None:
        while self._waiting:
            delay = self.pace.delay(self.now)
            if delay > 0:
                if self.now + delay < self._timer:
                    self._timer = self.now + max(delay, 1e-6)
                    self._at(self._timer, self._ring)
                return
            self._begin(self._waiting.popleft())

    def _ring(self) -> None:
        self._timer = inf

    def _begin(self, refusals: int) -> None:
        turn = Turn("GET /conversations", self.now)
        self.pace.began(turn)
        travel = self.travel(self._luck)
        if self._knows:
            if not self.server.take(self.now):
                msg = f"{self.kind.name}: refused who knows it all"
                raise RuntimeError(msg)
            end = self.now + travel.way + travel.work
            self._at(end, lambda: self._answer(turn, refusals, Outcome(200)))
        else:
            self._at(self.now + travel.way, lambda: self._arrive(turn, refusals, travel))

    def _arrive(self, turn: Turn, refusals: int, travel: Travel) -> None:
        taken = self.server.take(self.now)
        self.run.row = 0 if taken else self.run.row + 1
        self.run.longest_row = max(self.run.longest_row, self.run.row)
        if taken:
            outcome = Outcome(200)
            self._at(self.now + travel.work, lambda: self._answer(turn, refusals, outcome))
        else:
            date = float(floor(self.now + self.clock_ahead))
            outcome = Outcome(429, retry_after=self._retry_after(), date=date)
            self._at(self.now + travel.refusal, lambda: self._answer(turn, refusals, outcome))

    def _retry_after(self) -> float | None:
        if self.kind.retry_after == "none":
            return None
        wait = self.server.wait(self.now)
        if self.kind.retry_after == "seconds":
            return float(ceil(wait))
        server_now = self.now + self.clock_ahead
        return ceil(server_now + wait) - floor(server_now)

    def _answer(self, turn: Turn, refusals: int, outcome: Outcome) -> None:
        run = self.run
        self.pace.ended(turn, self.now, outcome)
        if outcome.status == 429:
            run.refused += 1
            again = self._sleep(refusals, outcome) if self._sleep else 0.0
            self._at(self.now + again, lambda: self._waiting.append(refusals + 1))
            return
        run.answered += 1
        if run.answered == self.jobs // 2 and self.kind.changed_to is not None:
            self.server.limit_to(self.kind.changed_to)
        for _ in range(self.concurrency if run.answered == 1 else 1):
            self._next()

    def _other(self) -> None:
        self.server.take(self.now)
        mean = self.kind.per / (self.kind.others * self.kind.requests)
        self._at(self.now + self._others.expovariate(1 / mean), self._other)


CLIENTS: dict[str, Callable[[Random], Client]] = {
    "ours": lambda _: Adaptive(),
    "shared pause": lambda _: SharedPause(),
    "back-off per task": BackoffPerTask,
    "botocore adaptive": Botocore,
}


class Figures(NamedTuple):
    """What came of one client before one kind of server, over the seeds."""

    times: list[float]
    shares: list[float]
    row: int

    def __str__(self) -> str:
        times, shares = self.times, self.shares
        return (
            f"{fmean(times):7.2f}{max(times):6.2f}"
            f"{100 * fmean(shares):8.1f}{100 * max(shares):6.0f}{self.row:5d}"
        )


def jobs_of(kind: Kind, windows: int) -> int:
    """Requests of a job: so many windows' worth, and never a trifle."""
    return 1000 if kind.family == "none" else max(windows * kind.requests, 100)


def measure(kind: Kind, clients: list[str], seeds: int, windows: int) -> dict[str, Figures]:
    """All clients before one kind of server."""
    jobs = jobs_of(kind, windows)
    figures = {client: Figures([], [], 0) for client in clients}
    for seed in range(0, 7 * seeds, 7):
        oracle = Simulation(kind, seed, jobs)
        ideal = oracle.finish(Oracle(oracle.server)).time
        for client in clients:
            run = Simulation(kind, seed, jobs)
            done = run.finish(CLIENTS[client](Random(seed)), LONGEST_RUN * ideal)
            times, shares, row = figures[client]
            times.append(done.time / ideal)
            shares.append(done.refused / done.answered)
            figures[client] = Figures(times, shares, max(row, done.longest_row))
    return figures


def summary(figures: list[Figures]) -> Figures:
    """Of several kinds: the means, the worst mean, the longest row."""
    times, shares, rows = zip(*figures, strict=True)
    return Figures(list(map(fmean, times)), list(map(fmean, shares)), max(rows))


def compare(kinds: list[Kind], clients: list[str], seeds: int, windows: int) -> None:
    """Print the table."""
    print(f"{len(kinds)} kinds of server, {seeds} seeds each, jobs of {windows} windows")
    print(f"{'':36}" + "".join(f"{client:^33}" for client in clients))
    heading = f"{'time/ideal':>13}{'429s in %':>14}{'row':>5} " * len(clients)
    print(f"{'':36}" + heading)
    found = {kind.name: (kind.family, measure(kind, clients, seeds, windows)) for kind in kinds}
    for name, (_, figures) in found.items():
        print(f"{name:36}" + " ".join(str(figures[client]) for client in clients))
    for family in ("fixed", "sliding"):
        of_family = [figures for kind, figures in found.values() if kind == family]
        if of_family:
            total = [summary([figures[client] for figures in of_family]) for client in clients]
            print(f"{'all of ' + family:36}" + " ".join(map(str, total)))


async def overhead(limit: Limiter, requests: int = 20_000) -> float:
    """Seconds of this process's time that a request costs where nothing limits."""
    began = process_time()
    for _ in range(requests):
        await limit.acquire("GET /conversations")
        limit.answered("GET /conversations", Outcome(200))
    return (process_time() - began) / requests


def main() -> None:
    """Print the table, and the cost."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--windows", type=int, default=10)
    options.add_argument("--kind", default="", help="only kinds with this in their name")
    options.add_argument("--client", default="", help="only clients with this in their name")
    asked = options.parse_args()
    kinds = [kind for kind in KINDS if asked.kind in kind.name]
    clients = [name for name in CLIENTS if asked.client in name]
    compare(kinds, clients, asked.seeds, asked.windows)
    print("\nacquire and answered, nothing in the way, the best of five runs:")
    for limit in (AdaptiveLimit(), RateLimit(10**9)):
        cost = min(asyncio.run(overhead(limit)) for _ in range(5))
        print(f"{limit!r:36}{1e6 * cost:7.2f} us a request")


if __name__ == "__main__":
    main()
