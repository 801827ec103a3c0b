"""The floor: a belief that keeps being surprised must prove that it is the faster one."""

import pytest

from reamaze_async.limits.floor import DOUBTED, TRIES, Floor
from reamaze_async.limits.throttle import Permit


def cycles(plain: float, believed: float, number: int, doubt: float = 2.0) -> list[bool]:
    """Whose turn each cycle is, if ten requests take so many seconds by either way."""
    floor, now, turns = Floor(), 0.0, []
    floor.began(Permit("GET /conversations", now, asked=now))
    floor.opened(10, doubt)
    for _ in range(number):
        turns.append(floor.is_plain)
        asked, now = now, now + (plain if floor.is_plain else believed)
        floor.began(Permit("GET /conversations", now, asked=asked))
        floor.opened(10, doubt)
    return turns


def test_belief_that_foresees_and_is_doubted():
    """While refusals are foreseen the belief has every turn."""
    assert not any(cycles(1.0, 9.0, 20, doubt=DOUBTED))


def test_belief_that_is_slower():
    """A doubted belief that is slower gets ever fewer turns, but still some."""
    turns = cycles(1.0, 3.0, 100)
    assert turns[:TRIES] == [True] * TRIES
    assert sum(turns) > 90
    assert not all(turns[50:])


@pytest.mark.parametrize("believed", [0.5, 1.0, 1.05])
def test_belief_that_keeps_up(believed):
    """A doubted belief that is no slower keeps its turns, once a plain gate was measured."""
    assert cycles(1.0, believed, 20)[TRIES:] == [False] * (20 - TRIES)


def test_idle_hour_that_counts_as_slowness():
    """Time in which nobody waits counts for neither."""
    floor = Floor()
    floor.opened(1, 2.0)
    for now in (0.0, 3600.0, 7200.0):
        floor.began(Permit("GET /conversations", now + 1.0, asked=now))
    assert floor._busy == pytest.approx(3.0)
