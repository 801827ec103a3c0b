"""Kinds that break what a learner would like to believe: that a limit is what refuses, and one.

Refusals at random and by overload; another client that takes most of the limit, or more than all of
it; counters per process; two limits at once; a server that says absurd things; answers that are
lost; jobs that are too short to learn in; limits that rise or go away; limits per endpoint.
"""

from benchmarks import limiter_endpoints as endpoints
from benchmarks.limiter_kinds import (
    Group,
    Kind,
    Make,
    RetryAfter,
    aligned,
    both,
    bucket,
    fixed,
    log,
    processes,
    unlimited,
)

JOB = 1000
GONE = 10**9


def at_random(percent: int, says: RetryAfter) -> Kind:
    """An unlimited server of which a part is ill."""
    name = f"{percent} % at random, Retry-After {says}"
    return Kind(name, "none", 100, 10, unlimited(), says, jobs=JOB, shed=percent / 100)


def overload(percent: int, stretch: float) -> Kind:
    """An unlimited server that refuses everything now and then; a job sees ten such whiles."""
    name = f"{percent} % in stretches of {stretch} s"
    latency, jobs = (1.0, 2400) if stretch > 10 else (0.25, JOB)
    return Kind(
        name,
        "none",
        100,
        10,
        unlimited(),
        latency=latency,
        jobs=jobs,
        shed=percent / 100,
        stretch=stretch,
    )


def beside(requests: int, per: float, others: float, *, slides: bool) -> Kind:
    """A limit that another client uses so much of."""
    name = f"{'log' if slides else 'fixed'} {requests}/{per} s, others {others}"
    make = log(requests, per) if slides else fixed(requests, per)
    jobs = max(100, 5 * requests)
    return Kind(
        name,
        "sliding" if slides else "fixed",
        requests,
        per,
        make,
        latency=0.1 if per < 10 else 0.25,
        others=others,
        jobs=jobs,
    )


def counted_apart(number: int, requests: int, per: float, *, same_phase: bool) -> Kind:
    """Several processes, each with a counter of its own."""
    make = aligned(requests, per) if same_phase else fixed(requests, per)
    name = f"{number} processes, {'same' if same_phase else 'own'} phase, {requests}/{per} s"
    return Kind(name, "fixed", number * requests, per, processes(number, make))


def two_limits(name: str, first: Make, second: Make, requests: int, per: float, jobs: int) -> Kind:
    """A limit for short spells and one for long ones."""
    return Kind(name, "fixed", requests, per, both(first, second), jobs=jobs)


def raised(requests: int, per: float, changed_to: int, windows: int) -> Kind:
    """A limit that is raised in the middle of a job of a few windows."""
    name = f"fixed {requests}/{per} s, then {changed_to}, {windows} windows"
    make, jobs = fixed(requests, per), windows * requests
    return Kind(name, "fixed", requests, per, make, changed_to=changed_to, jobs=jobs)


TUNING = [
    at_random(2, "none"),
    at_random(2, 1.0),
    at_random(5, 0.0),
    at_random(10, "none"),
    at_random(10, 1.0),
    at_random(30, 0.0),
    overload(10, 3),
    overload(30, 0.5),
    overload(30, 30),
    beside(40, 5, 0.7, slides=False),
    beside(40, 5, 3.0, slides=False),
    beside(60, 60, 1.0, slides=False),
    beside(40, 5, 1.0, slides=True),
    beside(60, 60, 0.7, slides=True),
    beside(60, 60, 3.0, slides=True),
    counted_apart(2, 60, 60, same_phase=True),
    counted_apart(4, 60, 60, same_phase=False),
    counted_apart(8, 60, 60, same_phase=True),
    counted_apart(8, 10, 10, same_phase=False),
    two_limits("fixed 5/1 s and 1000/3600 s", fixed(5, 1), fixed(1000, 3600), 1000, 3600, 2500),
    two_limits("log 10/1 s and fixed 100/60 s", log(10, 1), fixed(100, 60), 100, 60, JOB),
    Kind(
        "fixed 40/4 s, first Retry-After 600",
        "fixed",
        40,
        4,
        fixed(40, 4),
        latency=0.1,
        jobs=JOB,
        first_retry_after=600.0,
    ),
    Kind("fixed 5/1 s, seconds", "fixed", 5, 1, fixed(5, 1), "seconds"),
    Kind("bucket 60/60 s, burst 1", "sliding", 60, 60, bucket(60, 60, 1)),
    Kind("fixed 1/10 s, 40 % of answers lost", "fixed", 1, 10, fixed(1, 10), jobs=60, lost=0.4),
    Kind("aligned 60/60 s, 2 windows", "fixed", 60, 60, aligned(60, 60), jobs=120),
    Kind("log 60/60 s, 2 windows", "sliding", 60, 60, log(60, 60), jobs=120),
    raised(30, 10, 90, windows=5),
    Kind("fixed 60/60 s, gone", "fixed", 60, 60, fixed(60, 60), changed_to=GONE, jobs=2400),
]

HELD_OUT = [
    at_random(2, 0.0),
    at_random(5, "none"),
    at_random(5, 1.0),
    at_random(10, 0.0),
    at_random(30, "none"),
    at_random(30, 1.0),
    overload(10, 0.5),
    overload(10, 30),
    overload(30, 3),
    beside(40, 5, 1.0, slides=False),
    beside(60, 60, 0.7, slides=False),
    beside(60, 60, 3.0, slides=False),
    beside(40, 5, 0.7, slides=True),
    beside(40, 5, 3.0, slides=True),
    beside(60, 60, 1.0, slides=True),
    counted_apart(2, 60, 60, same_phase=False),
    counted_apart(4, 60, 60, same_phase=True),
    counted_apart(8, 60, 60, same_phase=False),
    counted_apart(4, 10, 10, same_phase=True),
    two_limits("fixed 10/1 s and 100/60 s", fixed(10, 1), fixed(100, 60), 100, 60, JOB),
    two_limits("log 5/1 s and 1000/3600 s", log(5, 1), log(1000, 3600), 1000, 3600, 2500),
    Kind(
        "log 40/4 s, first Retry-After 600",
        "sliding",
        40,
        4,
        log(40, 4),
        latency=0.1,
        jobs=JOB,
        first_retry_after=600.0,
    ),
    Kind("fixed 20/2 s, seconds", "fixed", 20, 2, fixed(20, 2), "seconds", latency=0.1),
    Kind("bucket 300/60 s, burst 1", "sliding", 300, 60, bucket(300, 60, 1)),
    Kind("log 1/10 s, 40 % of answers lost", "sliding", 1, 10, log(1, 10), jobs=60, lost=0.4),
    Kind("fixed 60/60 s, 2 windows", "fixed", 60, 60, fixed(60, 60), jobs=120),
    Kind("fixed 60/60 s, 5 % at random", "fixed", 60, 60, fixed(60, 60), shed=0.05),
    raised(60, 60, 180, windows=4),
    Kind("log 30/10 s, gone", "sliding", 30, 10, log(30, 10), changed_to=GONE, jobs=1200),
]

HARD = Group(
    "hard",
    [*TUNING, *endpoints.TUNING],
    [*HELD_OUT, *endpoints.HELD_OUT],
)
