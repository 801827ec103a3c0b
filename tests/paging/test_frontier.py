"""The frontier alone: what it accepts, what it wants read again, when it goes up and gives up.

Pages of two over letters; the promise over whole worlds is tested in `test_plan_worlds`.
"""

from typing import Any

import pytest

from reamaze_async.paging.changes_seen import ChangesSeen
from reamaze_async.paging.frontier import EMPTY_IN_A_ROW, MEMORY, TRIES, Frontier
from reamaze_async.paging.page_read import PageRead

SIZE = 2


def page(number: int, keys: str, total: int = 8, at: float = 0.0, marks: Any = ()) -> PageRead:
    """A read of a page, a tenth of a second long; `at` is when, in fifths of a second."""
    began = at / 5
    pages = -(-total // SIZE)
    return PageRead(number, tuple(keys), SIZE, pages, total, began, began + 0.1, marks=marks)


class Reader:
    """A frontier and what came of each read."""

    def __init__(self, **settings: Any) -> None:
        self.frontier = Frontier(settings.pop("accepted", set()), **settings)

    def take(self, *reads: PageRead) -> list[tuple[int, str]]:
        """What these reads got accepted: page and new keys, in order."""
        accepted = []
        for read in reads:
            for found, positions in self.frontier.arrived(read):
                accepted.append((found.number, "".join(found.keys[index] for index in positions)))
        return accepted

    @property
    def wanted(self) -> int | None:
        """The page it wants again, taken."""
        return self.frontier.take_wanted()


@pytest.fixture
def reader() -> Reader:
    """Above page 1, knowing nothing."""
    return Reader()


# --- a calm list ----------------------------------------------------------------------------------


def test_page_read_again_without_need(reader):
    """In a calm list every page is accepted as it comes in order, and none is wanted again."""
    assert reader.take(page(1, "ab"), page(2, "cd"), page(3, "ef")) == [
        (1, "ab"),
        (2, "cd"),
        (3, "ef"),
    ]
    assert (reader.wanted, reader.frontier.next, reader.frontier.finished) == (None, 4, False)
    assert reader.take(page(4, "gh")) == [(4, "gh")]
    assert (reader.frontier.finished, reader.frontier.changes.has_changed) == (True, False)
    assert reader.frontier.doubts == []


def test_page_accepted_out_of_order(reader):
    """A page below the frontier is held until those above are accepted, then all go in order."""
    assert reader.take(page(3, "ef"), page(2, "cd")) == []
    assert (reader.frontier.held(), reader.frontier.holds(3), reader.frontier.holds(1)) == (
        2,
        True,
        False,
    )
    assert reader.take(page(1, "ab")) == [(1, "ab"), (2, "cd"), (3, "ef")]
    assert reader.frontier.held() == 0


@pytest.mark.parametrize("pages", [0, 1])
def test_empty_list_without_end(reader, pages):
    """An empty list is finished with page 1, whether it counts no page or one."""
    empty = PageRead(1, (), SIZE, pages, 0, 0.0, 0.1)
    assert reader.take(empty) == [(1, "")]
    assert reader.frontier.finished


def test_page_accepted_after_the_end(reader):
    """After the last page nothing more is accepted."""
    reader.take(page(1, "ab", total=2))
    assert reader.take(page(2, "cd")) == []
    assert reader.wanted is None


# --- arrivals and departures ----------------------------------------------------------------------


def test_arrival_that_costs_a_read(reader):
    """After an arrival above, the next page repeats an item: a proof, and a duplicate."""
    assert reader.take(page(1, "ab"), page(2, "bc", total=9)) == [(1, "ab"), (2, "c")]
    assert (reader.wanted, reader.frontier.changes.has_changed) == (None, True)


def test_departure_that_swallows_an_item(reader):
    """After a departure the upper page is read again, and shows what was pulled up to it."""
    assert reader.take(page(1, "ab"), page(2, "de", total=7, at=1)) == [(1, "ab")]
    assert reader.wanted == 1
    assert reader.take(page(1, "bc", total=7, at=2)) == [(1, "c"), (2, "de")]
    assert (reader.frontier.next, reader.wanted) == (3, None)


def test_arrival_while_the_lower_page_was_read_first(reader):
    """Where the lower page was read first and then items arrived, the lower one is read again."""
    assert reader.take(page(2, "cd", total=8, at=0), page(1, "xa", total=9, at=1)) == [(1, "xa")]
    assert reader.wanted == 2
    assert reader.take(page(2, "bc", total=9, at=2)) == [(2, "bc"), (2, "d")]


def test_totals_that_agree_by_chance(reader):
    """In a list that moves, equal totals of reads far apart are no proof: a shared slug is."""
    reader.take(page(1, "ab", total=9), page(2, "bc", total=8, at=0.2))
    assert reader.take(page(3, "ef", total=8, at=9)) == []
    assert reader.wanted == 2
    assert reader.take(page(2, "cd", total=8, at=9.5)) == [(2, "d"), (3, "ef")]


def test_total_that_changed_unnoticed(reader):
    """A total that changes is enough to know that the list moves."""
    reader.take(page(1, "ab", total=8), page(2, "cd", total=9, at=0.2))
    assert reader.frontier.changes.has_changed
    assert reader.take(page(3, "ef", total=9, at=9)) == []
    assert reader.wanted == 2


def test_calm_that_deceives(reader):
    """A pause that the totals bridge gets a second look once the list is seen to move."""
    # In the pause c was pulled up to page 1, and something arrived below.
    assert reader.take(page(1, "ab"), page(2, "ef", at=300)) == [(1, "ab"), (2, "ef")]
    assert reader.take(page(3, "gh", total=9, at=301)) == []
    assert reader.wanted == 2
    assert reader.take(page(2, "ef", total=9, at=302)) == [(2, "")]
    assert reader.wanted == 1
    assert reader.take(page(1, "bc", total=9, at=303)) == [(1, "c"), (3, "gh")]
    assert (reader.wanted, reader.frontier.next) == (None, 4)


def test_move_seen_by_a_page_that_waits(reader):
    """A bridged pause is doubted at once, also where the page that shows the move must wait."""
    reader.take(page(1, "ab"), page(2, "ef", at=300))
    assert reader.take(page(4, "ij", total=9, at=301)) == []
    assert (reader.wanted, reader.frontier.doubts) == (2, [])


def test_second_look_that_never_comes(reader):
    """A page that can't be fetched again holds nothing up."""
    reader.take(page(1, "ab"), page(2, "ef", at=300), page(3, "gh", total=9, at=301))
    assert reader.wanted == 2
    reader.frontier.failed(2)
    assert reader.wanted == 2
    assert reader.frontier.leave_out(2) == []
    assert reader.wanted == 1
    reader.take(page(1, "bc", total=9, at=303))
    assert (reader.frontier.next, reader.frontier.doubts) == (4, [2])


def test_item_that_came_from_afar(reader):
    """An item repeated from a page farther up tells that the list moves, too."""
    reader.take(page(1, "ab"), page(2, "cd"), page(3, "ea"))
    assert reader.frontier.changes.has_changed


def test_hollow_page_taken_for_an_end(reader):
    """A page that is empty although items are counted on it is read again, not believed."""
    assert reader.take(page(1, "ab"), page(2, "", at=1)) == [(1, "ab")]
    assert (reader.wanted, reader.frontier.finished) == (2, False)
    assert reader.take(page(2, "cd", at=2)) == [(2, "cd")]


def test_list_that_shrank_below_the_frontier(reader):
    """When the list ends above the frontier, the end is found from what is known."""
    reader.take(page(1, "ab"), page(2, "cd"))
    assert reader.take(page(3, "", total=3, at=1)) == []
    assert reader.wanted == 1
    assert reader.take(page(1, "dg", total=3, at=2)) == [(1, "g")]
    assert reader.take(page(2, "h", total=3, at=2)) == [(2, "h")]
    assert reader.frontier.finished


def test_more_than_a_page_gone_at_once(reader):
    """A page read again that shows nothing known is below the frontier: it goes up from there."""
    reader.take(page(1, "ab", total=20), page(2, "cd", total=20), page(3, "ef", total=20))
    assert reader.take(page(4, "mn", total=14, at=1)) == []
    assert reader.wanted == 1
    assert reader.take(page(1, "gh", total=14, at=2)) == [(1, "gh")]
    assert (reader.frontier.next, reader.frontier.retreating) == (2, False)


def test_retreat_that_never_comes_down(reader):
    """Going up ends at something known, and comes down page by page from there."""
    reader.take(*(page(n, f"{2 * n}{2 * n + 1}", total=40) for n in range(1, 5)))
    reader.take(page(5, "xy", total=37, at=1))
    assert reader.wanted == 3
    assert reader.take(page(3, "vw", total=37, at=2)) == []
    assert (reader.frontier.retreating, reader.frontier.next, reader.wanted) == (True, 3, 1)
    assert reader.take(page(1, "46", total=37, at=3)) == [(1, "")]
    assert (reader.frontier.retreating, reader.frontier.next) == (False, 2)


# --- doubts ---------------------------------------------------------------------------------------


def asked_for(reader: Reader, number: int, **facts: Any) -> int:
    """How often pages are wanted again for an unproven seam, before it is given up."""
    asked = 0
    for step in range(1, 99):
        if reader.take(page(number, "", at=step, **facts)):
            return asked
        asked += reader.wanted is not None
    return asked


def test_seam_that_is_never_proven(reader):
    """A seam that stays unproven is given up at last, as a doubt, and the rest goes on."""
    reader.take(page(1, "ab", total=100))
    assert TRIES <= asked_for(reader, 2, total=99) <= TRIES + 1
    assert (reader.frontier.doubts, reader.frontier.next) == ([2], 3)


def test_doubt_that_spreads(reader):
    """A doubt doesn't make the next seam doubtful, and the one after is tried as often."""
    reader.take(page(1, "ab", total=100))
    first = asked_for(reader, 2, total=99)
    assert reader.take(page(3, "ef", total=99, at=19)) == [(3, "ef")]
    assert (asked_for(reader, 4, total=98), reader.frontier.doubts) == (first, [2, 4])


def test_page_wanted_twice_at_once(reader):
    """While a page is on its way again, it isn't asked for once more."""
    reader.take(page(1, "ab"), page(2, "de", total=7, at=1))
    assert reader.wanted == 1
    reader.take(page(3, "fg", total=7, at=1.5))
    assert reader.wanted is None


# --- settings -------------------------------------------------------------------------------------


def test_trusting_reader_that_reads_again():
    """Trusting, every page is accepted as it is, with what is new on it."""
    reader = Reader(accept_all=True)
    assert reader.take(page(1, "ab"), page(2, "de", total=7, at=1)) == [(1, "ab"), (2, "de")]
    assert reader.take(page(3, "", total=6, at=99)) == [(3, "")]
    assert reader.take(page(4, "", total=5, at=999)) == []
    assert (reader.wanted, reader.frontier.doubts) == (None, [])


def test_items_of_an_earlier_run_again():
    """Going on, what an earlier run handed out is known: a proof, and never new."""
    reader = Reader(accepted=set("abcd"), start=2, changes=ChangesSeen(has_changed=True))
    assert reader.take(page(2, "bc", total=9)) == [(2, "")]
    assert reader.take(page(3, "de", total=9, at=0.2)) == [(3, "e")]


def test_going_on_far_above_what_is_known():
    """Going on where nothing is known any more, the frontier goes up until something is."""
    reader = Reader(accepted=set("abcd"), start=3, changes=ChangesSeen(has_changed=True))
    assert reader.take(page(3, "xy", total=40)) == []
    assert reader.wanted == 2
    assert reader.take(page(2, "vw", total=40, at=1)) == []
    assert reader.wanted == 1
    assert reader.take(page(1, "ta", total=40, at=9)) == [(1, "t")]
    assert (reader.frontier.next, reader.wanted) == (2, 2)


def test_count_that_leaves_one_out():
    """Where counts may be one short, a full last page is followed by one more."""
    reader = Reader(short_counts=True)
    assert reader.take(page(1, "ab", total=4), page(2, "cd", total=4)) == [(1, "ab"), (2, "cd")]
    assert not reader.frontier.finished
    assert reader.take(page(3, "e", total=4)) == [(3, "e")]
    assert reader.frontier.finished


def test_short_page_followed_by_another():
    """There too, a last page that isn't full is the end."""
    reader = Reader(short_counts=True)
    reader.take(page(1, "ab", total=3), page(2, "c", total=3))
    assert reader.frontier.finished


def test_list_without_counts_that_repeats_itself():
    """Where the server counts nothing, a full page that brings nothing new is the last."""
    reader = Reader(is_counted=False)
    reader.take(page(1, "ab", total=3))
    assert not reader.frontier.finished
    reader.take(page(2, "ab", total=5))
    assert reader.frontier.finished
    assert reader.frontier.doubts == []


def test_full_page_that_counts_too_little():
    """A full page that brings more than it counts isn't the end, whatever it says."""
    reader = Reader()
    assert reader.take(page(1, "ab", total=6), page(2, "cd", total=3)) == [(1, "ab")]
    reader = Reader()
    assert reader.take(page(1, "ab", total=3), page(2, "cd", total=3)) == [(1, "ab"), (2, "cd")]
    assert not reader.frontier.finished
    assert reader.take(page(3, "", total=3)) == [(3, "")]
    assert reader.frontier.finished


def test_server_that_counts_millions():
    """Below some empty pages in a row nothing more is asked for, and they are doubtful."""
    reader = Reader()
    reader.take(page(1, "ab", total=10**9))
    for tick in range(1000):
        if reader.frontier.finished:
            break
        reader.take(page(reader.frontier.next, "", total=10**9, at=float(tick)))
    assert reader.frontier.finished
    assert reader.frontier.doubts == [*range(2, 2 + EMPTY_IN_A_ROW)]


def test_catching_up_that_goes_too_far():
    """Catching up ends at the first page whose last mark is as old as what was handed out."""
    reader = Reader(order_moves=True, until=5.0)
    reader.take(page(1, "ab", marks=(9.0, 7.0)))
    assert not reader.frontier.finished
    reader.take(page(2, "cd", marks=(6.0, 5.0)))
    assert reader.frontier.finished


def test_jump_past_the_frontier():
    """Where the order moves, a repeat tells of a jump, and a seam read round it is suspect."""
    reader = Reader(order_moves=True)
    reader.take(page(3, "ef", at=0), page(1, "ab", at=1), page(2, "bc", at=2))
    assert reader.wanted == 3
    assert reader.take(page(3, "de", at=3)) == [(3, "de"), (3, "f")]


def test_item_that_jumped_taken_for_a_proof():
    """Where the order moves, an item proves a page only in its place, not where it came from."""
    reader = Reader(order_moves=True)
    reader.take(page(1, "ab", total=9, marks=(9, 8)), page(1, "xa", at=1, marks=(10, 9)))
    assert reader.take(page(2, "xd", at=0.5, marks=(4, 3))) == []
    assert reader.take(page(2, "bx", at=0.5, marks=(8, 4))) == [(2, ""), (2, "d")]


# --- room -----------------------------------------------------------------------------------------


def test_room_for_what_is_needed_first(reader):
    """To make room, the held page farthest below goes, and never the one at the frontier."""
    reader.take(page(3, "ef"), page(4, "gh"), page(2, "cd"))
    assert [reader.frontier.drop_farthest() for _ in range(4)] == [True, True, True, False]
    assert reader.frontier.held() == 0
    reader.take(page(1, "ab"), page(2, "", at=1))
    assert (reader.frontier.drop_farthest(), reader.frontier.holds(2)) == (False, True)


def test_memory_that_grows(reader):
    """Of accepted pages only the last ones are remembered, however long the list."""
    long = 4 * MEMORY
    for number in range(1, long):
        reader.take(page(number, f"{chr(200 + 2 * number)}{chr(201 + 2 * number)}", total=2 * long))
    assert reader.frontier.next == long
    assert len(reader.frontier._facing) <= MEMORY
