"""Things of one kind, in order and remembered."""

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.sandbox.search import Search, newest
from reamaze_async.sandbox.store import MOST_VIEWS, Change, Store, View

ALL = Search(newest)


@dataclass(eq=False)
class Thing:
    id: int
    created: int = 0


def store_of(*moments):
    """One thing for each moment."""
    return Store(Thing(number, at) for number, at in enumerate(moments))


def ids(things):
    """What tells them apart."""
    return [thing.id for thing in things]


def test_equals_stand_in_one_order_unless_it_is_drawn():
    """By id descending, the same one at each reading."""
    assert ids(store_of(5, 5, 9, 5).view(ALL).everything()) == [2, 3, 1, 0]


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 9), st.integers(0, 99))
def test_drawn_order_moves_nothing_but_equals(moments, size, seed):
    """Each position holds a thing of the same rank as in the fixed order."""
    view, dice = store_of(*moments).view(ALL), Random(seed)
    for number in range(1, len(moments) // size + 3):
        fixed, drawn = view.page(number, size), view.page(number, size, dice)
        assert [it.created for it in drawn] == [it.created for it in fixed]
        assert len(set(ids(drawn))) == len(drawn)


def test_equals_are_drawn_anew_each_time():
    """Two readings of one page differ, and pages overlap."""
    view, dice = store_of(*[7] * 20).view(ALL), Random(1)
    readings = {tuple(ids(view.page(1, 10, dice))) for _ in range(9)}
    assert len(readings) > 1
    assert set(ids(view.page(1, 10, dice))) & set(ids(view.page(2, 10, dice)))


def test_changed_things_move_in_every_view():
    """To where they belong by now, or out."""
    store = store_of(1, 2, 3)
    view, first = store.view(ALL), store.get(0)
    before, first.created = Thing(0, 1), 9
    store.put(first, "change", before)
    assert ids(view.everything()) == [0, 2, 1]
    store.remove(first)
    assert (ids(view.everything()), first in store, len(store)) == ([2, 1], False, 2)


@given(st.lists(st.sampled_from("+-~"), max_size=20), st.integers(0, 25), st.integers(0, 99))
def test_lagging_copy_is_the_list_of_before(events, lag, seed):
    """To the last thing, however long ago."""
    store, dice, past = store_of(3, 1, 2), Random(seed), []
    past.append([(it.id, it.created) for it in store.view(ALL).everything()])
    for number, event in enumerate(events, 10):
        things = store.everything()
        if event == "+" or not things:
            store.put(Thing(number, dice.randrange(9)), "create")
        elif event == "-":
            store.remove(dice.choice(things))
        else:
            thing = dice.choice(things)
            before, thing.created = Thing(thing.id, thing.created), dice.randrange(9)
            store.put(thing, "change", before)
        past.append([(it.id, it.created) for it in store.view(ALL).everything()])
    then = store.lagging(ALL, lag).everything()
    assert [(it.id, it.created) for it in then] == past[max(0, len(past) - 1 - lag)]


def test_history_names_what_changed():
    """With how it stood, and None for what is new."""
    store, thing = store_of(), Thing(4)
    store.put(thing, "create")
    store.remove(thing)
    assert store.history == [Change("create", "4", None, 4), Change("delete", "4", thing, 4)]
    assert (store.changed(0), store.changed(2)) == ({"4"}, set())


def test_what_came_and_went_was_seen_but_did_not_stay():
    """Since the mark; what stood all the time did both."""
    store, passing = store_of(1, 2), Thing(9, 5)
    mark = store.mark()
    store.put(passing, "create")
    store.remove(passing)
    assert store.seen(mark, ALL) == {"0", "1", "9"}
    assert ids(store.stayed(mark, ALL)) == [1, 0]


def test_views_are_bounded():
    """Old ones are dropped, and made anew when asked for."""
    store = store_of(1)
    first = store.view(ALL)
    for _ in range(MOST_VIEWS):
        store.view(Search(lambda item: (0, item.id)))
    assert store.view(ALL) is not first


@pytest.mark.parametrize("page", [0, 3, 10**9])
def test_page_that_is_not_there(page):
    """Is empty, with dice too."""
    view = View.over(ALL, store_of(*range(20)).everything())
    assert view.page(page, 10) == view.page(page, 10, Random(1)) == []


def test_equals_beyond_the_page_are_drawn_onto_it():
    """Each of them stands on page 1 at some time, on whichever page it stood before."""
    view, dice = store_of(9, *[7] * 20, 5).view(ALL), Random(1)
    readings = [ids(view.page(1, 10, dice)) for _ in range(60)]
    assert {number for read in readings for number in read} == set(range(21))
    assert {read[0] for read in readings} == {0}
