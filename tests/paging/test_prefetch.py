"""The window: what is fetched next, and what has to wait."""

from typing import Any

import pytest

from reamaze_async.paging.changes_seen import FALL
from reamaze_async.paging.frontier import Frontier
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.prefetch import LEAD, Prefetch


def read(number: int, total: int = 99) -> PageRead:
    """A page of two that nothing else shares anything with."""
    keys = (f"{number}a", f"{number}b")
    return PageRead(number, keys, 2, -(-total // 2), total, number / 99, number / 99 + 0.1)


class Fetching:
    """A window with its frontier, behind page 1; the consumer takes what is accepted at once."""

    def __init__(self, concurrency: int = 3, *, ordered: bool = True, **settings: Any) -> None:
        self.frontier = Frontier(set(), **settings)
        self.window = Prefetch(concurrency, self.frontier, ordered=ordered)
        self.frontier.arrived(read(1))

    def start(self, last: int = 50) -> list[int]:
        """Everything that may be started now."""
        started = []
        while len(self.window.in_flight) < self.window.concurrency:
            number = self.window.next_wanted(last) or self.window.next_in_block(last)
            if number is None:
                break
            self.window.in_flight.append(number)
            started.append(number)
        return started

    def come(self, *numbers: int) -> None:
        """These pages come."""
        for number in numbers:
            self.window.in_flight.remove(number)
            self.frontier.arrived(read(number))


def test_more_in_flight_than_allowed():
    """No more than `concurrency` pages are in flight, and none is asked for twice."""
    fetching = Fetching(3)
    assert fetching.start() == [2, 3, 4]
    assert fetching.start() == []
    fetching.come(3)
    assert fetching.start() == [5]


def test_page_past_the_end():
    """Nothing below the last page is fetched ahead."""
    assert Fetching(8).start(last=3) == [2, 3]


def test_blocks_that_split():
    """A block waits until the window has room for all of it: neighbours are read together."""
    fetching = Fetching(3)
    fetching.window.untaken = 3
    assert fetching.start() == [2, 3]
    fetching.come(2, 3)
    fetching.window.untaken = 4
    assert fetching.start() == []
    fetching.window.untaken = 3
    assert fetching.start() == [4, 5]


@pytest.mark.parametrize(("ordered", "started"), [(True, []), (False, [7])])
def test_window_full_of_held_pages(ordered, started):
    """Ordered, pages held back for a late one count; unordered, they have been handed out."""
    fetching = Fetching(3, ordered=ordered)
    fetching.start()
    fetching.come(3, 4)
    fetching.start()
    fetching.come(5)
    assert fetching.start() == started


def test_needed_page_without_room():
    """A page that the frontier needs takes the place of a held one that can be spared."""
    fetching = Fetching(1)
    fetching.frontier.arrived(read(4))
    fetching.frontier.arrived(read(3))
    assert fetching.start() == [2]
    assert not fetching.frontier.holds(4)


@pytest.mark.parametrize("ordered", [True, False])
def test_repairs_that_overrun_the_window(ordered):
    """Not even a repair is sent while the consumer has left no room, and it counts."""
    fetching = Fetching(2, ordered=ordered)
    fetching.frontier.wanted = 1
    fetching.window.untaken = 4
    assert fetching.start() == []
    fetching.window.untaken = 3
    assert (fetching.start(), fetching.window.repaired) == ([1], 1)


def test_rest_of_a_block_that_overruns_the_window():
    """The rest of a block waits when the window has filled in the meantime."""
    fetching = Fetching(3, ordered=False)
    assert fetching.window.next_in_block(50) == 2
    fetching.window.in_flight.append(2)
    fetching.window.untaken = 5
    assert fetching.start() == []
    fetching.window.untaken = 4
    assert fetching.start() == [3]


def test_list_read_again_page_by_page():
    """Far above where it was, the listing fetches ahead again."""
    fetching = Fetching(3)
    while fetching.frontier.next < 15:
        fetching.start()
        fetching.come(*fetching.window.in_flight)
    fetching.frontier.next = 3
    assert {3, 4} <= set(fetching.start())


def test_unordered_listing_that_runs_away():
    """Unordered, a late page is waited for only when everything is far ahead."""
    fetching = Fetching(2, ordered=False)
    fetching.start()
    ahead = 2
    while len(fetching.window.in_flight) > 1:
        ahead = max(fetching.window.in_flight)
        fetching.come(ahead)
        fetching.start(last=1000)
    assert LEAD * 4 - 2 <= ahead <= LEAD * 4 + 2


def test_blocks_while_the_list_falls():
    """In a list that falls, a block is fetched upwards."""
    fetching = Fetching(4)
    fetching.frontier.changes.observe(read(1, total=99 - FALL))
    assert fetching.start()[:3] == [4, 3, 2]


def test_catching_up_that_fetches_ahead():
    """Not ahead, only what the frontier waits for is fetched."""
    fetching = Fetching(3)
    fetching.window.begin(Frontier(set()), ahead=False)
    assert fetching.start() == [1]
