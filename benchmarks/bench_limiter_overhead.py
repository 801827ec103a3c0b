"""What the limiter costs of this process's time, in microseconds a request.

    python -m benchmarks limiter_overhead [--rounds N] [--kind WORD]

Where nothing limits: `acquire` and `answered` on an event loop, with no server behind.

Once limited, for several kinds of server, counted by the requests that were sent:

* the learner alone: the calls of one simulated job are recorded, and then made again, to a fresh
  learner and to one that does nothing; the difference is the learner's. Its answers are the same
  again, for it knows neither clock nor luck.
* the whole limiter, with its queue and its timers: a job in virtual time through `acquire` and
  `answered`, less the same job with a limiter that does nothing before a server without a limit.
  No other client comes there, and nothing is refused at random.

Of each the best of several rounds, each with all that belongs to it made anew.
"""

import argparse
import asyncio
from collections.abc import Callable
from functools import partial
from random import Random
from time import process_time

from benchmarks.limiter_endpoints import LISTING, Job
from benchmarks.limiter_kinds import KINDS, Kind, fixed
from benchmarks.limiter_measures import jobs_of
from benchmarks.limiter_servers import Server, Unlimited
from benchmarks.limiter_simulation import Client, Simulation
from benchmarks.virtual_time import play
from reamaze_async import AdaptiveLimit, Limiter, LimiterState, RateLimit
from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.limits.throttle import Outcome, Permit

WINDOWS = 20
SEED = 7
LIMITED = [
    "fixed 60/60 s",
    "fixed 1000/60 s",
    "fixed 5/1 s",
    "log 60/60 s",
    "log 10/1 s",
    "log 540/90 s, another client",
    "counter 60/60 s",
    "bucket 300/60 s, burst 20",
]
AT_RANDOM = Kind("fixed 60/60 s, 10 % at random", "fixed", 60, 60, fixed(60, 60), shed=0.1)


class Idle:
    """A client, and a limiter, that lets everything begin and does nothing."""

    @property
    def state(self) -> LimiterState:
        """Nothing is known."""
        return LimiterState()

    async def acquire(self, endpoint: str) -> None:
        """Return at once."""

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        """Forget it."""

    def delay(self, now: float) -> float:
        """Nobody waits."""
        return 0.0

    def began(self, permit: Permit) -> None:
        """Forget it."""

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> None:
        """Forget it."""


Call = tuple[str, tuple[object, ...]]


class Recorded:
    """A client whose calls are noted."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.calls: list[Call] = []

    def delay(self, now: float) -> float:
        """Note, and hand on."""
        self.calls.append(("delay", (now,)))
        return self._client.delay(now)

    def began(self, permit: Permit) -> None:
        """Note, and hand on."""
        self.calls.append(("began", (permit,)))
        self._client.began(permit)

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> None:
        """Note, and hand on."""
        self.calls.append(("ended", (permit, now, outcome)))
        self._client.ended(permit, now, outcome)


def seconds_of(calls: list[Call], client: Client) -> float:
    """How long a client takes for the calls."""
    steps = [(getattr(client, name), arguments) for name, arguments in calls]
    began = process_time()
    for method, arguments in steps:
        method(*arguments)
    return process_time() - began


def best(measure: Callable[[], float], rounds: int) -> float:
    """The least of several."""
    return min(measure() for _ in range(rounds))


def cost_of_learner(kind: Kind, rounds: int) -> float:
    """Seconds a request, of the learner alone."""
    recorded = Recorded(Adaptive())
    run = Simulation(kind, SEED, jobs_of(kind, WINDOWS)).finish(recorded)
    ours = best(lambda: seconds_of(recorded.calls, Adaptive()), rounds)
    idle = best(lambda: seconds_of(recorded.calls, Idle()), rounds)
    return (ours - idle) / (run.answered + run.refused)


def seconds_through(limiter: Limiter, server: Server, kind: Kind) -> float:
    """Seconds of this process's time a request that was sent, in virtual time."""
    left = {LISTING: jobs_of(kind, WINDOWS)}
    job = Job(limiter, {LISTING: server}, left, kind.latency, Random(SEED))
    began = process_time()
    run = play(job.finish())
    sent: int = run.answered + run.refused
    return (process_time() - began) / sent


def cost_of_limiter(kind: Kind, rounds: int) -> float:
    """Seconds a request, of the whole limiter."""

    def ours() -> float:
        return seconds_through(AdaptiveLimit(), kind.make(Random(SEED), 0.0), kind)

    def idle() -> float:
        return seconds_through(Idle(), Unlimited(), kind)

    return best(ours, rounds) - best(idle, rounds)


async def seconds_unlimited(limit: Limiter, requests: int = 20_000) -> float:
    """Seconds a request where nothing limits."""
    began = process_time()
    for _ in range(requests):
        await limit.acquire(LISTING)
        limit.answered(LISTING, Outcome(200))
    return (process_time() - began) / requests


def cost_where_nothing_limits(limit: Limiter) -> float:
    """The same, on a loop of its own."""
    return asyncio.run(seconds_unlimited(limit))


def main() -> None:
    """Print the costs."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--kind", default="", help="only kinds with this in their name")
    asked = options.parse_args()
    print("nothing limits, us a request")
    for limit in (AdaptiveLimit(), RateLimit(10**9)):
        cost = best(partial(cost_where_nothing_limits, limit), asked.rounds)
        print(f"{limit!r:36}{1e6 * cost:9.2f}")
    print(f"\n{'limited, us a request sent':36}{'learner':>9}{'limiter':>9}")
    for kind in [*(kind for kind in KINDS if kind.name in LIMITED), AT_RANDOM]:
        if asked.kind in kind.name:
            learner = cost_of_learner(kind, asked.rounds)
            is_alone = not kind.others and not kind.shed
            whole = f"{1e6 * cost_of_limiter(kind, asked.rounds):.1f}" if is_alone else ""
            print(f"{kind.name:36}{1e6 * learner:9.1f}{whole:>9}", flush=True)


if __name__ == "__main__":
    main()
