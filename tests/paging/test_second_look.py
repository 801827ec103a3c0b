"""The second look: which pages it reads, what it brings, and when it isn't enough."""

from reamaze_async.paging.copies import Signs
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.second_look import SecondLook


def read(number: int, keys: str, at: float, total: int = 6) -> PageRead:
    """A page of three in the other order."""
    return PageRead(number, tuple(keys), 3, 2, total, at, at + 0.1, is_by_other_order=True)


def test_item_that_the_first_order_hides():
    """Each page is read once, and all that is new on it is handed out."""
    look = SecondLook(2, Signs())
    assert [look.next_page() for _ in range(3)] == [1, 2, None]
    assert look.arrived(read(1, "fed", 0), [1]) == [1]
    assert not look.is_over
    look.arrived(read(2, "cba", 1), [])
    assert (look.is_over, look.is_calm, look.found) == (True, True, 1)


def test_page_that_cannot_be_had():
    """It is over, and not enough."""
    look = SecondLook(2, Signs())
    look.failed()
    assert (look.is_over, look.is_calm) == (True, False)


def test_copies_seen_by_the_second_look():
    """A page that repeats an item though as many are counted is one more sign."""
    look = SecondLook(2, signs := Signs())
    look.arrived(read(1, "fed", 0), [])
    look.arrived(read(2, "dcb", 1), [])
    assert (signs.swaps, look.is_calm) == (1, False)


def test_list_that_says_it_has_far_more_pages():
    """It ends after a few empty pages, however many there are said to be."""
    look = SecondLook(10**9, Signs())
    for number in range(1, 11):
        assert look.next_page() == number
        look.arrived(read(number, "fed" if number < 3 else "", number), [])
    assert (look.is_over, look.next_page()) == (True, None)
