"""Kinds that nobody chose: limits, windows, latencies and other clients from a seed.

All are held out: who has tuned on a seed takes another one to see what that was good for.
"""

from math import exp
from math import log as ln
from random import Random

from benchmarks.limiter_kinds import (
    Family,
    Kind,
    Make,
    RetryAfter,
    aligned,
    bucket,
    counter,
    first_request,
    fixed,
    log,
)

USUAL_LENGTHS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 60.0, 60.0, 300.0, 600.0)
IN_FLIGHT = 8
LONGEST_JOB, SHORTEST_JOB = 4000, 100
WINDOWS = 10


def random_kinds(seed: int, number: int) -> list[Kind]:
    """So many kinds; the first ones are the same whatever the number."""
    luck = Random(seed)
    return [_random_kind(luck, f"{seed}.{place}") for place in range(number)]


def _random_kind(luck: Random, name: str) -> Kind:
    requests, per, latency = _limit(luck)
    family, word, make = _server(luck, requests, per)
    others = round(luck.random(), 2) if luck.random() < 0.5 else 0.0
    told: RetryAfter = luck.choice(("none", "none", "none", "seconds", "date"))
    name = f"{name} {word} {requests}/{per:g} s"
    name += f", others {others}" if others else ""
    name += f", {told}" if told != "none" else ""
    jobs = min(max(WINDOWS * requests, SHORTEST_JOB), LONGEST_JOB)
    return Kind(name, family, requests, per, make, told, latency, others, jobs=jobs)


def _limit(luck: Random) -> tuple[int, float, float]:
    """A limit that so many requests in flight can reach, and their latency."""
    while True:
        usual = luck.choice(USUAL_LENGTHS)
        any_length = round(exp(luck.uniform(0, ln(600))), 1)
        per = usual if luck.random() < 0.5 else any_length
        requests = round(exp(luck.uniform(ln(5), ln(1000))))
        latency = round(luck.uniform(0.05, 1.2), 2)
        if requests / per < 0.8 * IN_FLIGHT / latency:
            return requests, per, latency


def _server(luck: Random, requests: int, per: float) -> tuple[Family, str, Make]:
    burst = max(1, round(requests ** luck.random()))
    servers: list[tuple[Family, str, Make]] = [
        ("fixed", "fixed", fixed(requests, per)),
        ("fixed", "aligned", aligned(requests, per)),
        ("fixed", "first request", first_request(requests, per)),
        ("sliding", "log", log(requests, per)),
        ("sliding", "counter", counter(requests, per)),
        ("sliding", f"bucket of {burst}", bucket(requests, per, burst)),
    ]
    return luck.choice(servers)
