"""Gaps: which seams of a list that seemed calm get a second look, and what it may bring."""

import pytest

from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.slow_seams import LONG, SlowSeams


def read(number: int, at: float, keys: str = "ab", total: int = 99) -> PageRead:
    """A page of two, read in an instant."""
    return PageRead(number, tuple(keys), 2, -(-total // 2), total, at, at)


def slow_seams(*instants: float) -> SlowSeams:
    """The gaps between pages read at these instants."""
    found, upper = SlowSeams(), []
    for number, at in enumerate(instants, 1):
        found.note(upper, read(number, at))
        upper = [read(number, at)]
    return found


def doubtful(now: float, *instants: float) -> list[int]:
    """Which pages are read again if the list is seen to move now."""
    found = slow_seams(*instants)
    found.doubt(now)
    return found.doubtful


def test_list_without_a_pause():
    """Pages read close together, page 1 among them, are not read again."""
    assert doubtful(0.9, 0.0, 0.3, 0.6, 0.9) == []
    assert doubtful(0.0, 0.0) == []


def test_pause_forgotten():
    """Both pages of a long gap are read again, the lower one first; of several, each."""
    assert doubtful(60.6, 0.0, 0.3, 60.3, 60.6) == [3, 2]
    assert doubtful(120.0, 0.0, 60.0, 60.3, 120.0) == [2, 1, 4, 3]


def test_pages_read_again_without_end():
    """A gap is forgiven when the list has seemed calm for several times as long."""
    assert doubtful(60.0 / LONG, 0.0, 60.0) == [2, 1]
    assert doubtful(60.0 / LONG + 1, 0.0, 60.0) == []
    assert doubtful(99.0, *range(100)) == []


def test_memory_that_grows():
    """Only gaps that may still matter are remembered, however many there are."""
    assert len(slow_seams(*range(1000))._long) <= 1 + 1 / LONG


@pytest.mark.parametrize(
    ("lower", "upper", "close"),
    [
        (read(3, 61, "ab"), read(2, 62, "xy"), (True, True)),  # the upper joins the lower
        (read(3, 61, "xb"), read(2, 62, "xy", total=98), (True, True)),
        (read(3, 61, "xb"), read(2, 62, "xy", total=97), (True, False)),  # a page has left between
        (read(3, 61, "bx"), read(2, 62, "xy"), (False, False)),  # who knows what x stands above
        (read(3, 61, ""), read(2, 62, "xa"), (False, True)),
    ],
)
def test_items_taken_for_covered(lower, upper, close):
    """A second look counts if all on the page stands above something that was accepted."""
    found = slow_seams(0.0, 0.3, 60.3)
    found.doubt(60.6)
    assert (found.closes(lower, {"a", "b"}), found.closes(upper, {"a", "b"})) == close
    assert found.doubtful == []


def test_page_that_joins_another_gap():
    """The upper page of a gap doesn't join what was read for the gap before."""
    found = slow_seams(0.0, 60.0, 60.3, 120.0)
    found.doubt(120.0)
    assert found.closes(read(2, 121, "xa"), {"a"})
    found.leave_out(1)
    assert found.doubtful == [4, 3]
    assert not found.closes(read(4, 122, "xy"), {"a"})
