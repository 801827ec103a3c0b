"""The plan: order, passes, failing pages, the end. Its promise is for `test_plan_worlds`."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from reamaze_async.paging.cursor import Batch
from reamaze_async.paging.page_read import PageRead
from reamaze_async.paging.plan import PASSES, ROUNDS, Plan

SIZE = 2
LETTERS = "abcdefghij"


class Reader:
    """A plan, the list that it reads, and what came of it."""

    def __init__(self, rows: str = LETTERS, **settings: Any) -> None:
        self.rows = rows
        self.marks: dict[str, int] = {}
        self.plan = Plan(**settings)
        self.asked: list[int] = []
        self.flying: list[int] = []
        self.empty: int | None = None
        self.batches: list[Batch] = []
        self.now = 0.0

    @property
    def got(self) -> str:
        """Everything handed out, in order."""
        return "".join(b.read.keys[index] for b in self.batches for index in b.positions)

    def start(self) -> list[int]:
        """All pages that may be asked for now."""
        started = list(iter(self.plan.next_page, None))
        self.asked += started
        self.flying += started
        return started

    def read(self, number: int) -> PageRead:
        """A page as it is now."""
        self.now += 0.01
        keys = tuple(self.rows[(number - 1) * SIZE : number * SIZE])
        keys = () if number == self.empty else keys
        total = len(self.rows)
        marks = [self.marks[key] for key in keys if self.marks]
        began = self.now - 0.01
        return PageRead(number, keys, SIZE, -(-total // SIZE), total, began, self.now, marks=marks)

    def come(self, *reads: PageRead | int) -> None:
        """These pages come, and the consumer takes what they bring."""
        for read in reads:
            page = self.read(read) if isinstance(read, int) else read
            self.flying.remove(page.number)
            for batch in self.plan.arrived(page):
                self.batches.append(batch)
                self.plan.taken()

    def fail(self, number: int) -> None:
        """This page can't be fetched, and it may be its own fault."""
        self.flying.remove(number)
        self.plan.failed(number, is_its_own=True)

    def finish(self, before: Callable[[int], object] = lambda number: None) -> None:
        """Page after page to the end; `before` each, anything may happen."""
        while self.start() or self.flying:
            before(self.flying[0])
            self.come(self.flying[0])
        assert self.plan.done


def pages(batches: Sequence[Batch]) -> list[int]:
    """Which pages they come from."""
    return [batch.read.number for batch in batches]


# --- order ----------------------------------------------------------------------------------------


def test_pages_asked_for_blindly() -> None:
    """Page 1 goes first and alone; the others follow when it tells how many there are."""
    reader = Reader(concurrency=3)
    assert reader.start() == [1]
    reader.come(1)
    assert reader.start() == [2, 3, 4]


@pytest.mark.parametrize(("ordered", "order"), [(True, [1, 2, 3, 4]), (False, [1, 4, 3, 2])])
def test_pages_handed_out_in_disorder(ordered: bool, order: list[int]) -> None:
    """Ordered, pages are handed out in the list's order; else as they come."""
    reader = Reader(LETTERS[:8], ordered=ordered)
    for batch in ([1], [4, 3, 2]):
        reader.start()
        reader.come(*batch)
    assert pages(reader.batches) == order
    assert (reader.plan.done, reader.plan.reads, reader.plan.page_count) == (True, 4, 4)


def test_empty_list() -> None:
    """An empty list costs one request, and hands out one empty page."""
    reader = Reader("")
    reader.finish()
    assert (reader.asked, pages(reader.batches), reader.got) == ([1], [1], "")
    assert reader.plan.total_count == 0


@pytest.mark.parametrize(("empty_batches", "handed_out"), [(False, []), (True, [1, 2])])
def test_pages_that_bring_nothing_new(empty_batches: bool, handed_out: list[int]) -> None:
    """A page without news is handed out only where the place must be told."""
    reader = Reader("abcd", empty_batches=empty_batches, seen="abcd")
    reader.finish()
    assert pages(reader.batches)[1:] == handed_out[1:]
    assert reader.plan.duplicates == 4


