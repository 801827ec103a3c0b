"""People who wait for an answer: what counts is each request's wait, and no job ever ends.

A request each three seconds; idle minutes, and then 20 requests at once; bursts of 1 to 25; a
demand that is a tenth above the limit. Windows have one second to ten minutes.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from benchmarks.limiter_kinds import Burst, Group, Kind, fixed, log

Asks = Callable[[Random], list[Burst]]


def _evenly(every: float, number: int, luck: Random) -> list[Burst]:
    return [Burst(every * (place + luck.uniform(0, 0.2)), 1) for place in range(number)]


def _after_idle_minutes(size: int, number: int, luck: Random) -> list[Burst]:
    bursts, at = [], 0.0
    for _ in range(number):
        bursts.append(Burst(at, size))
        at += luck.uniform(60, 300)
    return bursts


def _in_bursts(mean: float, number: int, luck: Random) -> list[Burst]:
    bursts, at = [], 0.0
    for _ in range(number):
        bursts.append(Burst(at, luck.randint(1, 25)))
        at += luck.expovariate(1 / mean)
    return bursts


def each_three_seconds() -> Asks:
    """One request each three seconds, for twenty minutes."""
    return partial(_evenly, 3.0, 400)


def after_idle_minutes(size: int = 20) -> Asks:
    """So many requests at once, twelve times, with one to five idle minutes between."""
    return partial(_after_idle_minutes, size, 12)


def in_bursts(requests: int, per: float, used: float = 0.7) -> Asks:
    """Bursts of 1 to 25 requests which use so much of the limit, for ten windows or 40 bursts."""
    mean = 13 * per / (used * requests)
    return partial(_in_bursts, mean, max(40, round(10 * per / mean)))


def just_above(requests: int, per: float, demand: float = 1.1) -> Asks:
    """Single requests, a tenth more than the limit allows, for ten windows or 200 requests."""
    return partial(_evenly, per / (demand * requests), max(200, 10 * requests))


def before(what: str, asks: Asks, requests: int, per: float, *, slides: bool) -> Kind:
    """People who ask so, before a limit of one sort of windows."""
    make = log(requests, per) if slides else fixed(requests, per)
    name = f"{what}, {'log' if slides else 'fixed'} {requests}/{per} s"
    return Kind(name, "sliding" if slides else "fixed", requests, per, make, asks=asks)


def each_3_s(requests: int, per: float, *, slides: bool) -> Kind:
    """A request each three seconds."""
    return before("each 3 s", each_three_seconds(), requests, per, slides=slides)


def idle(requests: int, per: float, *, slides: bool) -> Kind:
    """Twenty requests at once after idle minutes."""
    return before("20 after idle minutes", after_idle_minutes(), requests, per, slides=slides)


def bursts(requests: int, per: float, *, slides: bool) -> Kind:
    """Bursts of 1 to 25."""
    return before("bursts of 1 to 25", in_bursts(requests, per), requests, per, slides=slides)


def above(requests: int, per: float, *, slides: bool) -> Kind:
    """A demand just above the limit."""
    return before("just above", just_above(requests, per), requests, per, slides=slides)


TUNING = [
    each_3_s(60, 60, slides=False),
    each_3_s(3, 10, slides=True),
    each_3_s(15, 60, slides=False),
    each_3_s(200, 600, slides=True),
    idle(5, 1, slides=True),
    idle(10, 10, slides=False),
    idle(15, 60, slides=True),
    idle(30, 300, slides=False),
    bursts(5, 1, slides=False),
    bursts(10, 10, slides=True),
    bursts(60, 60, slides=False),
    bursts(300, 300, slides=True),
    above(5, 1, slides=True),
    above(30, 10, slides=False),
    above(60, 60, slides=True),
    above(300, 600, slides=False),
]

HELD_OUT = [
    each_3_s(60, 60, slides=True),
    each_3_s(3, 10, slides=False),
    each_3_s(15, 60, slides=True),
    each_3_s(80, 300, slides=False),
    idle(5, 1, slides=False),
    idle(10, 10, slides=True),
    idle(15, 60, slides=False),
    idle(50, 600, slides=True),
    bursts(20, 2, slides=True),
    bursts(10, 10, slides=False),
    bursts(60, 60, slides=True),
    bursts(600, 600, slides=False),
    above(10, 1, slides=False),
    above(30, 10, slides=True),
    above(60, 60, slides=False),
    above(300, 300, slides=True),
]

INTERACTIVE = Group("interactive", TUNING, HELD_OUT)
