"""Where to go on: what a checkpoint keeps, and that nothing is lost over a pause of any length."""

import os

import msgspec
import pytest
from hypothesis import given
from journeys import Journey, Travel, journeys, lost, random_journey
from worlds import World

from reamaze_async import ExportRefused
from reamaze_async.exporting.checkpoint import Checkpoint, load
from reamaze_async.paging.cursor import Cursor
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import Plan

CHANGES = ("none", "arrivals", "departures", "either", "jumps")
LONG = bool(os.environ.get("REAMAZE_LONG"))
NOTE = Checkpoint(
    listing={"origin": "https://acme.reamaze.io", "query": "filter=all"}, format="csv"
)

# --- the promise over a pause -------------------------------------------------------------------


def judge(travel: Travel) -> None:
    """Nothing twice and an end in any case; nothing lost if the promise's premise held."""
    yielded = travel.story.yielded
    assert travel.story.ended
    assert len(set(yielded)) == len(yielded)
    if travel.keeps_the_premise:
        assert not lost(travel)


@given(journeys("either"))
def test_lost_over_a_pause(journey):
    """What stayed comes exactly once and in order, whatever happened while nobody read."""
    travel = Travel(journey).travel()
    judge(travel)
    assert travel.story.is_in_order or not travel.keeps_the_premise


@given(journeys("departures"))
def test_lost_over_a_pause_while_all_leave(journey):
    """The same where conversations only leave."""
    judge(Travel(journey).travel())


@given(journeys("either", "verify"))
def test_verify_lost_over_a_pause(journey):
    """Later passes go on too, and find what an earlier one has missed."""
    judge(Travel(journey).travel())


@given(journeys("jumps"))
def test_lost_over_a_pause_while_the_order_moves(journey):
    """Where items jump to the front, before, while and after nobody reads, each comes once."""
    judge(Travel(journey).travel())


@pytest.mark.timeout(3600 if LONG else 600)
@pytest.mark.parametrize("drift", ["repair", "verify"])
@pytest.mark.parametrize("change", CHANGES)
def test_lost_over_many_pauses(change, drift):
    """The same in many worlds of each kind, 10,000 in the long session."""
    for seed in range(10_000 if LONG else 300):
        judge(Travel(random_journey(seed, change, drift)).travel())


def test_later_pass_takes_the_first_for_itself():
    """A later pass goes on where it was itself: what the first has written proves nothing."""
    cursor = Cursor(page=2, pass_number=2, landmarks=("c", "d"))
    found, _ = read_on(["x", "e", "f", "g"], cursor, ["a", "b", "c", "d", "e", "f", "g"], size=2)
    assert found == ["x"]


def test_later_pass_forgets_that_it_is_one():
    """A second pass that finds nothing is the last."""
    cursor = Cursor(page=50, pass_number=2, landmarks=(ROWS[1499],))
    assert read_on(ROWS, cursor, ROWS, drift="verify")[1] == [*range(50, 101)]


def test_never_done_when_killed_often():
    """Without changes, no leg fetches more than what the window held and one page again."""
    world = World(size=3, items=60, concurrency=2)
    travel = Travel(Journey(world, legs=(14,) * 8, upheaval=0)).travel()
    assert travel.story.yielded == travel.story.order
    assert len(travel.story.reads) <= 20 + 8 * (2 * 2 + 1)


# --- a list that has shifted far ------------------------------------------------------------------


