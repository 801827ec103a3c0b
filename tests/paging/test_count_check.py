"""The count check: who is told of a list that brings too little, and who is left in peace."""

from dataclasses import replace
from itertools import count
from random import Random

import pytest

from reamaze_async.paging.count_check import CountCheck
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Drift, Plan

SIZE = 3


def read(number: int, keys: str, total: int = 8, pages: int = 3) -> PageRead:
    """A page of three."""
    return PageRead(number, tuple(keys), SIZE, pages, total, number, number + 0.1)


def missing(*reads: PageRead, is_thorough: bool = False, things_leave: bool = True) -> list[int]:
    """What the check of these pages misses."""
    count_check, seen = CountCheck(things_leave=things_leave), set[str]()
    for one in reads:
        count_check.observe(one)
        count_check.accepted(one, [place for place, key in enumerate(one.keys) if key not in seen])
        seen.update(one.keys)
    return count_check.missing(len(seen), is_thorough=is_thorough)


def test_whole_list_that_misses_something():
    """A list that brings what it counts misses nothing."""
    assert missing(read(1, "abc"), read(2, "def"), read(3, "gh")) == []


@pytest.mark.parametrize(
    ("reads", "pages"),
    [
        ([read(1, "abc"), read(2, "abc"), read(3, "abc")], [2, 3]),  # it ignores `page=`
        ([read(1, "abc"), read(2, "de"), read(3, "gh")], [2]),  # it holds one back
        ([read(1, "abc"), read(2, "def"), read(3, "ghi", total=9999)], []),  # it moves
        ([read(n, "abcdefghi"[3 * n - 3 : 3 * n], total=9999) for n in (1, 2, 3)], [3]),
    ],
)
def test_server_that_brings_too_little(reads, pages):
    """A server whose count stands still and whose pages bring less is told, with the pages."""
    assert missing(*reads) == pages


@pytest.mark.parametrize(
    "reads",
    [
        [read(1, "abc"), read(2, "cde"), read(3, "gh")],  # one came, and f left before it was read
        [read(1, "abc"), read(2, "efg"), read(3, "h")],  # one left, and came back where it was read
        [read(1, "abc", 4, 2), read(2, "c", 4, 2)],  # one came, and d left
    ],
)
def test_drift_that_cancels_out(reads):
    """Fewer items than counted are no fault of the server's where drift explains them."""
    assert missing(*reads) == []


def test_page_read_again_for_drift():
    """A page that repeats itself when read again repeats no other."""
    assert missing(read(1, "abc"), read(2, "def"), read(1, "abc"), read(3, "g")) == []


@pytest.mark.parametrize(
    ("settings", "doubts"),
    [
        ({}, [2]),
        ({"drift": "verify"}, [2]),
        ({"ordered": False}, [2]),
        ({"drift": "ignore"}, []),
        ({"seen": "a"}, []),
    ],
)
def test_listing_that_takes_no_census(settings, doubts):
    """Every listing takes it, unless it ignores drift or goes on with an earlier one."""
    pages = [read(1, "abc"), read(2, "de"), read(3, "gh")]
    plan = Plan(**settings)
    for now in count():
        number = plan.next_page()
        if number is None:
            break
        for _ in plan.arrived(replace(pages[number - 1], began=now / 9, ended=now / 9)):
            plan.taken()
    assert (plan.done, plan.doubts, plan.is_miscounted) == (True, doubts, bool(doubts))


@pytest.mark.parametrize(
    ("reads", "pages"),
    [
        ([read(1, "abc"), read(2, "cde"), read(3, "gh")], [2]),
        ([read(1, "abc"), read(2, "efg"), read(3, "h")], [3]),
        ([read(1, "abc"), read(2, "def"), read(3, "gh")], []),
    ],
)
def test_item_that_no_pass_has_found(reads, pages):
    """Read twice, a list that stands still and counts more than both brought is told."""
    assert missing(*reads, is_thorough=True) == pages


def test_order_that_is_another_each_time():
    """Where more than a page is missing, no drift is believed to have cancelled out."""
    shuffled = [read(1, "abc"), read(2, "bcd"), read(3, "ca")]
    assert missing(*shuffled) == [2, 3]


ONE_FEWER = [read(1, "abc", 7), read(2, "cde", 8), read(3, "fg", 8)]
FEWER = [read(1, "abc", 8), read(2, "cde", 8), read(3, "fg", 9)]


def test_list_that_nothing_leaves_and_that_brings_less():
    """If the totals never fell, all that the first one counted must come; else nobody knows."""
    assert missing(*FEWER, things_leave=False) == [2]
    assert missing(*FEWER) == []
    assert missing(*ONE_FEWER, things_leave=False) == []
    fell = replace(FEWER[1], total=7)
    assert missing(FEWER[0], fell, FEWER[2], things_leave=False) == []


def test_total_that_seems_to_fall():
    """Reads that were under way at the same time may come in either order: nothing has fallen."""
    late = replace(FEWER[1], began=0.5, total=8)
    reads = [replace(FEWER[0], total=8), replace(FEWER[2], began=0.5, ended=2.9, total=9), late]
    assert missing(*reads, things_leave=False) != []


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
def test_ties_that_fall_through(seed):
    """Verified, what stands in no fixed order is found, or it is told that something is missing."""
    found, plan, requests = shuffled("verify", seed)
    assert len(found) == 12 or plan.is_miscounted
    assert plan.done
    assert requests < 100
