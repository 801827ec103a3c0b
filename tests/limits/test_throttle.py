"""Parts of limits: whole requests, whatever floats make of them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reamaze_async.limits.throttle import part_of


@given(st.integers(1, 5000), st.integers(1, 100))
@example(100, 29)
def test_share_that_loses_one_to_a_float(limit, percent):
    """So many per cent of a limit are what a pupil would say, and at least one."""
    assert part_of(limit, percent / 100) == max(1, limit * percent // 100)


@pytest.mark.parametrize(("share", "fits"), [(1.0, 7), (1e-9, 1)])
def test_share_that_is_all_or_next_to_nothing(share, fits):
    """The whole limit is itself, and no share is nothing."""
    assert part_of(7.4, share) == fits
