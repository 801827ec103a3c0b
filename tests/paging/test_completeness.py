"""Completeness: copies that are out of step lose nothing that a sign tells of."""

import random
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Drift, Plan

ROWS = [f"s{number:03}" for number in range(90)]
SIZE = 9
LISTS = 150


def copies(luck: random.Random, *, swaps: int) -> list[list[str]]:
    """A list, and what it was before as many came as left."""
    now, before = list(ROWS), list(ROWS)
    for number in range(swaps):
        now.insert(luck.randrange(90), f"new{number}")
        before.insert(luck.randrange(90), f"old{number}")
    return [now, before]


def listed(
    serve: Callable[[], Sequence[str]], drift: Drift, *, has_other: bool
) -> tuple[set[str], Plan, int]:
    """Read a list whose answers come from what `serve` gives each time."""
    plan, found, now = Plan(concurrency=1, drift=drift, has_other_order=has_other), set[str](), 0
    while (number := plan.next_page()) is not None:
        rows, now, other = serve(), now + 1, plan.is_by_other_order
        keys = tuple((rows[::-1] if other else rows)[(number - 1) * SIZE : number * SIZE])
        counts = SIZE, -(-len(rows) // SIZE), len(rows)
        read = PageRead(number, keys, *counts, now, now + 0.5, is_by_other_order=other)
        for batch in plan.arrived(read):
            found.update(batch.read.keys)
            plan.taken()
    assert plan.done
    return found, plan, now


@pytest.mark.parametrize("has_other", [True, False])
@pytest.mark.parametrize("drift", ["repair", "verify"])
def test_copies_out_of_step(drift, has_other):
    """Where answers show that there are two, what both hold comes; or nearly, by one order only."""
    lost = 0
    for seed in range(LISTS):
        luck = random.Random(seed)
        both = copies(luck, swaps=3)
        found, plan, _ = listed(partial(luck.choice, both), drift, has_other=has_other)
        lost += plan.completeness.is_out_of_step and not plan.doubts and not found.issuperset(ROWS)
    assert lost <= (0 if has_other else LISTS / 50)


def test_still_list_verified_by_its_other_order():
    """A list that stands still is read once in each order, which costs no more."""
    _, plan, requests = listed(lambda: ROWS, "verify", has_other=True)
    assert (requests, plan.completeness.second_look is not None) == (20, True)
    assert listed(lambda: ROWS, "verify", has_other=False)[2] == 20


def test_calm_list_verified_by_its_other_order():
    """A list that one item leaves is verified by its other order, which hides other items."""
    asked = 0

    def serve() -> Sequence[str]:
        nonlocal asked
        asked += 1
        return ROWS[asked > 1 :]

    found, plan, _ = listed(serve, "verify", has_other=True)
    assert (found, plan.completeness.second_look is not None) == (set(ROWS), True)


@pytest.mark.parametrize(("drift", "requests"), [("repair", 10), ("ignore", 10)])
def test_still_list_costs_its_pages(drift, requests):
    """Without a sign nothing is read again."""
    assert listed(lambda: ROWS, drift, has_other=True)[2] == requests


def test_second_look_that_fails():
    """If the other order can't be fetched, the list is read four times instead."""
    luck = random.Random(5)
    both, plan, now, passes = copies(luck, swaps=6), Plan(concurrency=1, has_other_order=True), 0, 0
    while (number := plan.next_page()) is not None:
        if plan.is_by_other_order:
            plan.failed(number, by_other=True)
            continue
        rows, now, passes = luck.choice(both), now + 1, passes + (number == 1)
        keys = tuple(rows[(number - 1) * SIZE : number * SIZE])
        for _ in plan.arrived(PageRead(number, keys, SIZE, 11, len(rows), now, now + 0.5)):
            plan.taken()
    assert (plan.done, plan.doubts, passes >= 4) == (True, [], True)
