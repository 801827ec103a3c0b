"""What is seen of requests: the server's clock, from dates in whole seconds."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.limits.server_timing import Traffic


@given(st.floats(0, 1e9), st.lists(st.floats(0, 100), min_size=1, max_size=20), st.floats(0, 2))
def test_minute_that_has_not_begun(ahead, times, latency):
    """From any answers, the next minute is never named before it begins, nor long after."""
    traffic = Traffic()
    for sent in times:
        traffic.heard(float(int(sent + latency / 2 + ahead)), sent, sent + latency)
    late = (traffic.next_minute(200.0) + ahead) % 60
    assert min(late, 60 - late) <= 1e-6 or 0 <= late <= 1 + latency


def test_minute_of_an_unknown_clock():
    """Before any date was heard no minute is near."""
    assert Traffic().next_minute(0.0) == inf


@pytest.mark.parametrize(("before", "after"), [(1000.0, 5000.0), (5000.0, 1000.0)])
def test_clock_that_was_set(before, after):
    """A date that contradicts the earlier ones replaces them."""
    traffic = Traffic()
    traffic.heard(before, 0.0, 0.1)
    traffic.heard(after, 1.0, 1.1)
    assert 0 <= (traffic.next_minute(2.0) + after - 1.0) % 60 <= 1.2


def test_latency_that_jumps():
    """One slow answer moves the latency by a tenth."""
    traffic = Traffic()
    traffic.let_in(0.0, 10.25)
    assert traffic.latency == 1.25
