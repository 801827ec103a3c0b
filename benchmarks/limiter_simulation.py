"""One client before one server that hides its limit, in virtual time.

A small discrete-event simulation. A job is a listing: page 1, then as many tasks as there are
permits at once; what counts is the time of the whole. People ask when they like, and what counts is
how long each of them waits.

A latency has jitter, and the way to the server is a part of it; a refusal comes back sooner than an
answer. A client that knows the server's mind (`Oracle`) makes the ideal.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from math import ceil, floor, inf
from random import Random
from statistics import fmean
from typing import NamedTuple, Protocol

from benchmarks.limiter_kinds import Kind
from benchmarks.limiter_rivals import Oracle
from benchmarks.limiter_servers import Overload
from reamaze_async.limits.throttle import TOO_MANY_REQUESTS, Outcome, Permit

CONCURRENCY = 8
TIME_OUT = 5.0
"""Seconds after which a client gives up an answer that was lost."""

HAIR = 1e-6
"""Seconds that anybody waits at least: sums of floats may never reach their moment."""


class Client(Protocol):
    """What decides when a request begins. One with a `sleep` lets each refused task sleep too."""

    def delay(self, now: float, /) -> float:
        """Seconds until a request may begin."""
        ...

    def began(self, permit: Permit, /) -> None:
        """Note that a request begins."""
        ...

    def ended(self, permit: Permit, now: float, outcome: Outcome, /) -> object:
        """Note that a request has ended."""
        ...


@dataclass
class Run:
    """What came of one job, or of one spell of people's requests.

    Attributes:
        time: seconds from the beginning to the last answer.
        answered: requests that were let in and answered.
        refused: 429s.
        longest_row: the most 429s in a row, as the server gave them.
        waits: of people's requests, in their order: seconds from asking to the answer.
    """

    time: float = 0.0
    answered: int = 0
    refused: int = 0
    row: int = 0
    longest_row: int = 0
    waits: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """What counts, in seconds: people's mean wait, or the time of a job."""
        return fmean(self.waits) if self.waits else self.time

    @property
    def share(self) -> float:
        """429s for each answer."""
        return self.refused / max(1, self.answered)

    def note_arrival(self, *, is_taken: bool) -> None:
        """Count a row of 429s, in the order in which the server gave them."""
        self.row = 0 if is_taken else self.row + 1
        self.longest_row = max(self.longest_row, self.row)


class Travel(NamedTuple):
    """How long the parts of one request take, in seconds."""

    way: float
    """To the server."""
    work: float
    """From its arrival to its answer's."""
    refusal: float
    """The same, for a 429."""


@dataclass
class Request:
    """A request that waits to begin, or is under way.

    Attributes:
        number: its place in the order of asking.
        first_asked: when it was asked for.
        asked: when it began to wait, the last time.
        refusals: how often it was refused.
    """

    number: int
    first_asked: float
    asked: float
    refusals: int = 0