def test_arrival_on_top_handed_out_late() -> None:
    """What arrived on top of page 1 isn't handed out among older ones; what sank to it is."""
    reader = Reader("abcdef")
    reader.start()
    reader.come(1)
    reader.rows = "xbcef"
    reader.finish()
    assert reader.got == "abcef"


# --- passes ---------------------------------------------------------------------------------------


def test_verified_list_read_once() -> None:
    """Verified, a list is read twice, and what the first pass missed comes at the end."""
    reader = Reader("acdefgh", drift="verify")

    def hide(number: int) -> None:
        reader.rows = "abcdefgh" if len(reader.asked) > 4 else "acdefgh"

    reader.finish(hide)
    assert reader.got == "acdefghb"
    assert sorted(reader.asked) == [1, 1, 2, 2, 3, 3, 4, 4]


def test_single_page_verified_twice() -> None:
    """A single page has no seam: there is nothing to verify."""
    reader = Reader("ab", drift="verify")
    reader.finish()
    assert reader.asked == [1]


def test_doubts_that_a_later_pass_resolves() -> None:
    """Verified, a pass without doubts is the last, whatever the first one doubted."""
    reader = Reader(drift="verify", empty_batches=True)
    reader.empty = 3

    def show(number: int) -> None:
        reader.empty = None if reader.plan.doubts else 3

    reader.finish(show)
    assert (reader.plan.doubts, reader.batches[-1].cursor.pass_number) == ([], 2)
    assert reader.got == "abcdghijef"


def test_doubts_that_stay() -> None:
    """Verified, a doubt that no pass resolves is told after a few of them, if the list moves."""
    reader = Reader(drift="verify", empty_batches=True)
    reader.empty = 3

    def move(number: int) -> None:
        if number == 1:
            reader.rows = "k" + reader.rows if reader.rows[0] == "a" else reader.rows[1:]

    reader.finish(move)
    assert 3 in reader.plan.doubts
    assert reader.batches[-1].cursor.pass_number == PASSES


def test_page_that_stays_empty() -> None:
    """Verified, a page that is empty twice in a list that stands still is looked at no more."""
    reader = Reader(drift="verify", empty_batches=True)
    reader.empty = 3
    reader.finish()
    assert (set(reader.plan.doubts), reader.batches[-1].cursor.pass_number) == ({3}, 2)
    assert len(reader.asked) < 20


def test_answer_of_an_earlier_pass() -> None:
    """A page asked for in an earlier pass proves nothing in the next one."""
    reader = Reader("abcd", drift="verify")
    reader.start()
    reader.come(1)
    reader.start()
    early = reader.read(2)
    reader.come(2)
    reader.start()
    reader.come(1, early)
    assert (reader.plan.done, reader.start()) == (False, [2])


def test_list_that_never_rests() -> None:
    """A list that changes faster than it is read ends all the same, with a doubt."""
    reader = Reader()

    def grow(number: int) -> None:
        newest = len(reader.rows) + 200
        reader.rows = "".join(map(chr, range(newest, newest + 3))) + reader.rows

    reader.finish(grow)
    assert reader.plan.doubts


# --- where the order moves ------------------------------------------------------------------------


def order_moves(**settings: Any) -> Reader:
    """A reader of a list sorted by change."""
    reader = Reader("abcdef", order_moves=True, **settings)
    reader.marks = {key: -place for place, key in enumerate(reader.rows)}
    return reader


def jump(reader: Reader, key: str) -> None:
    """An item to the front."""
    reader.rows = key + reader.rows.replace(key, "")
    reader.marks[key] = 1 + max(reader.marks.values())


def test_jump_never_caught_up_with() -> None:
    """What jumped to the front while the list was read is caught up with at the end."""
    reader = order_moves(concurrency=1)
    reader.finish(lambda number: jump(reader, "f") if len(reader.asked) == 2 else None)
    assert sorted(reader.got) == list("abcdef")
    assert reader.asked[-1] == 1


