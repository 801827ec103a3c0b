"""Ways to count requests: what each foresees, and what a surprise costs it."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reamaze_async.limits.hypotheses import (
    FIXED,
    MEMORY,
    USUAL,
    History,
    SteadyRate,
    Windows,
    frequencies,
)

SLIDING, FIXED_ONE = 0, 1
"""Places of the windows of ten seconds."""


def seen(*arrivals: float, under_way: int = 0) -> History:
    """A history of these arrivals."""
    history = History()
    for at in arrivals:
        history.note(at)
    history.latency, history.under_way = 0.0, under_way
    history.let_in = len(arrivals)
    return history


def windows(
    cap: int, history: History, per: float = 10.0, reset_at: float | None = None
) -> Windows:
    """A sliding and a fixed window that have seen their cap, and perhaps a reset."""
    found = Windows(history, {per: 1.0})
    found.caps = [cap, cap]
    if reset_at is not None:
        found.resets[FIXED_ONE] = reset_at
    return found


def steady(per_minute: float, history: History) -> SteadyRate:
    """A steady rate that was measured, and refused at 0.0 before all that was seen."""
    rate = SteadyRate(history)
    rate.refused(0.0)
    rate._refused[-1], rate.cap = (0.0, 0), per_minute
    return rate


# --- what fits ------------------------------------------------------------------------------------


def test_slot_that_comes_back_too_early():
    """A sliding window has room again when its oldest request leaves it, one at a time."""
    history = seen(0.0, 2.0, 4.0)
    moments = [windows(cap, history).free_at([SLIDING]) for cap in (3, 2, 4)]
    assert moments == [[10.0], [12.0], [-inf]]


def test_reset_that_is_forgotten():
    """A fixed window is whole again at its reset, whenever its requests came."""
    history = seen(1.0, 9.0, 12.0)
    both = [windows(cap, history, reset_at=0.0) for cap in (2, 1)]
    assert [one.free_at([FIXED_ONE]) for one in both] == [[10.0], [20.0]]


def test_opening_that_is_taken_for_a_reset():
    """Open again when a window has only just begun, another limit was open; later, it was reset."""
    both = windows(3, seen(1.0, 2.0, 3.0), reset_at=0.0)
    both.opened(4.0, after_refusal=True)
    assert both.counts(8.0)[FIXED_ONE] == 3
    both.opened(9.0, after_refusal=True)
    assert both.counts(12.0)[FIXED_ONE] == 0


def test_request_under_way_that_is_not_counted():
    """What is under way takes a slot, and nobody knows when it comes back."""
    history = seen(under_way=2)
    assert windows(2, history).free_at([SLIDING, FIXED_ONE]) == [inf, inf]
    assert windows(3, history).free_at([SLIDING, FIXED_ONE]) == [-inf, -inf]


def test_window_that_knows_nothing():
    """Without a cap nothing is held back by a window, and nothing let go by a rate."""
    history = seen(1.0, 2.0)
    assert windows(0, history).free_at([SLIDING, FIXED_ONE]) == [-inf, -inf]
    assert SteadyRate(history).free_at() == inf


def test_rate_that_comes_in_bursts():
    """A steady rate of one a second lets one begin each second, a trifle sooner."""
    history, now = seen(), 0.0
    rate = steady(60.0, history)
    starts = []
    for _ in range(20):
        now = max(now, rate.free_at()) + 1e-9
        history.note(now)
        starts.append(now)
    assert all(0.9 < later - earlier <= 1.0 for earlier, later in pairwise(starts))


@pytest.mark.parametrize(("share", "fits"), [(1.0, 10), (0.9, 9), (0.25, 2), (0.01, 1)])
def test_share_that_rounds_up(share, fits):
    """A share of a window is whole requests, rounded down, and at least one."""
    almost, full = seen(*[1.0] * (fits - 1)), seen(*[1.0] * fits)
    assert windows(10, almost).free_at([SLIDING], share) == [-inf]
    assert windows(10, full).free_at([SLIDING], share) == [11.0]


def test_reset_that_is_believed_to_come_too_late():
    """Let in though it saw no room, a fixed window was reset sooner; one with room wasn't."""
    both = windows(3, seen(1.0, 2.0, 3.0), reset_at=0.0)
    both.opened(9.0, after_refusal=False)
    assert both.resets[FIXED_ONE] == 9.0
    both.opened(18.0, after_refusal=False)
    assert both.resets[FIXED_ONE] == 9.0


@given(st.lists(st.floats(0, 15), min_size=5, max_size=40), st.integers(1, 5), st.booleans())
def test_moment_that_has_no_room(arrivals, cap, is_fixed):
    """At the moment that a window names fewer count than it holds, and not long before."""
    both = windows(cap, seen(*arrivals), reset_at=3.0)
    (when,) = both.free_at([is_fixed])
    if when > max(arrivals, default=0.0) + 1e-3:
        assert both.counts(when - 1e-6)[is_fixed] >= cap > both.counts(when + 1e-6)[is_fixed]


