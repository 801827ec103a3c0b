"""Items that can't be read: counted, told by the first ones, and remembered in bounded room."""

import msgspec

from reamaze_async.listings.unreadable_items import REMEMBERED, UnreadableItems
from reamaze_async.wire.unreadable import Unreadable


def odd(number: int) -> Unreadable:
    """An item that can't be read."""
    return Unreadable(f"\0{number}", "its key is empty", f"$.conversations[{number}]")


def test_item_that_is_noted_twice():
    """A page that is read again adds nothing; what is new on it counts."""
    items = UnreadableItems()
    items.add(2, [odd(0), odd(1)])
    items.add(2, [odd(1), odd(2)])
    assert (items.count, items.pages) == (3, [2])


def test_items_that_are_too_many_to_tell():
    """All are counted, all pages are named, the first three are told, and not all are kept."""
    items = UnreadableItems()
    for page in range(1, 201):
        items.add(page, [odd(page)])
    assert (items.count, items.pages, len(items.first)) == (200, [*range(1, 201)], REMEMBERED)
    told = str(items)
    assert told.startswith("200 items can't be read (page 1 at $.conversations[1]: its key is ")
    assert told.endswith("page 3 at $.conversations[3]: its key is empty; ...)")


def test_items_of_two_kinds():
    """Both are told together, and come back from a disk as they were."""
    one, other = UnreadableItems(), UnreadableItems()
    one.add(7, [odd(1)])
    other.add(5, [odd(2)])
    both = one.together(other)
    assert (both.count, both.pages, (one.count, other.count)) == (2, [5, 7], (1, 1))
    assert msgspec.json.decode(msgspec.json.encode(both), type=UnreadableItems) == both