def test_jump_behind_a_departure() -> None:
    """One item leaves, another jumps: what the jump pushed past the seam isn't lost."""
    reader = order_moves(concurrency=1)

    def move(number: int) -> None:
        if len(reader.asked) == 2:
            reader.rows = reader.rows.replace("a", "")
        elif len(reader.asked) == 3:
            jump(reader, "f")

    reader.finish(move)
    assert (sorted(reader.got), reader.plan.doubts) == (list("abcdef"), [])


def test_jumps_without_end() -> None:
    """A list whose items jump for ever is caught up with so many times, then it is a doubt."""
    reader = order_moves(concurrency=1)
    reader.finish(lambda number: jump(reader, reader.rows[-1]))
    assert reader.plan.doubts[-1] == 1
    assert reader.plan.reads <= 3 * 3 * (ROUNDS + 1)


# --- what can't be fetched ------------------------------------------------------------------------


def test_pages_after_one_that_failed() -> None:
    """Ordered, what stands before a page that can't be fetched is still handed out, and no more."""
    reader = Reader()
    reader.start()
    reader.come(1)
    reader.start()
    reader.plan.failed(3)
    reader.come(4, 5)
    assert not reader.plan.done
    reader.come(2)
    assert (reader.plan.done, reader.plan.stopped_before, reader.got) == (True, 3, "abcd")


def test_unordered_listing_that_goes_on() -> None:
    """Unordered, a page that can't be fetched is the end."""
    reader = Reader(ordered=False)
    reader.start()
    reader.come(1)
    reader.start()
    reader.plan.failed(3)
    assert (reader.plan.done, reader.plan.stopped_before) == (True, 3)


def failing(number: int) -> Reader:
    """An export whose page has failed twice; another page is on its way, to compare."""
    reader = Reader(skips_failing_pages=True, concurrency=2)
    while reader.asked.count(number) < 2 or number in reader.flying:
        reader.start()
        page = reader.flying[0]
        reader.fail(page) if page == number else reader.come(page)
    assert reader.start() == [number + 1]
    return reader


def test_page_that_keeps_failing() -> None:
    """In an export such a page is left out and told, when another page shows the server well."""
    reader = failing(3)
    reader.finish()
    assert (reader.plan.left_out, reader.plan.doubts) == ([3], [3, 4])
    assert reader.got == "abcdghij"


def test_server_that_is_down() -> None:
    """When the page to compare with fails too, that is the end."""
    reader = failing(3)
    reader.fail(4)
    assert (reader.plan.done, reader.plan.left_out, reader.plan.stopped_before) == (True, [], 3)


# --- the place ------------------------------------------------------------------------------------


def test_place_told_too_early() -> None:
    """Each batch tells where the listing stands once it is taken."""
    reader = Reader(LETTERS[:8], drift="verify", empty_batches=True)
    reader.finish()
    cursors = [batch.cursor for batch in reader.batches]
    assert [(cursor.pass_number, cursor.page) for cursor in cursors] == [
        (number, page) for number in (1, 2) for page in (1, 2, 3, 4)
    ]
    assert [cursor.landmarks for cursor in cursors[3:5]] == [(), ("a", "b")]


def test_example_that_misleads():
    """The example in the folder's docstring happens as it is told."""
    plan = Plan()
    asked = [plan.next_page()]
    batches = plan.arrived(PageRead(1, "ab", 2, 2, 4, 0.0, 0.1))
    asked.append(plan.next_page())
    batches += plan.arrived(PageRead(2, "d", 2, 2, 3, 0.2, 0.3))
    asked.append(plan.next_page())
    batches += plan.arrived(PageRead(1, "ac", 2, 2, 3, 0.4, 0.5))
    found = ["".join(batch.read.keys[i] for i in batch.positions) for batch in batches]
    assert (asked, found, plan.done) == ([1, 2, 1], ["ab", "c", "d"], True)