def read_on(rows, cursor, seen, size=30, drift="repair"):
    """Go on with a calm list until its end: the keys found, and the pages asked for."""
    plan = Plan(cursor=cursor, seen=seen, empty_batches=True, drift=drift)
    found, asked, now = [], [], 100.0
    while not plan.done:
        flying = list(iter(plan.next_page, None))
        for number in flying:
            now += 0.01
            keys = rows[(number - 1) * size : number * size]
            pages, total = -(-len(rows) // size), len(rows)
            for batch in plan.arrived(PageRead(number, keys, size, pages, total, now - 0.01, now)):
                found += [batch.read.keys[index] for index in batch.positions]
                plan.taken()
        asked += flying
    assert not plan.doubts
    return found, asked


ROWS = [f"s{number}" for number in range(3000)]

SHIFTS = {
    "nothing happened": ROWS,
    "1500 arrived": [f"n{number}" for number in range(1500)] + ROWS,
    "1000 at the top left": ROWS[1000:],
    "every second one left": ROWS[::2],
    "all that was written left": ROWS[1500:],
    "all that was not written left": ROWS[:1500],
    "all left": [],
}


@pytest.mark.parametrize("rows", SHIFTS.values(), ids=SHIFTS)
def test_found_nothing_known(rows):
    """However far the list has shifted, all that wasn't written comes, in order."""
    found, asked = read_on(rows, Cursor(page=50), ROWS[:1500])
    rest = [key for key in rows if key not in set(ROWS[:1500])]
    assert [key for key in found if key in ROWS] == [key for key in rest if key in ROWS]
    assert len(asked) <= len(rest) / 30 + 60


def test_fetched_again_what_is_written():
    """Where nothing has shifted, only the page written last is read again."""
    assert sorted(read_on(ROWS, Cursor(page=50), ROWS[:1500])[1]) == list(range(50, 101))


# --- going on -------------------------------------------------------------------------------------


def test_goes_on_too_early():
    """What was written since the checkpoint tells how much farther to begin."""
    note = Checkpoint(listing={}, format="csv", cursor=Cursor(page=7), items=210)
    assert note.cursor_for(items=210 + 95).page == 10


def test_goes_on_where_nothing_is():
    """A later pass begins anew if what an earlier one wrote is gone; its doubts stay."""
    cursor = Cursor(page=40, pass_number=2, landmarks=("a",), doubts=(3,), doubts_of_this_pass=(9,))
    note = Checkpoint(listing={}, format="csv", cursor=cursor, items=1000)
    assert note.cursor_for(items=1000) == cursor
    assert note.cursor_for(items=999) == Cursor(pass_number=2, doubts=(3, 9))


# --- the file -------------------------------------------------------------------------------------


def test_forgotten_on_disk(tmp_path):
    """A checkpoint comes back as it was saved."""
    cursor = Cursor(
        page=3,
        pass_number=2,
        landmarks=("a", "b"),
        top_mark=1.5,
        doubts=(2,),
        doubts_of_this_pass=(4,),
    )
    note = msgspec.structs.replace(NOTE, cursor=cursor, items=70, stage="whole", size=9)
    note.save(tmp_path / "checkpoint")
    assert load(tmp_path / "checkpoint") == note


@pytest.mark.parametrize(
    "cursor", [Cursor(page=-9), Cursor(pass_number=0), Cursor(doubts_of_this_pass=(3, 0))]
)
def test_cursor_that_is_none(tmp_path, cursor):
    """One that stood on a page that no list has is refused."""
    msgspec.structs.replace(NOTE, cursor=cursor).save(tmp_path / "checkpoint")
    with pytest.raises(ExportRefused, match=r"can't be read .*Expected `int` >= 1"):
        load(tmp_path / "checkpoint")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "parquet"}, "its format was 'csv', not 'parquet'"),
        (
            {"listing": NOTE.listing | {"query": "filter=open"}},
            "its query was 'filter=all', not 'filter=open'",
        ),
        (
            {"listing": NOTE.listing | {"origin": "https://b.reamaze.io"}},
            "its origin was 'https://acme.reamaze.io', not 'https://b.reamaze.io'",
        ),
        ({"items": 5}, ""),
    ],
)
def test_taken_for_another(change, said):
    """What makes it another export is told."""
    assert NOTE.difference(msgspec.structs.replace(NOTE, **change)) == said