class Simulation:
    """One job of so many requests by so many tasks, against one server."""

    def __init__(self, kind: Kind, seed: int, jobs: int, concurrency: int = CONCURRENCY) -> None:
        self.kind, self.jobs, self.concurrency = kind, jobs, concurrency
        luck = Random(seed)
        self.clock_ahead = luck.uniform(0, 1000)
        self.server = kind.make(luck, self.clock_ahead)
        self._luck = Random(seed + 1)
        self._others = Random(seed + 2)
        self._losses = Random(seed + 3)
        self._overload = Overload(Random(seed + 4), kind.shed, kind.stretch)
        self._first_retry_after = kind.first_retry_after
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0
        self._asked = 0
        self._waiting: deque[Request] = deque()
        self._timer = inf
        self.now = 0.0
        self.run = Run()

    def finish(self, client: Client, longest: float = inf) -> Run:
        """Run to the last answer, or until `longest`."""
        self.client = client
        self._sleep = getattr(client, "sleep", None)
        self._knows = isinstance(client, Oracle)
        for _ in range(round(self.kind.used * self.kind.requests)):
            self.server.take(0.0)
        if self.kind.others:
            self._other()
        self._start()
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

    def _start(self) -> None:
        self._ask()

    def _ask(self) -> None:
        if self._asked < self.jobs:
            self._waiting.append(Request(self._asked, self.now, self.now))
            self._asked += 1

    def _ask_again(self, request: Request) -> None:
        request.asked = self.now
        self._waiting.append(request)

    def _at(self, time: float, happen: Callable[[], None]) -> None:
        self._serial += 1
        heappush(self._heap, (time, self._serial, happen))

    def _pump(self) -> None:
        """Let begin what may, and come back when the next one may."""
        while self._waiting:
            delay = self.client.delay(self.now)
            if self._knows:
                delay = max(delay, self._overload.wait(self.now))
            if delay > 0:
                self._set_timer(self.now + max(delay, HAIR))
                return
            self._begin(self._waiting.popleft())

    def _set_timer(self, when: float) -> None:
        # A timer that an earlier one has replaced rings in vain and sets no other: else they breed.
        if when < self._timer - HAIR / 2:
            self._timer = when
            self._at(when, lambda: self._ring(when))

    def _ring(self, when: float) -> None:
        if when == self._timer:
            self._timer = inf

    def _begin(self, request: Request) -> None:
        permit = Permit("GET /conversations", self.now, asked=request.asked)
        self.client.began(permit)
        travel = self.travel(self._luck)
        if self._knows:
            self._take_surely()
            end = self.now + travel.way + travel.work
            self._at(end, lambda: self._answer(request, permit, Outcome(200)))
        else:
            self._at(self.now + travel.way, lambda: self._arrive(request, permit, travel))

    def _take_surely(self) -> None:
        # Several processes are tried until the one that has room is met.
        if not any(self.server.take(self.now) for _ in range(1000)):
            msg = f"{self.kind.name}: refused who knows it all"
            raise RuntimeError(msg)

    def _arrive(self, request: Request, permit: Permit, travel: Travel) -> None:
        is_shed = bool(self.kind.shed) and self._overload.refuses(self.now)
        is_taken = not is_shed and self.server.take(self.now)
        self.run.note_arrival(is_taken=is_taken)
        if self.kind.lost and self._losses.random() < self.kind.lost:
            self._at(self.now + TIME_OUT, lambda: self._answer(request, permit, Outcome(None)))
        elif is_taken:
            self._at(self.now + travel.work, lambda: self._answer(request, permit, Outcome(200)))
        else:
            date = float(floor(self.now + self.clock_ahead))
            refusal = Outcome(TOO_MANY_REQUESTS, retry_after=self._retry_after(), date=date)
            self._at(self.now + travel.refusal, lambda: self._answer(request, permit, refusal))

    def _retry_after(self) -> float | None:
        told = self.kind.retry_after
        if self._first_retry_after is not None:
            first, self._first_retry_after = self._first_retry_after, None
            return first
        if told == "none":
            return None
        if not isinstance(told, str):
            return told
        wait = self.server.wait(self.now)
        if told == "seconds":
            return float(ceil(wait))
        server_now = self.now + self.clock_ahead
        return ceil(server_now + wait) - floor(server_now)

    def _answer(self, request: Request, permit: Permit, outcome: Outcome) -> None:
        self.client.ended(permit, self.now, outcome)
        if outcome.status is None:
            self._ask_again(request)
        elif outcome.status == TOO_MANY_REQUESTS:
            self.run.refused += 1
            again = self._sleep(request.refusals, outcome) if self._sleep else 0.0
            request.refusals += 1
            self._at(self.now + again, lambda: self._ask_again(request))
        else:
            self.run.answered += 1
            self._go_on(request)

    def _go_on(self, _answered: Request) -> None:
        if self.run.answered == self.jobs // 2 and self.kind.changed_to is not None:
            self.server.limit_to(self.kind.changed_to)
        for _ in range(self.concurrency if self.run.answered == 1 else 1):
            self._ask()

    def _other(self) -> None:
        self.server.take(self.now)
        mean = self.kind.per / (self.kind.others * self.kind.requests)
        self._at(self.now + self._others.expovariate(1 / mean), self._other)


class Interactive(Simulation):
    """People, who ask at their own times, whatever came of the last request."""

    def __init__(self, kind: Kind, seed: int) -> None:
        assert kind.asks is not None
        self._bursts = kind.asks(Random(seed + 5))
        super().__init__(kind, seed, sum(burst.requests for burst in self._bursts))
        self._first_asked: list[float] = []
        self._answered_at = [inf] * self.jobs

    def finish(self, client: Client, longest: float = inf) -> Run:
        """Run to the last answer, or until `longest`; who has none by then has waited till then."""
        run = super().finish(client, longest)
        ends = [min(end, run.time) for end in self._answered_at]
        run.waits = [end - asked for asked, end in zip(self._first_asked, ends, strict=False)]
        return run

    def _start(self) -> None:
        for burst in self._bursts:
            self._at(burst.at, partial(self._burst, burst.requests))

    def _burst(self, size: int) -> None:
        self._first_asked += [self.now] * size
        for _ in range(size):
            self._ask()

    def _go_on(self, answered: Request) -> None:
        self._answered_at[answered.number] = self.now
