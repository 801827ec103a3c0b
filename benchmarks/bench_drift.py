"""What a listing loses when the list moves under it: virtual time, no sockets, the real `Plan`.

A helpdesk of 300 pages is read while conversations arrive and leave at random. Requests
take 0.3 s, give or take; the server reads the page at a random instant of the flight. A loss is a
conversation that was there at the first read and at the last and was never handed out.

    python -m benchmarks.bench_drift            # the table, two to three minutes on two cores
    python -m benchmarks.bench_drift --quick    # the same rows with less evidence
    python -m benchmarks.bench_drift --pages 2000000 --only calm   # the rare losses, measured

What it can't show: a server whose reads are not instants, and a drift that is not memoryless
(a bulk action is a burst; `tests/paging/test_plan_worlds.py` has those).
"""

import argparse
import heapq
import os
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from reamaze_async.paging.cursor import Batch
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Plan

PAGE = 30
LATENCY = 0.3
"""Seconds a request takes in the middle; jitter spreads it from half to one and a half times."""

Where = Literal["front", "middle", "anywhere"]
Mode = Literal["ignore", "repair", "verify"]


@dataclass(frozen=True)
class Weather:
    """How the list moves: by the second (memoryless), or by the request.

    Attributes:
        arrivals: Conversations that begin to match, per second.
        departures: Conversations that cease to match, per second; any of the list, evenly.
        where: Where arrivals enter: new ones at the front, reopened ones anywhere.
        swaps: How often per second one enters and another one leaves at the same instant.
        adds: Chance that a request finds one more than the request before it.
        removes: Chance that a request finds one less.
        behind: Copies of the list, each so many changes behind; a request meets one by chance.
    """

    arrivals: float = 0.0
    departures: float = 0.0
    where: Where = "anywhere"
    swaps: float = 0.0
    adds: float = 0.0
    removes: float = 0.0
    behind: tuple[int, ...] = ()

    def times(self, factor: float) -> "Weather":
        """The same weather, `factor` times as busy."""
        return replace(self, arrivals=self.arrivals * factor, departures=self.departures * factor)


@dataclass(frozen=True)
class Case:
    """One row: a weather, and a way of reading through it."""

    name: str
    weather: Weather
    mode: Mode
    concurrency: int = 8
    limit: int | None = None
    """Requests a minute, fixed windows; None for no limit."""
    pause: float = 0.0
    """Seconds the consumer spends on each page."""
    pages: tuple[int, int] = (300, 300)
    """The smallest and largest list."""


@dataclass
class Tally:
    """What came of reading many lists in one way."""

    pages: int = 0
    requests: int = 0
    lost: int = 0
    twice: int = 0
    disordered: int = 0
    doubted: int = 0
    """Listings that said they were incomplete."""
    silent: int = 0
    """Losses in listings that did not say so."""
    false: int = 0
    """Listings of which nothing was lost, and that said that the server counts more."""
    recounted: int = 0
    """Listings that read pages again to find out why they are short."""
    listings: int = 0
    stuck: int = 0
    """Listings that never ended: a fault, and not counted otherwise."""

    def __iadd__(self, other: "Tally") -> "Tally":
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


