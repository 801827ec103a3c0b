"""A walk down the pages of a list, and where it ends."""

from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.walk import Walk


def read(number: int, keys: str) -> PageRead:
    """A page of a list that counts far too much."""
    return PageRead(number, tuple(keys), 3, 10**15, 10**15, 0.0, 0.1)


def test_pages_that_nobody_could_read():
    """A walk ends after eight empty pages in a row, and when what is in flight has come."""
    walk = Walk(range(1, 10**15))
    assert [walk.next_page() for _ in range(10)] == [*range(1, 11)]
    for number in range(1, 10):
        walk.arrived(read(number, "" if number > 1 else "abc"))
    assert (walk.next_page(), walk.is_over) == (None, False)
    walk.arrived(read(10, ""))
    assert walk.is_over


def test_empty_page_between_others():
    """An empty page, as from a copy that counts less, ends nothing."""
    walk = Walk(range(1, 100))
    for number in range(1, 40):
        walk.next_page()
        walk.arrived(read(number, "abc" if number % 8 == 0 else ""))
    assert walk.next_page() == 40
