"""What listings of the other resources lose when the list moves: virtual time, the real `Plan`.

As `bench_drift`, with what is peculiar to each list: messages are counted without the first one of
each conversation, and leave by conversations; staff arrive at the end; contacts by date and ratings
arrive in front and hardly ever leave. Besides, each list is told when fewer came than it first
counted although its totals never fell.

    python -m benchmarks.bench_drift_lists            # the table, about a minute on two cores
    python -m benchmarks.bench_drift_lists --quick    # the same rows with less evidence
"""

import argparse
import os
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from reamaze_async.paging.plan import Plan

from .bench_drift import HEAD, PAGE, Case, Helpdesk, Mode, Simulation, Tally, Weather, row

FIRST_OF_FIVE = 5
"""Each so-many-eth message is the first of its conversation."""

List = Literal["messages", "messages, short counts", "contacts by date", "ratings", "staff"]

RARELY = 0.01
"""Things that leave, per second, where they hardly ever do."""

WEATHERS: dict[List, Weather] = {
    "messages": Weather(arrivals=0.5, departures=RARELY, where="front"),
    "messages, short counts": Weather(arrivals=0.5, departures=RARELY, where="front"),
    "contacts by date": Weather(arrivals=0.1, departures=RARELY, where="front"),
    "ratings": Weather(arrivals=0.1, where="front"),
    "staff": Weather(arrivals=0.1, departures=RARELY, where="anywhere"),
}


@dataclass(frozen=True)
class ListCase(Case):
    """One row: a list, how it moves, and a way of reading it."""

    kind: List = "messages"


class Desk(Helpdesk):
    """One list, with its peculiarities."""

    def __init__(self, size: int, case: ListCase, luck: random.Random) -> None:
        super().__init__(size, case.weather, luck)
        self._kind = case.kind

    def read(self, number: int, now: float, *, other: bool = False) -> tuple[tuple[int, ...], int]:
        """Page `number` at the instant `now`: its keys, and what the server counts."""
        keys, total = super().read(number, now, other=other)
        if self._kind == "messages, short counts":
            total = sum(key % FIRST_OF_FIVE > 0 for key in self.rows)
        return keys, total

    def _change(self, *, arrival: bool) -> None:
        super()._change(arrival=arrival)
        if not arrival and self._kind.startswith("messages"):
            for _ in range(FIRST_OF_FIVE - 1):
                super()._change(arrival=False)

    def _place(self) -> int:
        return len(self.rows) if self._kind == "staff" else super()._place()


class ListSimulation(Simulation):
    """One listing of such a list."""

    def __init__(self, case: ListCase, seed: int) -> None:
        super().__init__(case, seed)
        size = self._pages * PAGE - self._luck.randrange(PAGE)
        self.desk = Desk(size, case, self._luck)
        self.plan = Plan(
            concurrency=case.concurrency,
            drift=case.mode,
            short_counts=case.kind.startswith("messages"),
            things_leave=False,
        )


def _cases() -> list[ListCase]:
    modes: tuple[Mode, ...] = ("ignore", "repair", "verify")
    return [
        ListCase(f"{kind}{name}", weather.times(factor), mode, kind=kind)
        for mode in modes
        for kind, weather in WEATHERS.items()
        for name, factor in (("", 1), (", busy", 10))
    ]


def _chunk(case: ListCase, seed: int, pages: int) -> Tally:
    """Read lists in this way until `pages` pages have been read."""
    tally = Tally()
    while tally.pages < pages and tally.stuck < 10:
        tally += ListSimulation(case, seed).run()
        seed += 1
    return tally


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the evidence")
    parser.add_argument("--pages", type=int, default=30_000, help="pages read per row")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    options = parser.parse_args()
    pages = options.pages // 10 if options.quick else options.pages
    print(HEAD, flush=True)
    with ProcessPoolExecutor(options.jobs) as pool:
        work = [(case, pool.submit(_chunk, case, 1, pages)) for case in _cases()]
        for case, future in work:
            print(row(replace(case, name=case.name[:26]), future.result()), flush=True)


if __name__ == "__main__":
    main()