class Helpdesk:
    """The list itself. The first keys are 0, 1, 2, ... in order, so order is easily judged."""

    def __init__(self, size: int, weather: Weather, luck: random.Random) -> None:
        self.rows = list(range(size))
        self.left: set[int] = set()
        self._newest = self._first = size
        self._weather = weather
        self._luck = luck
        self._rate = weather.arrivals + weather.departures + weather.swaps
        self._next: float | None = None
        self._log: list[tuple[bool, int, int]] = []
        for _ in range(max(weather.behind, default=0)):
            self._change(arrival=luck.random() < 0.5)

    def read(self, number: int, now: float, *, other: bool) -> tuple[tuple[int, ...], int]:
        """Page `number` at the instant `now`, in the other order if so: its keys, and the total."""
        self._advance(now)
        rows = self._copy(self._luck.choice(self._weather.behind)) if self._log else self.rows
        if other:
            return tuple(rows[::-1][(number - 1) * PAGE : number * PAGE]), len(rows)
        return tuple(rows[(number - 1) * PAGE : number * PAGE]), len(rows)

    def _copy(self, behind: int) -> list[int]:
        """The rows of a copy that is so many changes behind."""
        rows = list(self.rows)
        for arrival, place, key in reversed(self._log[len(self._log) - behind :]):
            if arrival:
                rows.pop(place)
            else:
                rows.insert(place, key)
        return rows

    def stayers(self) -> Iterator[int]:
        """What was there from the first read to the last."""
        return (key for key in range(self._first) if key not in self.left)

    def _advance(self, now: float) -> None:
        if self._next is None:  # the first read: what counts begins here
            self._next = now + self._wait()
            return
        while self._next <= now:
            kind = self._luck.random() * self._rate - self._weather.arrivals
            if kind < 0 or kind >= self._weather.departures:
                self._change(arrival=True)
            if kind >= 0:
                self._change(arrival=False)
            self._next += self._wait()
        if self._luck.random() < self._weather.adds:
            self._change(arrival=True)
        if self._luck.random() < self._weather.removes:
            self._change(arrival=False)

    def _wait(self) -> float:
        return self._luck.expovariate(self._rate) if self._rate else float("inf")

    def _change(self, *, arrival: bool) -> None:
        if arrival:
            place, key = self._place(), self._newest
            self.rows.insert(place, key)
            self._newest += 1
        elif self.rows:
            place = self._luck.randrange(len(self.rows))
            key = self.rows.pop(place)
            self.left.add(key)
        else:
            return
        if self._weather.behind:
            self._log.append((arrival, place, key))

    def _place(self) -> int:
        size = len(self.rows)
        match self._weather.where:
            case "front":
                return 0
            case "middle":
                return self._luck.randrange(size // 3, 2 * size // 3 + 1)
            case "anywhere":
                return self._luck.randrange(size + 1)


@dataclass
class Window:
    """A server's fixed windows of a minute, and a client that knows them."""

    limit: int | None
    phase: float
    begun: int = -1
    used: int = 0

    def turn(self, now: float) -> float:
        """When a request that is ready at `now` may go."""
        if self.limit is None:
            return now
        current = max(int((now + self.phase) // 60), self.begun)
        if current == self.begun and self.used >= self.limit:
            current += 1
        if current != self.begun:
            self.begun, self.used = current, 0
        self.used += 1
        return max(now, current * 60 - self.phase)


@dataclass(frozen=True)
class Flight:
    """A request under way; `answer` is what the server read."""

    number: int
    began: float
    ended: float
    other: bool = False
    answer: list[tuple[tuple[int, ...], int]] = field(default_factory=list)


class Simulation:
    """One listing, from the first request to the end: the driver's loop with a made-up clock."""

    def __init__(self, case: Case, seed: int) -> None:
        self._luck = random.Random(seed)
        self._pages = self._luck.randint(*case.pages)
        size = self._pages * PAGE - self._luck.randrange(PAGE)
        self.desk = Helpdesk(size, case.weather, self._luck)
        self.plan = Plan(concurrency=case.concurrency, drift=case.mode, has_other_order=True)
        self._window = Window(case.limit, self._luck.random() * 60)
        self._pause = case.pause
        self._now = 0.0
        self._steps: list[tuple[float, int, Callable[[Flight], None], Flight]] = []
        self._serial = 0
        self._shelf: deque[Batch] = deque()
        self._busy = False
        self._bound = 50 * self._pages + 1000
        self.requests = 0
        self.yielded: list[int] = []

    def run(self) -> Tally:
        """Read the whole list, then compare with the truth."""
        self._start()
        while self._steps and self.requests <= self._bound and not self._is_over:
            self._now, _, step, flight = heapq.heappop(self._steps)
            step(flight)
        if not self.plan.done or self.requests > self._bound:
            return Tally(stuck=1)
        return self._verdict()

    @property
    def _is_over(self) -> bool:
        return self.plan.done and not self._shelf

    def _at(self, when: float, step: Callable[[Flight], None], flight: Flight) -> None:
        self._serial += 1
        heapq.heappush(self._steps, (when, self._serial, step, flight))

    def _start(self) -> None:
        while (number := self.plan.next_page()) is not None:
            self.requests += 1
            began = self._window.turn(self._now)
            lasts = LATENCY * (0.5 + self._luck.random())
            flight = Flight(number, began, began + lasts, self.plan.is_by_other_order)
            self._at(began + lasts * self._luck.random(), self._serve, flight)
            self._at(flight.ended, self._answer, flight)

    def _serve(self, flight: Flight) -> None:
        flight.answer.append(self.desk.read(flight.number, self._now, other=flight.other))

    def _answer(self, flight: Flight) -> None:
        keys, total = flight.answer[0]
        read = PageRead(
            number=flight.number,
            keys=keys,
            size=PAGE,
            pages=-(-total // PAGE),
            total=total,
            began=flight.began,
            ended=flight.ended,
            is_by_other_order=flight.other,
        )
        self._shelf.extend(self.plan.arrived(read))
        if not self._busy:
            self._take(flight)
        self._start()

    def _take(self, flight: Flight) -> None:
        self._busy = False
        while self._shelf and not self._busy:
            batch = self._shelf.popleft()
            self.yielded.extend(batch.read.keys[index] for index in batch.positions)
            self.plan.taken()
            if self._pause:
                self._busy = True
                self._at(self._now + self._pause, self._take, flight)
        self._start()

    def _verdict(self) -> Tally:
        seen = set(self.yielded)
        stayers = set(self.desk.stayers())
        lost = len(stayers - seen)
        kept = [key for key in self.yielded if key in stayers]
        doubted = bool(self.plan.doubts)
        return Tally(
            pages=self._pages,
            requests=self.requests,
            lost=lost,
            twice=len(self.yielded) - len(seen),
            disordered=sum(above > below for above, below in pairwise(kept)),
            doubted=doubted,
            silent=0 if doubted else lost,
            false=self.plan.completeness.is_miscounted and not lost,
            recounted=self.plan.completeness.recount is not None,
            listings=1,
        )


CALM = Weather(arrivals=0.1, departures=0.1)
FRONT = replace(CALM, where="front")
MIDDLE = replace(CALM, where="middle")
BUSY = CALM.times(10)
STILL = CALM.times(0.1)
ARRIVALS, DEPARTURES = Weather(arrivals=0.1), Weather(departures=0.1)
SOME = Weather(adds=0.1, removes=0.1)
TEN, SHORT, LONG = (10, 10), (20, 60), (1000, 1000)


def _cases() -> list[Case]:
    modes: tuple[Mode, ...] = ("ignore", "repair", "verify")
    rows = [
        Case(name, weather, mode)
        for mode in modes
        for name, weather in (
            ("calm, front", FRONT),
            ("calm, anywhere", CALM),
            ("calm, middle", MIDDLE),
            ("busy, front", FRONT.times(10)),
            ("busy, anywhere", BUSY),
        )
    ]
    for mode in modes[1:]:
        rows += [
            Case("quiet", Weather(), mode),
            Case("calm, one in flight", CALM, mode, concurrency=1),
            Case("calm, 32 in flight", CALM, mode, concurrency=32),
            Case("busy, one in flight", BUSY, mode, concurrency=1),
            Case("busy, 32 in flight", BUSY, mode, concurrency=32),
            Case("calm, 100 a minute", CALM, mode, limit=100),
            Case("calm, front, 100 a minute", FRONT, mode, limit=100),
            Case("calm, 100 a minute, long", CALM, mode, limit=100, pages=LONG),
            Case("nearly still, 30 a minute", STILL, mode, limit=30),
            Case("calm, slow consumer", CALM, mode, pause=1.0),
            Case("only arrivals, busy", ARRIVALS.times(20), mode),
            Case("only departures, busy", DEPARTURES.times(20), mode),
            Case("swaps at the front", Weather(swaps=0.1, where="front"), mode),
            Case("swaps anywhere", Weather(swaps=0.1), mode),
            Case("swaps anywhere, busy", Weather(swaps=1.0), mode),
            Case("a request adds 0.6", Weather(adds=0.6), mode, pages=SHORT),
            Case("a request removes 0.6", Weather(removes=0.6), mode, pages=SHORT),
            Case("a request does 0.3 of each", Weather(adds=0.3, removes=0.3), mode, pages=SHORT),
            Case("still copies, 0, 2 behind", Weather(behind=(0, 2)), mode, pages=TEN),
            Case("still copies, 0, 3 behind", Weather(behind=(0, 3)), mode, pages=TEN),
            Case("calm copies, 0, 2 behind", replace(CALM, behind=(0, 2)), mode, pages=TEN),
            Case("copies, 0.1, 0, 2 behind", replace(SOME, behind=(0, 2)), mode, pages=TEN),
            Case("copies, 0.1, 0, 2, 5 behind", replace(SOME, behind=(0, 2, 5)), mode, pages=TEN),
        ]
    return rows


def _chunk(case: Case, seed: int, pages: int) -> Tally:
    """Read lists in this way until `pages` pages have been read."""
    tally = Tally()
    while tally.pages < pages and tally.stuck < 10:
        tally += Simulation(case, seed).run()
        seed += 1
    return tally


def _between(count: int) -> tuple[float, float]:
    """The 95 per cent interval of a Poisson mean of which `count` were seen (Byar)."""
    above = count + 1
    high = above * (1 - 1 / (9 * above) + 1.96 / (3 * above**0.5)) ** 3
    low = count * (1 - 1 / (9 * count) - 1.96 / (3 * count**0.5)) ** 3 if count else 0.0
    return max(low, 0.0), high


def row(case: Case, tally: Tally) -> str:
    """A case and what was counted, under `HEAD`."""
    per = 1000 / max(tally.pages, 1)
    low, high = (bound * per for bound in _between(tally.lost))
    return (
        f"| {case.mode:6} | {case.name:26} | {tally.lost * per:8.4f} | {low:7.4f} to {high:7.4f} "
        f"| {tally.requests * per / 1000:6.3f} | {tally.twice:5} | {tally.disordered * per:7.4f} "
        f"| {tally.silent * per:7.4f} | {tally.doubted / max(tally.listings, 1):6.1%} "
        f"| {tally.stuck:5} | {tally.false:5} | {tally.recounted:6} | {tally.listings:6} |"
    )


HEAD = (
    "| drift  | the list                   | lost/1000p | 95 per cent        | req/p  | twice "
    "| jumbled | unsaid  | doubts | stuck | false | recount | lists |\n"
    "| ------ | -------------------------- | ---------: | -----------------: | -----: | ----: "
    "| ------: | ------: | -----: | ----: | ----: | ------: | ----: |"
)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the evidence")
    parser.add_argument("--pages", type=int, default=40_000, help="pages read per row")
    parser.add_argument("--only", default="", help="rows whose `mode way` contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    options = _options()
    pages = options.pages // 10 if options.quick else options.pages
    cases = [case for case in _cases() if options.only in f"{case.mode} {case.name}"]
    began = time.perf_counter()
    print(HEAD, flush=True)
    with ProcessPoolExecutor(options.jobs) as pool:
        parts = max(1, min(8, pages // 3000))
        work = [
            [
                pool.submit(_chunk, case, options.seed + 1_000_000 * part, pages // parts)
                for part in range(parts)
            ]
            for case in cases
        ]
        for case, futures in zip(cases, work, strict=True):
            tally = Tally()
            for future in futures:
                tally += future.result()
            print(row(case, tally), flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
