"""What one page says of the end of its list."""

from typing import Any

import pytest

from reamaze_async.paging.page_read import PageRead

SIZE = 2


def read(
    number: int, keys: str = "", *, total: int = 6, at: float = 0.0, took: float = 0.1
) -> PageRead:
    """A page of two; it was asked for `at` and was there `took` later."""
    return PageRead(number, tuple(keys), SIZE, -(-total // SIZE), total, at, at + took)


@pytest.mark.parametrize(
    ("number", "total", "is_last"),
    [(1, 0, True), (1, 2, True), (1, 3, False), (2, 3, True), (2, 4, True), (3, 4, True)],
)
def test_end_of_a_list_missed(number: int, total: int, is_last: bool) -> None:
    """A page is the last if none stood below it when it was read, also past the end."""
    assert read(number, total=total).is_last is is_last


@pytest.mark.parametrize(
    ("number", "keys", "total", "is_empty_but_counted"),
    [(1, "", 0, False), (1, "", 1, True), (2, "", 2, False), (2, "", 3, True), (2, "c", 3, False)],
)
def test_empty_page_that_counts_items(
    number: int, keys: str, total: int, is_empty_but_counted: bool
) -> None:
    """A page is empty but counted if it is empty although its own answer counts items on it."""
    assert read(number, keys, total=total).is_empty_but_counted is is_empty_but_counted


def test_read_that_changes():
    """A read is what was said at one moment: it can't be changed."""
    values: Any = read(1)
    with pytest.raises(AttributeError):
        values.total = 7


def test_empty_page_that_its_total_explains():
    """A page that is empty as its total says is the end, whatever its page count claims."""
    past = PageRead(3, (), 2, 1_000_000, 4, 0.0, 0.1)
    assert past.is_past_the_end
    assert past.is_last
    assert not PageRead(3, (), 2, 1_000_000, 5, 0.0, 0.1).is_last
