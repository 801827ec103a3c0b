"""The newest end of a list: how far down it is read, what is handed out, what is kept for next."""

from collections.abc import Sequence
from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from reamaze_async.paging.newest import (
    FIRST,
    MARGIN,
    DownTo,
    NewestPlan,
    is_in_order,
    newest,
    next_since,
)
from reamaze_async.paging.page_read import PageRead

SIZE = 3
NOW = FIRST + 1e6


def page(*marks: float, number: int = 1, total: int = 90) -> PageRead:
    """A page of items with these dates, counted in days from the first."""
    keys = [f"k{number}-{place}" for place in range(len(marks))]
    dates = [FIRST + 86400 * mark for mark in marks]
    return PageRead(number, keys, SIZE, -(-total // SIZE), total, 0.0, 0.1, marks=dates)


# --- what pages and dates tell --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "ends"),
    [
        ((9, 8, 4), True),
        ((9, 8, 5), False),
        ((8, 9, 4), False),
        ((-inf, 9, 4), True),
        ((9, 4, -inf), True),
        ((-inf, -inf), False),
        ((), False),
    ],
)
def test_page_that_is_no_end(marks, ends):
    """Only a page in order, with a date below the one asked for, ends the reading."""
    assert DownTo(FIRST + 86400 * 5)(page(*marks)) is ends


def test_page_in_order_by_chance():
    """Once a page was out of order, none ends the reading any more."""
    down_to = DownTo(FIRST + 86400 * 5)
    assert [down_to(page(*marks)) for marks in ((7, 9, 8), (6, 4, 3))] == [False, False]
    assert not down_to.is_ordered


@given(st.lists(st.floats(-1e9, 1e9)))
def test_order_of_nothing(marks):
    """What has no date has no order, unless there is nothing at all."""
    assert is_in_order([mark for mark in marks if mark < FIRST]) is not any(
        mark < FIRST for mark in marks
    )


def test_future_taken_for_now():
    """What is dated ahead of time is not the newest, unless all is."""
    assert newest([NOW + 9e9, NOW + MARGIN / 2, NOW - 5, -inf], NOW) == NOW + MARGIN / 2
    assert newest([NOW + 9e9, NOW + 8e9], NOW) == NOW + 9e9
    assert newest([-inf, 0.0], NOW) is None


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_asked_too_late_the_next_time(latest, since):
    """Never past what was newest, never earlier than before, and early enough if that is fresh."""
    found = next_since(NOW + since, NOW + latest, NOW)
    assert found == NOW + since or found <= NOW + latest
    assert found >= NOW + since
    assert found == NOW + since or found <= max(NOW, NOW + latest) - MARGIN


def test_asked_again_for_what_is_old():
    """A newest change that is older than the margin is where the next reading begins."""
    assert next_since(NOW - 1e5, NOW - MARGIN, NOW) == NOW - MARGIN
    assert next_since(NOW - 1e5, None, NOW) == NOW - 1e5


# --- a plan in a world that goes on ---------------------------------------------------------------


class World:
    """Things and when they changed; an event takes longer than a change needs to show up."""

    def __init__(self, count: int) -> None:
        self.now = NOW
        self.dates = {f"s{number}": NOW - 100 - number // 2 for number in range(count)}

    def happen(self, kind: str, place: int) -> None:
        """Something arrives, leaves or changes."""
        self.now += 2 * MARGIN
        known = sorted(self.dates)
        if kind == "arrive" or not known:
            self.dates[f"s{self.now}"] = self.now
        elif kind == "leave":
            del self.dates[known[place % len(known)]]
        else:
            self.dates[known[place % len(known)]] = self.now

    def read(self, number: int) -> PageRead:
        """A page, latest change first."""
        self.now += 0.01
        keys = sorted(self.dates, key=lambda key: (-self.dates[key], key))
        shown = keys[(number - 1) * SIZE : number * SIZE]
        pages, marks = -(-len(keys) // SIZE), [self.dates[key] for key in shown]
        return PageRead(
            number, shown, SIZE, pages, len(keys), self.now - 0.01, self.now, marks=marks
        )


Events = Sequence[Sequence[tuple[str, int]]]
EVENT = st.tuples(st.sampled_from(("arrive", "leave", "change", "change")), st.integers(0, 99))
EVENTS = st.lists(st.lists(EVENT, max_size=4), max_size=12)


def run(world: World, since: float, events: Events) -> tuple[dict[str, float], NewestPlan]:
    """One iteration: what it hands out, with dates, while these events come between requests."""
    plan, found, waiting = NewestPlan(since), {}, list(events)
    for _ in range(400):
        plan.asked()
        number = plan.next_page()
        if number is None:
            break
        for batch in plan.arrived(world.read(number)):
            found |= {batch.read.keys[at]: batch.read.marks[at] for at in batch.positions}
            plan.taken()
        for kind, place in waiting.pop() if waiting else ():
            world.happen(kind, place)
    assert plan.done
    return found, plan


@given(st.integers(0, 20), st.integers(0, 12), EVENTS)
def test_change_that_slips_through(count, back, events):
    """What had changed since then, and stayed as it was, comes, whatever else happens meanwhile."""
    world = World(count)
    since, before = NOW - 100 - back, dict(world.dates)
    found, plan = run(world, since, events)
    stayed = {key for key, date in before.items() if world.dates.get(key) == date}
    assert plan.doubts or {key for key in stayed if before[key] >= since} <= found.keys()
    assert min(found.values(), default=since) >= since


@given(st.integers(0, 12), st.lists(EVENTS, min_size=1, max_size=5))
@example(11, [[[("change", 4), ("change", 0)], [("arrive", 19), ("leave", 10)], []]])
def test_change_that_falls_between_two_runs(count, runs):
    """Whoever asks again from where the last whole run says misses nothing that is still there."""
    world, since, kept = World(count), FIRST, {}
    for events in [*runs, ()]:
        began = world.now
        found, plan = run(world, since, events)
        kept |= found
        if not plan.doubts:
            since = next_since(since, newest(plan.top or (), began), began)
    assert {key: kept.get(key) for key in world.dates} == world.dates


def test_pages_beyond_the_mark():
    """Nothing is asked for before the consumer waits, and nothing below the page that ends it."""
    world = World(20)
    plan = NewestPlan(NOW - 101.0)
    assert plan.next_page() is None
    for number in (1, 2):
        plan.asked()
        assert (plan.next_page(), plan.next_page()) == (number, None)
        assert plan.arrived(world.read(number))
    assert plan.done


def test_whole_list_that_comes_short(monkeypatch):
    """Where all is read and the server counts more than comes, that is told as for any list."""
    real = World.read
    monkeypatch.setattr(World, "read", lambda self, n: replace(real(self, n), total=11, pages=4))
    _, plan = run(World(10), FIRST, ())
    assert (plan.completeness.is_miscounted, bool(plan.doubts)) == (True, True)
    _, plan = run(World(10), NOW - 101, ())
    assert (plan.completeness.is_miscounted, plan.doubts) == (False, [])
