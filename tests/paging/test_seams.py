"""What two reads of a moving list prove about the seam between them, and what they don't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.seams import PATIENCE, apart, holds, patience, take_new

SIZE = 2


def read(
    number: int, keys: str = "", *, total: int = 6, at: float = 0.0, took: float = 0.1
) -> PageRead:
    """A page of two; it was asked for `at` and was there `took` later."""
    return PageRead(number, tuple(keys), SIZE, -(-total // SIZE), total, at, at + took)


# --- totals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_changed", [False, True])
@pytest.mark.parametrize(("upper", "lower", "whole"), [(6, 6, True), (6, 7, True), (7, 6, False)])
def test_totals_that_fall_from_page_to_page(
    upper: int, lower: int, whole: bool, has_changed: bool
) -> None:
    """A seam is torn when its lower page counted fewer, whichever was read first."""
    for first, second in ((0.0, 0.5), (0.5, 0.0)):
        seam = read(1, total=upper, at=first), read(2, total=lower, at=second)
        assert holds(*seam, has_changed=has_changed) is whole


def test_totals_too_far_apart():
    """In a list that moves, equal totals prove nothing when the reads are far apart."""
    upper = read(1, at=0.0)
    near, far = read(2, at=PATIENCE), read(2, at=PATIENCE + 0.1)
    assert holds(upper, near, has_changed=True)
    assert not holds(upper, far, has_changed=True)
    assert not holds(read(1, at=PATIENCE + 0.1), read(2, at=0.0), has_changed=True)
    assert holds(upper, far, has_changed=False)
    assert apart(upper, far) == apart(far, upper) == PATIENCE + 0.1


def test_slow_server_that_proves_nothing():
    """On a slow server reads may be farther apart, or no seam would ever be proven."""
    upper, lower = read(1, at=0.0, took=1.0), read(2, at=2.0, took=0.5)
    assert patience(upper, lower) == patience(lower, upper) == 2.0
    assert holds(upper, lower, has_changed=True)
    assert not holds(upper, read(2, at=2.6, took=0.5), has_changed=True)


# --- a world of its own ---------------------------------------------------------------------------

CHANGES = st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["above", "anywhere"])), max_size=4)


@given(
    st.lists(st.integers(0, 7), max_size=4),
    st.booleans(),
    st.booleans(),
    st.integers(1, 3),
)
def test_seam_that_lies(places: list[int], arriving: bool, upper_first: bool, number: int) -> None:
    """If items only arrived or only left in between, a seam that holds has lost nothing."""
    before = list("abcdefgh")
    after = before.copy()
    for index, place in enumerate(places):
        if arriving:
            after.insert(min(place, len(after)), str(index))
        elif after:
            after.pop(place % len(after))
    first, second = page(before, number, 0.0), page(after, number + 1, 0.2)
    if not upper_first:
        first, second = page(after, number, 0.2), page(before, number + 1, 0.0)
    stayed = [key for key in before if key in after]
    seen = [key for key in stayed if key in first.keys or key in second.keys]
    lost = stayed[stayed.index(seen[0]) : stayed.index(seen[-1])] if seen else []
    if holds(first, second, has_changed=True):
        assert set(lost) <= set(seen)


def page(items: list[str], number: int, at: float) -> PageRead:
    """A page of a list as it is."""
    keys = "".join(items[(number - 1) * SIZE : number * SIZE])
    return read(number, keys, total=len(items), at=at)


# --- repeats --------------------------------------------------------------------------------------


@given(st.lists(st.text("abc", max_size=2)), st.sets(st.text("abc", max_size=2)))
def test_item_handed_out_twice(keys: list[str], known: set[str]) -> None:
    """Fresh is what wasn't known, the first time it comes, in order; then it is known."""
    before = set(known)
    positions = list(take_new(keys, known))
    chosen = [keys[position] for position in positions]
    assert chosen == [key for key in dict.fromkeys(keys) if key not in before]
    assert positions == [keys.index(key) for key in chosen]
    assert known == before | set(keys)
    assert list(take_new(keys, known)) == []


def test_item_twice_on_one_page():
    """An item that a page repeats within itself is fresh once."""
    known: set[str] = {"x"}
    assert list(take_new(["a", "b", "a"], known)) == [0, 1]
    assert known == {"x", "a", "b"}


@pytest.mark.parametrize(
    ("upper", "lower", "met"),
    [
        ((3, "abc"), (3, "def"), True),
        ((3, "abc"), (3, "d"), True),
        ((3, "abc"), (5, "fghij"), False),
        ((5, "abcde"), (3, "def"), False),
        ((3, "abc"), (3, "fghij"), False),
        ((3, "abcde"), (3, "fghij"), True),
    ],
)
def test_page_size_that_changes(upper, lower, met):
    """Equal totals prove nothing where the pages don't meet: a size has changed, told or not."""
    pages = [
        PageRead(number, keys, size, 9, 27, 0, 0.1)
        for number, (size, keys) in enumerate((upper, lower), 1)
    ]
    assert holds(*pages, has_changed=False) is met
