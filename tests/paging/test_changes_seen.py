"""What the reads tell of arrivals and departures: spans of time, and the seams they may tear."""

import pytest

from reamaze_async.paging.changes_seen import ChangesSeen, Span, shift
from reamaze_async.paging.page_read import PageRead

SIZE = 3


def read(number: int, keys: str, total: int, at: float, took: float = 0.4) -> PageRead:
    """A page of three; it was asked for `at` and was there `took` later."""
    return PageRead(number, tuple(keys), SIZE, -(-total // SIZE), total, at, at + took)


def told(*reads: PageRead, order_moves: bool = False) -> ChangesSeen:
    """What these reads tell."""
    changes = ChangesSeen(order_moves=order_moves)
    for one in reads:
        changes.observe(one)
    return changes


# --- spans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("began", "ended", "share"),
    [(0.0, 9.0, 1.0), (2.0, 4.0, 1.0), (3.0, 9.0, 0.5), (0.0, 2.0, 0.0), (5.0, 9.0, 0.0)],
)
def test_chance_that_it_happened_then(began: float, ended: float, share: float) -> None:
    """The chance is the share of the span that lies between the two instants."""
    assert Span(2.0, 4.0).share(began, ended) == share


def test_moment_without_length() -> None:
    """A span without length lies in every stretch that touches it."""
    assert Span(2.0, 2.0).share(1.0, 2.0) == 1.0
    assert Span(2.0, 2.0).share(2.1, 3.0) == 0.0


def test_clock_that_stands_still() -> None:
    """Two reads that begin and end at one tick of a coarse clock tell of a change all the same."""
    changes = told(read(1, "abc", 6, 1.0, took=0.0), read(2, "cde", 7, 1.0, took=0.0))
    assert (changes.has_changed, changes.total_has_changed) == (True, True)


# --- a calm list ----------------------------------------------------------------------------------


def test_calm_list_taken_for_restless() -> None:
    """Totals that agree and pages that share nothing tell nothing."""
    changes = told(read(1, "abc", 9, 0), read(2, "def", 9, 0.1), read(3, "ghi", 9, 99))
    assert not changes.has_changed
    assert not changes.is_falling
    assert not changes.doubts(read(1, "abc", 9, 0), read(2, "def", 9, 0.1))


def test_same_page_again() -> None:
    """The same page read again as it was tells nothing; one that shifted tells of a change."""
    assert not told(read(2, "def", 9, 0), read(2, "def", 9, 1)).has_changed
    changes = told(read(2, "def", 9, 0), read(2, "cde", 9, 1))
    assert (changes.has_changed, changes.total_has_changed) == (True, False)


def test_page_that_repeats_an_item() -> None:
    """A repeated item tells that the list moves, also when the total stays."""
    assert told(read(1, "abc", 9, 0), read(2, "cde", 9, 1)).has_changed


# --- totals in the order of time ------------------------------------------------------------------


def test_departure_and_arrival_between_two_reads() -> None:
    """Totals that fell and rose again while a seam was read cast doubt on it, agree as they may."""
    upper, lower = read(1, "abc", 9, 0.0), read(2, "efg", 9, 1.0)
    changes = told(upper, read(8, "xyz", 8, 0.5), lower)
    assert changes.total_has_changed
    assert changes.doubts(upper, lower)


def test_doubts_about_seams_read_before_or_after() -> None:
    """Seams that were read before it or after it are not in doubt."""
    before = read(1, "abc", 9, 0.0), read(2, "def", 9, 0.1)
    after = read(5, "nop", 9, 3.0), read(6, "qrs", 9, 3.1)
    changes = told(*before, read(3, "ghi", 9, 0.6), read(8, "xyz", 8, 1.5), *after)
    assert not changes.doubts(*before)
    assert not changes.doubts(*after)


def test_departure_alone() -> None:
    """Where conversations only leave, the totals tell all, and nothing more is doubted."""
    upper, lower = read(1, "abc", 9, 0.0), read(2, "efg", 8, 1.0)
    changes = told(upper, lower, read(3, "hij", 7, 2.0))
    assert not changes.doubts(upper, lower)


def test_pause_that_spreads_its_doubts() -> None:
    """Much happens in a long pause, but hardly in the instant in which one page was read."""
    upper, lower = read(1, "abc", 9, 0.0), read(2, "def", 9, 0.1)
    across = read(3, "hij", 9, 60.0)
    changes = told(upper, lower, read(9, "xyz", 8, 59.0), across)
    assert not changes.doubts(upper, lower)
    assert changes.doubts(lower, across)


# --- shifts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "moved"),
    [
        (read(1, "abc", 9, 0), read(2, "cde", 9, 1), 1),
        (read(2, "def", 9, 0), read(1, "bde", 9, 1), -2),
        (read(2, "def", 9, 0), read(2, "xde", 9, 1), 1),
        (read(2, "def", 9, 0), read(2, "def", 9, 1), 0),
    ],
)
def test_shift_by_a_page_too_many(one: PageRead, other: PageRead, moved: int) -> None:
    """A shift is by how many places the last key of both moved down the whole list."""
    assert shift(one, other) == moved


