"""The limiter over real sockets, beside what the simulation says of the same server.

    python -m benchmarks.bench_limiter_sockets [--rounds N]

A listing of 400 pages against the sandbox at 40 requests per 4 s, with fixed and sliding windows,
with and without `Retry-After`: four sandboxes, each in a process of its own, all at once. The
simulation is given the same phase of the windows, and answers as late as the sandbox's, refusals
as late as others. Printed for each: time over the ideal, of the sockets, of the simulation, and
the one as a multiple of the other; 429s in per cent of what was let in; the longest row of 429s.
"""

import argparse
import asyncio
import time
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import groupby
from random import Random
from statistics import fmean
from typing import Literal, NamedTuple

from benchmarks.limiter_kinds import Kind
from benchmarks.limiter_rivals import Oracle
from benchmarks.limiter_servers import Fixed, Server, SlidingLog
from benchmarks.limiter_simulation import CONCURRENCY, Simulation, Travel
from benchmarks.serving import Address, serve
from reamaze_async import AdaptiveLimit, LimiterState, Outcome, ReamazeSession
from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.sandbox import Limit

REQUESTS, PER, PAGES, LATENCY = 40, 4.0, 400, 0.1
ON_LOOPBACK = 0.002
"""Seconds from sending to arrival, about."""


class Figures(NamedTuple):
    """What came of one job."""

    time: float
    refused: int
    row: int


class Recorded:
    """A limiter that notes the answers in their order."""

    def __init__(self) -> None:
        self.statuses: list[int | None] = []
        self._limit = AdaptiveLimit()

    @property
    def state(self) -> LimiterState:
        """What the limiter knows now."""
        return self._limit.state

    async def acquire(self, endpoint: str) -> None:
        """Wait for a turn."""
        await self._limit.acquire(endpoint)

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        """Note, and hand on."""
        if outcome.sent:
            self.statuses.append(outcome.status)
        self._limit.answered(endpoint, outcome)


class Sandboxed(Simulation):
    """The simulation of a sandbox whose clock showed `began` at the beginning."""

    def __init__(self, limit: Limit, began: float) -> None:
        def server(*_: object) -> Server:
            if limit.window == "sliding":
                return SlidingLog(limit.requests, limit.per)
            return Fixed(limit.requests, limit.per, began)

        family: Literal["fixed", "sliding"] = "fixed" if limit.window == "fixed" else "sliding"
        told: Literal["none", "seconds"] = "seconds" if limit.retry_after else "none"
        super().__init__(Kind("sandbox", family, REQUESTS, PER, server, told), 1, PAGES)
        self.clock_ahead = began

    def travel(self, luck: Random) -> Travel:
        """All answers are as late."""
        return Travel(ON_LOOPBACK, LATENCY + ON_LOOPBACK, LATENCY + ON_LOOPBACK)


def longest_row(statuses: Iterable[int | None]) -> int:
    """The most 429s without another answer in between."""
    rows = groupby(statuses, lambda status: status == 429)
    return max((len(list(row)) for is_refused, row in rows if is_refused), default=0)


async def listed(address: Address) -> Figures:
    """One listing over sockets."""
    limit = Recorded()
    async with ReamazeSession(
        address.brand,
        address.email,
        address.token,
        base_url=address.base_url,
        rate_limit=limit,
        concurrency=CONCURRENCY,
    ) as session:
        began = time.perf_counter()
        listing = session.conversations.list(filter="all")
        async for _ in listing.pages():
            pass
        taken = time.perf_counter() - began
    return Figures(taken, listing.stats.throttled, longest_row(limit.statuses))


async def measure(limit: Limit, address: Address) -> tuple[Figures, Figures]:
    """One listing over sockets and its simulation; the times as multiples of the ideal."""
    await asyncio.sleep(limit.per + PER * Random().random())  # at any phase, nothing used
    began = time.time()
    real = await listed(address)
    simulated = Sandboxed(limit, began).finish(Adaptive())
    oracle = Sandboxed(limit, began)
    ideal = oracle.finish(Oracle(oracle.server)).time
    return (
        real._replace(time=real.time / ideal),
        Figures(simulated.time / ideal, simulated.refused, simulated.longest_row),
    )


def mean(figures: list[Figures]) -> Figures:
    """The means, and the longest row."""
    times, refused, rows = zip(*figures, strict=True)
    return Figures(fmean(times), round(fmean(refused)), max(rows))


async def compare(limits: list[Limit], addresses: list[Address], rounds: int) -> None:
    """Measure all at once, so many times, and print the table."""
    found: dict[Limit, list[tuple[Figures, Figures]]] = {limit: [] for limit in limits}
    for _ in range(rounds):
        together = await asyncio.gather(*map(measure, limits, addresses))
        for limit, pair in zip(limits, together, strict=True):
            found[limit].append(pair)
    print(f"{REQUESTS} requests per {PER:.0f} s, {PAGES} pages, {rounds} rounds")
    pair = f"{'sockets':>9}{'simul.':>8}"
    print(f"{'':24}{'time/ideal':^25}   {'429s in %':^17} {'row':^17}")
    print(f"{'':24}{pair}{'ratio':>8}   {pair} {pair}")
    for limit, pairs in found.items():
        real, simulated = (mean(list(side)) for side in zip(*pairs, strict=True))
        print(
            f"{limit.window + ', ' + (limit.retry_after or 'nothing told'):24}"
            f"{real.time:9.2f}{simulated.time:8.2f}{real.time / simulated.time:8.2f}   "
            f"{100 * real.refused / PAGES:9.1f}{100 * simulated.refused / PAGES:8.1f} "
            f"{real.row:9d}{simulated.row:8d}"
        )


def main() -> None:
    """Start the sandboxes and print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    limits = [
        Limit(REQUESTS, PER, "fixed"),
        Limit(REQUESTS, PER, "fixed", retry_after="seconds"),
        Limit(REQUESTS, PER, "sliding"),
        Limit(REQUESTS, PER, "sliding", retry_after="seconds"),
    ]
    with ExitStack() as stack:
        addresses = [
            stack.enter_context(
                serve(conversations=30 * PAGES, size="small", limit=limit, latency=LATENCY)
            )
            for limit in limits
        ]
        asyncio.run(compare(limits, addresses, asked.rounds))


if __name__ == "__main__":
    main()
