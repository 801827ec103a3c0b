"""Ways to count requests: what each foresees, and what a surprise costs it."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.limits.hypotheses import (
    FIXED,
    MEMORY,
    STEADY,
    USUAL,
    FixedWindow,
    History,
    SlidingWindow,
    SteadyRate,
    hypotheses,
)


def seen(*arrivals: float, under_way: int = 0, reset_at: float | None = None) -> History:
    """A history of these arrivals."""
    history = History()
    for at in arrivals:
        history.arrived(at)
    history.latency, history.under_way, history.reset_at = 0.0, under_way, reset_at
    history.let_in = len(arrivals)
    return history


def window(cap: int, kind: type[SlidingWindow] = SlidingWindow) -> SlidingWindow:
    """A window of ten seconds that has seen its cap."""
    found = kind(10.0, 0.1)
    found.cap = cap
    return found


def steady(per_minute: float) -> SteadyRate:
    """A steady rate that was measured, and refused at 0.0."""
    rate = SteadyRate(0.1)
    rate.refused(seen(), 0.0, by_test=False)
    rate.cap = per_minute
    return rate


# --- what fits ------------------------------------------------------------------------------------


def test_slot_that_comes_back_too_early():
    """A sliding window has room again when its oldest request leaves it, one at a time."""
    history = seen(0.0, 2.0, 4.0)
    assert window(3).free_at(history) == 10.0
    assert window(2).free_at(history) == 12.0
    assert window(4).free_at(history) == -inf


def test_reset_that_is_forgotten():
    """A fixed window is whole again at its reset, whenever its requests came."""
    history = seen(1.0, 9.0, 12.0, reset_at=0.0)
    assert window(2, FixedWindow).free_at(history) == 10.0
    assert window(1, FixedWindow).free_at(history) == 20.0


def test_request_under_way_that_is_not_counted():
    """What is under way takes a slot, and nobody knows when it comes back."""
    assert window(2).free_at(seen(under_way=2)) == inf
    assert window(3).free_at(seen(under_way=2)) == -inf


def test_window_that_knows_nothing():
    """Without a cap nothing is held back by a window, and nothing let go by a rate."""
    assert SlidingWindow(10.0, 0.1).free_at(seen(1.0, 2.0)) == -inf
    assert SteadyRate(0.1).free_at(seen(1.0, 2.0)) == inf


def test_rate_that_comes_in_bursts():
    """A steady rate of one a second lets one begin each second, a trifle sooner."""
    rate, now = steady(60.0), 0.0
    history = seen()
    starts = []
    for _ in range(20):
        now = max(now, rate.free_at(history)) + 1e-9
        history.arrived(now)
        starts.append(now)
    assert all(0.9 < later - earlier <= 1.0 for earlier, later in pairwise(starts))


@pytest.mark.parametrize(("share", "fits"), [(1.0, 10), (0.9, 9), (0.25, 2), (0.01, 1)])
def test_share_that_rounds_up(share, fits):
    """A share of a window is whole requests, rounded down, and at least one."""
    assert window(10).free_at(seen(*[1.0] * (fits - 1)), share) == -inf
    assert window(10).free_at(seen(*[1.0] * fits), share) == 11.0


@given(st.lists(st.floats(0, 15), min_size=5, max_size=40), st.integers(1, 5), st.booleans())
def test_moment_that_has_no_room(arrivals, cap, is_fixed):
    """At the moment that a window names fewer count than it holds, and not long before."""
    one = window(cap, FixedWindow if is_fixed else SlidingWindow)
    history = seen(*arrivals, reset_at=3.0 if is_fixed else None)
    when = one.free_at(history)
    if when > max(arrivals, default=0.0) + 1e-3:
        assert one.count(history, when - 1e-6) >= cap > one.count(history, when + 1e-6)


# --- what is evidence -----------------------------------------------------------------------------


def test_refusal_that_was_foreseen():
    """A refusal at the count of the last one costs nothing; at half of it, everything."""
    foreseen, surprised = window(4), window(8)
    for one in (foreseen, surprised):
        one.refused(seen(1.0, 2.0, 3.0, 4.0), 5.0, by_test=False)
    assert foreseen.score == 0.0
    assert surprised.score < -1.0


def test_refusal_that_is_foreseen_by_nobody():
    """A window foresees a refusal at its cap, or just below; a rate, where more came than was due."""
    few, most, whole = (seen(*[9.0] * count) for count in (70, 97, 100))
    assert [window(100).foresees(history, 9.5) for history in (few, most, whole)] == [0, 1, 1]
    assert [steady(600.0).foresees(history, 9.5) for history in (few, most, whole)] == [0, 1, 1]


def test_steady_pace_that_speaks_for_every_long_window():
    """Refused soon after an opening, a count far from the cap is a surprise whatever its size."""
    history = seen(*(float(number) for number in range(90)))
    history.let_in = 2
    long = SlidingWindow(600.0, 0.1)
    long.cap = 100
    long.refused(history, 90.0, by_test=False)
    assert long.score < -1.0


def test_leftover_that_is_taken_for_a_window():
    """Of two counts the lower is the cap, unless a test has gone beyond it."""
    one = window(4)
    one.refused(seen(*range(8)), 9.0, by_test=False)
    one.refused(seen(*range(6)), 9.0, by_test=False)
    assert one.cap == 6
    one.refused(seen(*range(9)), 9.0, by_test=True)
    assert one.cap == 9


def test_window_that_others_have_used_up():
    """A refusal of the very first request says nothing of the cap."""
    one = SlidingWindow(10.0, 0.1)
    one.refused(seen(), 0.0, by_test=False)
    assert (one.cap, one.score) == (0.0, 0.0)


@pytest.mark.parametrize("make", [lambda: window(3), lambda: window(3, FixedWindow)])
def test_probe_that_tells_nothing(make):
    """A probe refused in spite of room, or let in without, costs; else neither does."""
    full, empty = seen(1.0, 2.0, 3.0, reset_at=0.5), seen(reset_at=0.5)
    scores = []
    for history, weigh in ((full, "opened"), (empty, "still_refused")):
        for other in (history, empty if history is full else full):
            one = make()
            getattr(one, weigh)(other, 4.0)
            scores.append(one.score < 0)
    assert scores == [True, False, True, False]


def test_rate_that_others_push_down():
    """A rate that is refused too soon again and again claims more."""
    rate, history, now = steady(60.0), seen(), 0.0
    for _ in range(6):
        for _ in range(2):
            history.arrived(now := now + 1.0)
        rate.refused(history, now, by_test=False)
    assert rate.free_at(history) < now + 0.95


def test_rate_of_a_bucket():
    """A rate measured between refusals is the bucket's."""
    rate, history, now = SteadyRate(0.1), seen(), 0.0
    rate.refused(history, now, by_test=False)
    for _ in range(10):
        for _ in range(30):
            history.arrived(now + 0.25)
            now += 0.5
        rate.refused(history, now, by_test=False)
    assert rate.cap == pytest.approx(120.0, rel=0.01)