def test_item_lifted_behind_the_totals_back() -> None:
    """One seam, lower page first, repeats an item though the totals stay: the others lost one."""
    changes = told(read(4, "klm", 30, 0.0), read(3, "hik", 30, 1.0))
    upper, lower = read(1, "abc", 30, 0.1), read(2, "efg", 30, 1.1)
    assert changes.doubts(upper, lower)
    assert not changes.doubts(read(1, "abc", 30, 1.5), read(2, "def", 30, 1.6))
    assert not changes.doubts(read(1, "abc", 30, 1.5), read(2, "def", 30, 0.0))


def test_item_sunk_behind_the_totals_back() -> None:
    """One seam, upper page first, repeats an item though the totals stay: the others lost one."""
    changes = told(read(3, "ghi", 30, 0.0), read(4, "ijk", 30, 1.0))
    assert changes.doubts(read(1, "xab", 30, 1.1), read(2, "def", 30, 0.1))
    assert not changes.doubts(read(1, "abc", 30, 0.0), read(2, "cde", 30, 2.0))


def test_arrival_that_the_totals_explain() -> None:
    """A repeated item and a total that rose are one arrival, and tear nothing unseen."""
    changes = told(read(3, "ghi", 30, 0.0), read(4, "ijk", 31, 1.0))
    assert not changes.doubts(read(1, "xab", 31, 1.1), read(2, "def", 31, 0.1))


@pytest.mark.parametrize(
    ("upper", "lower", "doubtful"),
    [
        ((0.0, 4.0), (0.0, 4.0), True),  # nothing tells which was read first
        ((0.0, 1.9), (0.0, 1.9), False),  # both before the jump
        ((0.0, 1.9), (3.1, 4.0), False),  # the upper before, the lower after: a repeat at worst
        ((3.1, 4.0), (0.0, 1.9), True),  # the lower before, the upper after: torn
        ((3.1, 4.0), (3.1, 4.0), False),  # both after
    ],
)
def test_jump_between_two_reads(
    upper: tuple[float, float], lower: tuple[float, float], doubtful: bool
) -> None:
    """Where the order moves, a jump tears a seam read lower page first round it."""
    jump = read(3, "ghi", 30, 2.0, 0.4), read(4, "ijk", 30, 2.6, 0.4)
    changes = told(*jump, order_moves=True)
    one = PageRead(1, "abc", SIZE, 10, 30, *upper)
    other = PageRead(2, "def", SIZE, 10, 30, *lower)
    assert changes.doubts(one, other) is doubtful


@pytest.mark.parametrize(("again", "doubtful"), [("abc", True), ("bcd", False)])
def test_jump_that_a_departure_hides(again: str, doubtful: bool) -> None:
    """An item left, and the page above stands as it stood: another one may have jumped there."""
    upper, lower = read(1, "abc", 9, 0.0), read(2, "efg", 8, 1.0)
    later = read(1, again, 8, 2.0)
    assert told(upper, lower, later, order_moves=True).doubts(later, lower) is doubtful
    assert not told(upper, lower, later).doubts(later, lower)


@pytest.mark.parametrize(("before", "doubtful"), [("abc", False), ("xyz", True), ("", True)])
def test_jump_that_no_page_shows(before: str, doubtful: bool) -> None:
    """Of a lower page read first, only an earlier read of the upper one tells what jumped since."""
    known = [read(1, before, 9, 0.0)] if before else []
    lower, upper = read(2, "def", 9, 1.0), read(1, "abc", 9, 2.0)
    changes = told(*known, lower, upper, order_moves=True)
    changes.has_changed = True
    assert changes.doubts(upper, lower) is doubtful


# --- which one again ------------------------------------------------------------------------------


def test_newer_read_thrown_away() -> None:
    """The older of two reads is the one that surely came first, else the one begun first."""
    early, late = read(1, "abc", 9, 0.0), read(2, "def", 8, 1.0)
    assert told(early, late).older(early, late) is early
    assert told(early, late).older(late, early) is early
    upper, lower = read(1, "abc", 9, 0.2), read(2, "def", 8, 0.0)
    assert told(upper, lower).older(upper, lower) is lower


def test_direction_told_by_the_totals() -> None:
    """Of two reads under way at once, where conversations leave the fuller one is older."""
    sparse, full = read(1, "abc", 8, 0.0), read(2, "def", 9, 0.1)
    falling = told(read(8, "xyz", 9, -1.0), sparse, full, read(9, "uvw", 8, 0.6))
    assert falling.older(sparse, full) is full
    rising = told(read(8, "xyz", 8, -1.0), sparse, full, read(9, "uvw", 9, 0.6))
    assert rising.older(sparse, full) is sparse


def test_direction_of_a_list() -> None:
    """A list falls when its total lost three within the last reads."""
    assert not told(*(read(n, "", 9 - n, n) for n in range(3))).is_falling
    assert told(*(read(n, "", 9 - n, n) for n in range(4))).is_falling
    assert not told(*(read(n, "", 9 + n, n) for n in range(9))).is_falling
    assert not told(*(read(n, "", 9 - min(n, 3), n) for n in range(30))).is_falling
