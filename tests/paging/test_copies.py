"""Copies out of step: which signs count, and when they are more than a moving list shows."""

import pytest

from reamaze_async.paging.copies import SHORT, Signs
from reamaze_async.paging.page_read import PageRead


def read(began: float, total: int, lasts: float = 0.1) -> PageRead:
    """A page that counts so many, asked for at that instant."""
    return PageRead(1, (), 30, 1, total, began, began + lasts)


def signs_of(*reads: PageRead) -> Signs:
    """The signs that these reads show."""
    signs = Signs()
    for one in reads:
        signs.observe(one)
    return signs


@pytest.mark.parametrize(
    ("totals", "turns"), [((9, 9, 9), 0), ((9, 10, 12), 0), ((9, 10, 9), 1), ((9, 8, 9, 8), 2)]
)
def test_total_that_turns_back(totals, turns):
    """A total that rises and falls again is a sign, one that goes one way is none."""
    assert signs_of(*(read(at, total) for at, total in enumerate(totals))).turns == turns


@pytest.mark.parametrize(
    ("totals", "regained"),
    [
        ((300, 0, 300), 300),
        ((260, 300, 300, 260), 300),
        ((300, 150, 290, 120), 290),
        ((300, 0, 0), 0),
        ((300, 280, 300), 0),
        ((300, 260, 200), 0),
    ],
)
def test_total_that_leaps_and_leaps_back(totals, regained):
    """What the fuller of two copies counts is known; one leap, or a small change, is none."""
    assert signs_of(*(read(at, total) for at, total in enumerate(totals))).regained == regained


def test_total_that_changed_in_a_long_pause():
    """In a minute a list may well change by a page, and back."""
    assert not signs_of(read(0, 300), read(60, 250), read(120, 300)).has_leapt
    assert signs_of(read(0, 300), read(59, 300), read(60, 250)).has_leapt


def test_reads_under_way_together():
    """Of reads that were under way at the same time nobody knows which came first."""
    assert signs_of(read(0, 9, 9), read(1, 10, 9), read(2, 9, 9)).turns == 0


def test_one_swap_seen_by_many():
    """Reads that lie across the same moment tell of one swap."""
    signs = Signs()
    for began, ended in ((0, 2), (1, 3), (2, 4)):
        signs.note_swap(began, ended)
    assert signs.swaps == 2


@pytest.mark.parametrize(
    ("pages", "turns", "swaps", "suspect"),
    [(SHORT, 0, 0, False), (SHORT, 1, 0, True), (300, 60, 2, False), (300, 0, 20, True)],
)
def test_moving_list_taken_for_copies(pages, turns, swaps, suspect):
    """A short list may show no sign, a long one what a busy one shows; not swaps alone."""
    signs = Signs()
    signs.turns, signs.swaps = turns, swaps
    assert signs.are_too_many(pages) == suspect


def test_short_list_read_twice():
    """Read as often as you like, a short list may show no sign; a long one shows more each time."""
    signs = Signs()
    assert signs.are_none
    signs.turns = 1
    assert (signs.are_none, signs.are_too_many(SHORT, 3)) == (False, True)
    signs.turns = 70
    assert (signs.are_too_many(300, 1), signs.are_too_many(300, 2)) == (True, False)


def test_slow_list_taken_for_copies():
    """The longer each page takes, the more may happen between two."""
    signs = signs_of(read(0, 9), read(120, 9))
    signs.turns = 100
    assert not signs.are_too_many(300)
    signs = signs_of(read(0, 9), read(1, 9))
    signs.turns = 100
    assert signs.are_too_many(300)