# --- all of them ----------------------------------------------------------------------------------


def test_length_that_nobody_thinks_of():
    """Every length from half a second to an hour is within an eighth of one that is thought of."""
    lengths = sorted({one.per for one in hypotheses()})
    assert set(USUAL) <= set(lengths)
    assert (lengths[0], lengths[-1]) == (0.5, 3600.0)
    assert all(longer / shorter < 1.25 for shorter, longer in pairwise(lengths))


def test_priors_that_are_no_shares():
    """The priors are what they claim to be: shares of fixed windows and of a steady rate."""
    steady_rate, *windows = hypotheses()
    assert steady_rate.weight == STEADY
    assert sum(one.weight for one in windows) == pytest.approx(1.0)
    fixed = sum(one.weight for one in windows if isinstance(one, FixedWindow))
    assert fixed == pytest.approx(FIXED)


def test_memory_that_grows():
    """However many requests there were, a bounded number is remembered, the newest."""
    history = seen()
    for at in range(2 * MEMORY):
        history.arrived(at / 1000)
    assert MEMORY / 2 <= len(history.arrivals) <= MEMORY
    assert history.arrivals[-1] == pytest.approx(2 * MEMORY / 1000, abs=0.01)


def test_memory_that_loses_what_still_counts():
    """At ten requests a second none of the last hour's is forgotten."""
    history = seen()
    for number in range(MEMORY + 5000):
        history.arrived(number / 10)
    assert history.total == MEMORY + 5000
    assert window(1).per < 3600.0 < history.arrivals[-1] - history.arrivals[0]
