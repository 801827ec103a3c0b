"""The recount: what explains a shortage, what finds what is missing, and what is told."""

import random
from collections.abc import Callable, Sequence

import pytest

from reamaze_async.paging.cursor import Batch
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Plan
from reamaze_async.paging.recount import ROUNDS, Recount, arrivals_on, moved_by

SIZE = 10
ROWS = [f"s{number:02}" for number in range(100)]
Serve = Callable[[int, int], Sequence[str]]
"""Gives the rows as they are for a page, the so-many-eth request."""


def listed(serve: Serve, other: Serve | None = None, **settings) -> tuple[Plan, list[str], int]:
    """Read a list one page after the other: the plan, what it handed out, the requests."""
    plan = Plan(concurrency=1, has_other_order=other is not None, **settings)
    found, requests = [], 0
    while (number := plan.next_page()) is not None:
        requests += 1
        by_other = plan.is_by_other_order
        rows = (other if other and by_other else serve)(number, requests)
        keys = tuple(rows[(number - 1) * SIZE : number * SIZE])
        read = PageRead(
            number, keys, SIZE, -(-len(rows) // SIZE), len(rows), requests, requests + 0.5
        )
        read = PageRead(
            **{name: getattr(read, name) for name in FIELDS}, is_by_other_order=by_other
        )
        for batch in plan.arrived(read):
            found += handed_out(batch)
            plan.taken()
    assert plan.done
    return plan, found, requests


FIELDS = ("number", "keys", "size", "pages", "total", "began", "ended")


def handed_out(batch: Batch) -> list[str]:
    """The keys of a batch."""
    return [batch.read.keys[index] for index in batch.positions]


def tied(group: int, start: int, *, anew: bool) -> Serve:
    """A still list whose ties stand in another order for each page, or at each request."""

    def serve(number: int, request: int) -> Sequence[str]:
        ties = ROWS[start : start + group]
        if anew:
            random.Random(request).shuffle(ties)
        elif number % 2:
            ties.reverse()
        return [*ROWS[:start], *ties, *ROWS[start + group :]]

    return serve


def changing(at: int, change: Callable[[list[str]], None]) -> Serve:
    """A list that changes before a request."""
    rows = list(ROWS)

    def serve(number: int, request: int) -> Sequence[str]:
        if request == at:
            change(rows)
        return rows

    return serve


@pytest.mark.parametrize("group", [2, 4, 10, 20])
@pytest.mark.parametrize("start", range(3, 15, 3))
def test_tie_drawn_anew_that_is_lost(group, start):
    """Ties in another order at each request are found by reading their pages again, or told."""
    plan, found, _ = listed(tied(group, start, anew=True))
    assert len(set(found)) == len(found)
    assert set(found) == set(ROWS) or plan.completeness.is_miscounted


@pytest.mark.parametrize("group", [2, 4, 10])
def test_tie_that_never_settles(group):
    """What one order always hides another one finds; without another it is told, with its pages."""
    serve = tied(group, 9, anew=False)
    plan, found, requests = listed(serve)
    assert set(found) < set(ROWS)
    assert (plan.completeness.is_miscounted, plan.doubts[0], requests < 20) == (True, 2, True)
    plan, found, _ = listed(serve, lambda number, request: ROWS[::-1])
    assert (set(found), plan.doubts) == (set(ROWS), [])
    assert plan.completeness.recount
    assert plan.completeness.recount.found["other order"] > 0


def test_whole_list_recounted():
    """A list that brings what it counts costs no request more."""
    assert listed(lambda number, request: ROWS, lambda *_: ROWS)[2] == 10


def test_item_that_the_server_holds_back():
    """If nothing is repeated, it is no matter of order: no other one is read."""
    plan = Plan(concurrency=1, has_other_order=True)
    for now, (number, keys) in enumerate(((1, "abc"), (2, "de"), (1, "abc"))):
        assert plan.next_page() == number
        for _ in plan.arrived(PageRead(number, keys, 3, 2, 6, now, now + 0.5)):
            plan.taken()
    assert (plan.done, plan.completeness.is_miscounted) == (True, True)


def swap(rows: list[str], arrival: int, departure: int) -> None:
    """An item leaves, and another one comes."""
    rows.remove(ROWS[departure])
    rows.insert(arrival, "new")


def test_arrival_at_the_front_taken_for_a_loss():
    """An arrival at the front together with a departure costs one read of page 1, and no alarm."""
    serve = changing(4, lambda rows: swap(rows, 0, 75))
    plan, found, requests = listed(serve, lambda *_: ROWS)
    assert (plan.doubts, requests) == ([], 11)
    assert set(found) == set(ROWS) - {ROWS[75]}


def test_arrival_in_the_middle_taken_for_a_loss():
    """Likewise one further down: the pages around the repeated item have moved as a whole."""
    serve = changing(6, lambda rows: swap(rows, 14, 75))
    plan, found, requests = listed(serve, lambda *_: ROWS)
    assert (plan.doubts, requests) == ([], 12)
    assert set(found) == set(ROWS) - {ROWS[75]}


def test_loss_beside_an_arrival():
    """An arrival explains as many items as arrived, and no more: the rest is looked for."""
    ties = tied(2, 9, anew=False)
    plan, found, _ = listed(
        lambda n, r: ["new", *ties(n, r)[:75], *ties(n, r)[76:]] if r > 6 else ties(n, r)
    )
    assert (set(ROWS) - set(found), plan.doubts) == ({ROWS[75]}, [])


def test_page_that_cannot_be_had_in_a_recount():
    """If a page can't be fetched while recounting, what is missing is told."""
    plan = Plan(concurrency=1)
    for number, keys in ((1, "abc"), (2, "cde")):
        assert plan.next_page() == number
        for _ in plan.arrived(PageRead(number, keys, 3, 2, 6, number, number + 0.5)):
            plan.taken()
    assert plan.next_page() == 1
    plan.failed(1)
    assert (plan.done, plan.completeness.is_miscounted, plan.stopped_before) == (True, True, None)


def test_rounds_without_end():
    """Pages that are other ones each time are read again so many times."""
    recount = Recount(9, {1: "ab", 2: "bc"}, has_other_order=False)
    reads = 0
    while (number := recount.next_page()) is not None:
        reads += 1
        keys = [str(reads), "a", str(-reads)]
        recount.arrived(PageRead(number, keys, 3, 2, 6, reads, reads), [])
    assert (recount.is_over, recount.missing, reads) == (True, 9, 1 + 2 * ROUNDS)


@pytest.mark.parametrize(
    ("before", "now", "new", "arrivals"),
    [
        ("abcd", "xabc", [0], [0]),
        ("abcd", "xyad", [0, 1], [0, 1]),
        ("abcd", "xaby", [0, 3], [0]),
        ("abcd", "xbac", [0], []),
        ("abcd", "axbc", [1], []),
        ("abcd", "wxyz", [0, 1, 2, 3], [0, 1, 2, 3]),
    ],
)
def test_tie_taken_for_an_arrival(before, now, new, arrivals):
    """What is new above everything known arrived; not where the known have changed places."""
    assert list(arrivals_on(now, before, new)) == arrivals


@pytest.mark.parametrize(
    ("before", "now", "places"),
    [
        ("abcdef", "xabcde", 1),
        ("abcdef", "bcdefx", -1),
        ("abcdef", "xyabcd", 2),
        ("abcdef", "abcdef", 0),
        ("abcdef", "abcdex", 0),
        ("abcdef", "badcfe", 0),
        ("abcdef", "fghijk", 0),
        ("abc", "xab", 0),
        ("abcdef", "", 0),
    ],
)
def test_tie_taken_for_a_move(before, now, places):
    """A page has moved if most of it stands higher or lower by as much; ties are no move."""
    assert moved_by(before, now) == places
