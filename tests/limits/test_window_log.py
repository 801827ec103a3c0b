"""The sliding-window log: never one request too many, whatever the latency."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.limits.window_log import SlidingWindowLog

latencies = st.lists(
    st.tuples(st.floats(0, 5), st.floats(0, 1), st.floats(0, 3)), min_size=5, max_size=40
)
"""Of each request: the seconds it takes, the part of them before it arrives, the caller's rest."""


@given(latencies, st.integers(1, 4), st.floats(0.5, 20))
def test_window_with_one_request_too_many(requests, allowed, per):
    """Whatever the latencies, no window of `per` seconds holds more arrivals than allowed."""
    log, now, arrivals, ends = SlidingWindowLog(allowed, per), 0.0, [], []
    for seconds, way, rest in requests:
        now += rest
        while ends and ends[0] <= now + log.delay(now):
            now = max(now, ends[0])
            log.ended(ends.pop(0), sent=True)
        while delay := log.delay(now):
            now += delay + 1e-9
        log.began()
        arrivals.append(now + seconds * way)
        ends = sorted([*ends, now + seconds])
    arrivals.sort()
    windows = zip(arrivals, arrivals[allowed:], strict=False)
    assert all(last - first > per for first, last in windows)


def test_turn_that_comes_back_too_late():
    """A turn is free again `per` seconds after its answer, and not much later."""
    log = SlidingWindowLog(1, 10.0)
    log.began()
    log.ended(3.0, sent=True)
    assert log.delay(3.0) == pytest.approx(10.0, rel=1e-3)


def test_turn_of_a_request_that_never_left():
    """A request that never left gives its turn back at once."""
    log = SlidingWindowLog(1, 10.0)
    log.began()
    assert log.delay(0.0) == inf
    log.ended(0.0, sent=False)
    assert log.delay(0.0) == 0.0


@pytest.mark.parametrize(("share", "fits"), [(0.29, 29), (0.57, 57), (0.001, 1), (1.0, 100)])
def test_share_that_loses_one_to_a_float(share, fits):
    """A share of a limit is what it says in whole requests, though 0.29 * 100 is below 29."""
    log = SlidingWindowLog(100, 60.0)
    for _ in range(fits):
        assert log.delay(0.0, share) == 0.0
        log.began()
    assert log.delay(0.0, share) == inf
