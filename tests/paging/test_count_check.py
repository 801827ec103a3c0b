"""The count check: who is told of a list that brings too little, and who is left in peace."""

from itertools import count
from random import Random

import pytest
from msgspec.structs import replace

from reamaze_async.paging.count_check import CountCheck
from reamaze_async.paging.cursor import MOVED, Cursor
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Drift, Plan
from reamaze_async.paging.seams import take_new

SIZE = 3


def read(number: int, keys: str, total: int = 8, pages: int = 3) -> PageRead:
    """A page of three."""
    return PageRead(number, tuple(keys), SIZE, pages, total, number, number + 0.1)


def checked(*reads: PageRead, things_leave: bool = True) -> tuple[CountCheck, int]:
    """The check of these pages, and how many items they brought."""
    count_check, seen = CountCheck(things_leave=things_leave), set[str]()
    for one in reads:
        count_check.observe(one)
        count_check.accepted(one, take_new(one.keys, seen))
    return count_check, len(seen)


def missing(*reads: PageRead) -> int:
    """How many items these pages lack."""
    count_check, found = checked(*reads)
    return count_check.missing(found)


def test_whole_list_that_misses_something():
    """A list that brings what it counts misses nothing."""
    assert missing(read(1, "abc"), read(2, "def"), read(3, "gh")) == 0


@pytest.mark.parametrize(
    ("reads", "number", "pages"),
    [
        ([read(1, "abc"), read(2, "abc"), read(3, "abc")], 5, [2, 3]),  # it ignores `page=`
        ([read(1, "abc"), read(2, "de"), read(3, "gh")], 1, [2]),  # it holds one back
        ([read(n, "abcdefghi"[3 * n - 3 : 3 * n], 9999) for n in (1, 2, 3)], 9990, [3]),
    ],
)
def test_server_that_contradicts_itself(reads, number, pages):
    """A server whose count stands still and whose pages bring less is told, with the pages."""
    count_check, found = checked(*reads)
    assert (count_check.missing(found), count_check.suspects) == (number, pages)
    assert count_check.is_contradicted


def test_list_that_moves_taken_for_short():
    """Where reads count differently, fewer items than one of them counted are no shortage."""
    assert missing(read(1, "abc"), read(2, "def"), read(3, "ghi", total=9999)) == 0


@pytest.mark.parametrize(
    ("reads", "pages"),
    [
        ([read(1, "abc"), read(2, "cde"), read(3, "gh")], [2]),  # one came, and f left; or ties
        ([read(1, "abc"), read(2, "efg"), read(3, "h")], [3]),  # one left, and came back
        ([read(1, "abc", 4, 2), read(2, "c", 4, 2)], [2]),
        ([read(1, "abc"), read(2, "bcd"), read(3, "ca")], [2, 3]),
    ],
)
def test_shortage_too_small_to_be_told(reads, pages):
    """A single missing item is one; drift may explain it, so a recount has to look."""
    count_check, found = checked(*reads)
    assert (count_check.missing(found) > 0, count_check.is_contradicted) == (True, False)
    assert count_check.suspects == pages


def test_page_read_again_for_drift():
    """A page that repeats itself when read again repeats no other."""
    count_check, _ = checked(read(1, "abc"), read(2, "def"), read(1, "abc"), read(3, "g"))
    assert (count_check.before, count_check.is_contradicted) == ({}, False)


def test_item_twice_in_one_answer():
    """An item that stands twice on one page is counted twice by the server: nothing is missing."""
    assert missing(read(1, "aab"), read(2, "cde"), read(3, "fg")) == 0


def test_pages_without_end():
    """Pages that bring nothing new, beyond what arrivals can push down, have no end."""
    check = CountCheck()
    for number in range(1, 20):
        check.accepted(read(number, "abc", 10**9, 10**9), () if number > 1 else (0, 1, 2))
        assert check.is_endless(3, SIZE) == (number > 10)


