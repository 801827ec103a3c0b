"""A pass: which answers belong to it, when it reads too much, and the mark it began at."""

from reamaze_async.paging.frontier import Frontier
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.passes import Pass


def read(number: int, *, began: float = 1.0, marks: tuple[int, ...] = ()) -> PageRead:
    """A page of a list of nine pages."""
    return PageRead(number, "ab", 2, 9, 18, began, began + 0.1, marks=marks)


def test_answer_of_an_earlier_pass_counted():
    """An answer to a request from before the pass began is not one of its reads."""
    one = Pass(Frontier(set()), began=2.0)
    assert [one.takes(read(1, began=at)) for at in (1.9, 2.0)] == [False, True]
    assert one.reads == 1


def test_pass_without_end():
    """A pass that reads four times the list, and a hundred pages more, is endless."""
    one = Pass(Frontier(set()))
    taken = [one.is_endless() for _ in range(4 * 9 + 101) if one.takes(read(1))]
    assert (taken[-2:], taken.count(True)) == ([False, True], 1)


def test_mark_of_a_later_read_taken_for_the_top():
    """The top is the first mark that page 1 had, however often and whatever else is read."""
    one = Pass(Frontier(set()))
    for page in (read(2, marks=(7, 6)), read(1, marks=(9, 8)), read(1, marks=(12, 9))):
        one.see_top(page)
    assert (one.top, one.since) == (9, 9)


def test_catching_up_that_forgets_since_when():
    """A pass that catches up keeps the mark down to which it reads, whatever page 1 shows."""
    one = Pass(Frontier(set()), catch_up=1, since=5)
    one.see_top(read(1, marks=(12, 9)))
    assert (one.top, one.since) == (12, 5)