@settings(max_examples=10)
@given(st.lists(st.floats(0, 15), min_size=5, max_size=40), st.booleans())
def test_windows_that_are_mixed_up(arrivals, is_known):
    """Beside all others each window counts and waits as it does alone."""
    history, reset_at = seen(*arrivals), 3.0 if is_known else None
    together = Windows(history, frequencies())
    if is_known:
        together.resets[len(frequencies()) :] = [3.0] * len(frequencies())
    together.caps = [number % 7 for number in range(len(together.pers))]
    moments, counts = together.free_at(range(len(together.pers))), together.counts(16.0)
    for place, (per, cap) in enumerate(zip(together.pers, together.caps, strict=True)):
        alone, half = windows(cap, history, per, reset_at), place >= len(frequencies())
        assert alone.free_at([half]) == [moments[place]]
        assert alone.counts(16.0)[half] == counts[place]


# --- what is evidence -----------------------------------------------------------------------------


def refused(cap: int, history: History, at: float, per: float = 10.0) -> list[float]:
    """What a refusal costs each window."""
    return windows(cap, history, per).refused(at, by_test=False)


def test_refusal_that_was_foreseen():
    """A refusal at the count of the last one costs nothing; at half of it, everything."""
    history = seen(1.0, 2.0, 3.0, 4.0)
    assert refused(4, history, 5.0) == [0.0, 0.0]
    assert min(refused(8, history, 5.0)) > 1.0


def test_steady_pace_that_speaks_for_every_long_window():
    """Refused soon after an opening, a count far from the cap is a surprise whatever its size."""
    history = seen(*(float(number) for number in range(90)))
    history.let_in = 2
    assert min(refused(100, history, 90.0, per=600.0)) > 1.0


def test_leftover_that_is_taken_for_a_window():
    """Of two counts the lower is the cap, unless a test has gone beyond it."""
    history = seen()
    both = windows(4, history)
    for count, by_test, cap in ((8, False, 8), (6, False, 6), (9, True, 9), (11, False, 9)):
        history.sent = [8.0] * count
        both.refused(9.0, by_test=by_test)
        assert both.caps == [cap, cap]


def test_window_that_others_have_used_up():
    """A refusal of the very first request says nothing of the cap."""
    both = windows(0, seen())
    assert both.refused(0.0, by_test=False) == [0.0, 0.0]
    assert both.caps == [0, 0]


def test_cap_that_others_bring_to_nothing():
    """A refusal before anything was let in is one of at least one request."""
    both = windows(4, seen())
    assert min(both.refused(0.0, by_test=False)) > 0
    assert both.caps == [1, 1]


@pytest.mark.parametrize("place", [SLIDING, FIXED_ONE])
def test_probe_that_tells_nothing(place):
    """A probe refused in spite of room, or let in without, costs; else neither does."""
    full, empty = seen(1.0, 2.0, 3.0), seen()
    for history, let_in_costs in ((full, True), (empty, False)):
        both = windows(3, history, reset_at=0.5)
        assert (both.opened(4.0, after_refusal=True)[place] > 0) == let_in_costs
        assert (both.still_refused(4.0)[place] > 0) != let_in_costs


def test_rate_that_others_push_down():
    """A rate that is refused too soon again and again claims more."""
    history, now = seen(), 0.0
    rate = steady(60.0, history)
    for _ in range(6):
        for _ in range(2):
            history.note(now := now + 1.0)
        rate.refused(now)
    assert rate.free_at() < now + 0.95


def test_rate_of_a_bucket():
    """A rate measured between refusals is the bucket's."""
    history, now = seen(), 0.0
    rate = SteadyRate(history)
    rate.refused(now)
    for _ in range(10):
        for _ in range(30):
            history.note(now + 0.25)
            now += 0.5
        rate.refused(now)
    assert rate.cap == pytest.approx(120.0, rel=0.01)


# --- all of them ----------------------------------------------------------------------------------


def test_length_that_nobody_thinks_of():
    """Every length from half a second to an hour is within an eighth of one that is thought of."""
    lengths = sorted(frequencies())
    assert set(USUAL) <= set(lengths)
    assert (lengths[0], lengths[-1]) == (0.5, 3600.0)
    assert all(longer / shorter < 1.25 for shorter, longer in pairwise(lengths))


def test_priors_that_are_no_shares():
    """The priors are what they claim to be: all of them together one, and a part of it fixed."""
    priors = Windows(seen(), frequencies()).priors
    assert sum(priors) == pytest.approx(1.0)
    assert sum(priors[len(frequencies()) :]) == pytest.approx(FIXED)


def test_memory_that_grows():
    """However many requests there were, a bounded number is remembered, the newest."""
    history = seen()
    for at in range(2 * MEMORY):
        history.note(at / 1000)
    assert MEMORY / 2 <= len(history.sent) <= MEMORY
    assert history.sent[-1] == pytest.approx(2 * MEMORY / 1000, abs=0.01)


def test_memory_that_loses_what_still_counts():
    """At ten requests a second none of the last hour's is forgotten."""
    history = seen()
    for number in range(MEMORY + 5000):
        history.note(number / 10)
    assert history.total == MEMORY + 5000
    assert history.sent[-1] - history.sent[0] > 3600.0