def test_pages_pushed_down_in_a_pause():
    """Going on hours later, a page of what is known already contradicts nothing."""
    check = CountCheck(8, above=1)
    check.accepted(read(2, "abc"), ())
    assert not check.is_contradicted


@pytest.mark.parametrize(("total", "number"), [(None, 1), (8, 1), (9, 0), (MOVED, 0)])
def test_total_of_an_earlier_iteration(total, number):
    """What an earlier iteration counted is one of the counts that have to agree."""
    count_check = CountCheck(total)
    count_check.observe(read(1, "abc"))
    assert count_check.missing(7) == number


@pytest.mark.parametrize(
    ("settings", "doubts"),
    [
        ({}, [2]),
        ({"drift": "verify"}, [2]),
        ({"ordered": False}, [2]),
        ({"drift": "ignore"}, []),
        ({"seen": "a"}, [2]),
        ({"seen": "abc", "cursor": Cursor(page=2, total=8)}, [3]),
        ({"seen": "abc", "cursor": Cursor(page=2, total=9)}, []),
        ({"seen": "abc", "cursor": Cursor(page=2)}, []),
    ],
)
def test_listing_that_is_not_counted(settings, doubts):
    """Every listing is counted, unless it ignores drift or doesn't know how it began."""
    pages = [read(1, "abc"), read(2, "de"), read(3, "gh")]
    plan = Plan(**settings)
    for now in count():
        number = plan.next_page()
        if number is None:
            break
        for _ in plan.arrived(replace(pages[number - 1], began=now / 9, ended=now / 9)):
            plan.taken()
    assert (plan.done, plan.doubts, plan.completeness.is_miscounted) == (True, doubts, bool(doubts))


ONE_FEWER = [read(1, "abc", 7), read(2, "cde", 8), read(3, "fg", 8)]
FEWER = [read(1, "abc", 8), read(2, "cde", 8), read(3, "fg", 9)]


def has_lost(*reads: PageRead, things_leave: bool = False) -> bool:
    """Whether fewer came than was counted first, though nothing left."""
    count_check, found = checked(*reads, things_leave=things_leave)
    return count_check.has_lost(found)


def test_list_that_nothing_leaves_and_that_brings_less():
    """If the totals never fell, all that the first one counted must come; else nobody knows."""
    assert has_lost(*FEWER)
    assert not has_lost(*FEWER, things_leave=True)
    assert not has_lost(*ONE_FEWER)
    assert not has_lost(FEWER[0], replace(FEWER[1], total=7), FEWER[2])


def test_total_that_seems_to_fall():
    """Reads that were under way at the same time may come in either order: nothing has fallen."""
    late = replace(FEWER[1], began=0.5)
    assert has_lost(FEWER[0], replace(FEWER[2], began=0.5, ended=2.9), late)


def shuffled(drift: Drift, seed: int) -> tuple[set[str], Plan, int]:
    """What is found of a still list in which two neighbours stand in either order each time."""
    luck, found = Random(seed), set[str]()
    plan = Plan(concurrency=1, drift=drift)
    rows = list("abcdefghijkl")
    for requests in count():
        number = plan.next_page()
        if number is None:
            return found, plan, requests
        if luck.random() < 0.5:
            rows[5], rows[6] = rows[6], rows[5]
        keys = rows[3 * number - 3 : 3 * number]
        for batch in plan.arrived(PageRead(number, keys, 3, 4, 12, requests, requests + 0.1)):
            found.update(batch.read.keys)
            plan.taken()
    raise AssertionError


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("drift", ["repair", "verify"])
def test_ties_that_fall_through(seed, drift):
    """What stands in no fixed order is found, or it is told that something is missing."""
    found, plan, requests = shuffled(drift, seed)
    assert len(found) == 12 or plan.completeness.is_miscounted
    assert plan.done
    assert requests < 150
