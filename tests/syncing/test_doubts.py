"""A sync that believes its eyes: what the server promises is checked against what it shows."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reamaze_async import IncompleteListing, sync
from reamaze_async.sandbox import Answer, Request

START = datetime(2026, 1, 1, tzinfo=UTC)


class World(list[dict[str, Any]]):
    """Conversations in the order of the list, and a script that answers as `order` says."""

    def __init__(self, count: int = 90, order: Callable[..., Any] | None = None) -> None:
        super().__init__({"slug": f"s-{n}", "created_at": day(-n)} for n in range(count))
        self.order = order
        self.counted = 0
        for item in self:
            item["updated_at"] = item["created_at"]

    def answer(self, request: Request) -> Answer:
        """A page of the list; sorted by change if that is asked for and heeded."""
        items, page = list(self), request.page or 1
        if "sort" in request.params and self.order is not None:
            items = sorted(items, key=self.order, reverse=True)
        total = len(items) + self.counted
        body = {"page_size": 30, "page_count": -(-total // 30), "total_count": total}
        body["conversations"] = items[(page - 1) * 30 : page * 30]
        return Answer(200, json.dumps(body).encode())


def by_change(item: dict[str, Any]) -> Any:
    """As a server sorts that does what it says."""
    return item["updated_at"]


def day(number: float) -> str:
    """A time, so many days from the start."""
    return (START + timedelta(days=number)).isoformat()


def statuses(rows: Callable[[str], list[Any]]) -> set[Any]:
    """The statuses in the database."""
    return {status for (status,) in rows("SELECT status FROM conversations")}


async def test_sort_that_is_ignored(sandbox, session, path, rows):
    """Where page 1 isn't in the order of change, the whole list is read, and that is told."""
    world = World()
    sandbox.script = world.answer
    world[3]["updated_at"] = day(1)
    await sync(session, path)
    world[75] |= {"status": 2, "updated_at": day(2)}
    summary = await sync(session, path)
    assert (statuses(rows), summary.unordered, summary.was_read_whole) == ({None, 2}, True, True)


async def test_sort_that_is_ignored_where_page_1_does_not_show_it(sandbox, session, path, rows):
    """A page in order by chance is seen through by the later changes that the database knows."""
    world = World()
    sandbox.script = world.answer
    world[60]["updated_at"] = day(3)
    await sync(session, path)
    world[75] |= {"status": 2, "updated_at": day(4)}
    assert (await sync(session, path)).unordered
    assert statuses(rows) == {None, 2}


async def test_departures_taken_for_disorder(sandbox, session, path):
    """Rows missing from the pages of changes are no sign where as many have left."""
    world = World(300, order=by_change)
    sandbox.script = world.answer
    await sync(session, path)
    del world[2]
    summary = await sync(session, path)
    assert (summary.removed, summary.unordered, summary.was_read_whole) == (1, False, False)


@pytest.mark.parametrize("date", [None, "", "soon", "0001-01-01T00:00:00"])
async def test_dates_that_say_nothing(sandbox, session, path, rows, date):
    """Conversations without a date of change are read by reading all, never left out."""
    world = World(order=lambda item: "")
    sandbox.script = world.answer
    for item in world:
        item["updated_at"] = date
    await sync(session, path)
    world[75] |= {"status": 2}
    await sync(session, path)
    assert statuses(rows) == {None, 2}


async def test_dateless_ones_first(sandbox, session, path, rows):
    """A database that puts nulls first hides no change behind them, and costs no whole reading."""
    world = World(order=lambda item: item["updated_at"] or "~")
    sandbox.script = world.answer
    for item in world[:20]:
        item["updated_at"] = None
    await sync(session, path)
    world[75] |= {"status": 2, "updated_at": day(4)}
    summary = await sync(session, path)
    assert (statuses(rows), summary.was_read_whole) == ({None, 2}, False)


async def test_empty_first_page(sandbox, session, path, rows):
    """A page without items, of a list that counts some, doesn't say that nothing is new."""
    world = World(order=by_change)
    sandbox.script = world.answer
    await sync(session, path)
    world[75] |= {"status": 2, "updated_at": day(4)}
    empty = json.dumps({"page_count": 3, "total_count": 90, "conversations": []}).encode()
    sandbox.script = lambda request: (
        Answer(200, empty) if len(sandbox.requests) == asked + 1 else world.answer(request)
    )
    asked = len(sandbox.requests)
    await sync(session, path)
    assert statuses(rows) == {None, 2}


async def test_difference_that_is_not_told(sandbox, session, path, caplog):
    """Where the server counts more than it shows, each run says so, however often it ran."""
    world = World(order=by_change)
    sandbox.script = world.answer
    await sync(session, path)
    world.counted = 1
    with pytest.raises(IncompleteListing):
        await sync(session, path)
    told = [await sync(session, path, allow_incomplete=True) for _ in range(4)]
    assert [summary.unexplained for summary in told] == [-1] * 4
    assert [summary.requests for summary in told[1:]] == [1] * 3
    assert caplog.text.count("counts 1 more than its pages hold") == 3


async def test_late_changes_below_page_1(sandbox, session, path, rows):
    """Changes that show up late, dated before known ones, are followed from page to page."""
    world = World(150, order=by_change)
    sandbox.script = world.answer
    world[0]["updated_at"] = day(0.001)
    await sync(session, path)
    for place, item in enumerate(world[40:110]):
        item |= {"status": 2, "updated_at": day(0.001 - (place + 1) * 1e-8)}
    summary = await sync(session, path)
    assert (len(rows("SELECT * FROM conversations WHERE status = 2")), summary.changed) == (70, 70)


async def test_changes_incomplete_and_allowed(sandbox, session, path):
    """A page of changes that can't be fetched is told by the summary where that is allowed."""
    world = World(150, order=by_change)
    sandbox.script = world.answer
    await sync(session, path)
    for place, item in enumerate(world[40:110]):
        item |= {"status": 2, "updated_at": day(1 + place)}
    broken = Answer.html(500, "no")
    sandbox.script = lambda request: broken if request.page == 2 else world.answer(request)
    summary = await sync(session, path, allow_incomplete=True, reconcile=False)
    assert "could not be read without a gap" in (summary.incomplete or "")
    sandbox.script = world.answer
    assert (await sync(session, path)).changed == 70 - summary.changed
