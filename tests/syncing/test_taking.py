"""Taking pages in: what is new, what is different, what stays untouched."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from reamaze_async.formats import table_of
from reamaze_async.listings.raw import RawItem, RawPage
from reamaze_async.paging.cursor import Cursor
from reamaze_async.resources.conversations import SCHEMA
from reamaze_async.syncing.database import SyncDatabase
from reamaze_async.syncing.stats import SyncStats
from reamaze_async.syncing.tables import Tables
from reamaze_async.syncing.taking import PageTaker

LISTING = {"origin": "https://acme.reamaze.io", "path": "/conversations", "query": ""}


def item(slug: str, **fields: Any) -> RawItem:
    """As it came."""
    return RawItem(json.dumps({"slug": slug} | fields).encode(), slug, 0.0)


@pytest.fixture
def database(path):
    """A new one."""
    with SyncDatabase(path, LISTING, Tables(table_of(SCHEMA), "updated_at")) as database:
        yield database


async def test_counted_as_something_else(database):
    """New ones are added, other JSON is a change, the same JSON is nothing."""
    stats = SyncStats()
    taker = PageTaker(database, stats)
    await taker.take([item("a"), item("b")])
    news, stored = await taker.take([item("a"), item("b", status=2), item("c")])
    assert (news.keys(), stored.keys()) == ({"b", "c"}, {"a", "b"})
    assert (stats.added, stats.changed) == (3, 1)


async def test_later_one_of_two(database, path):
    """Of two items with one key the later counts, as it was read later."""
    await PageTaker(database, SyncStats()).take([item("a", status=1), item("a", status=2)])
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("SELECT status FROM conversations").fetchall() == [(2,)]


async def test_part_taken_for_the_list(database):
    """The counts of a part of the list are not those of the list; each page is told of."""
    told: list[int | None] = []
    taker = PageTaker(database, SyncStats(), lambda stats: told.append(stats.total_count))
    page = RawPage(1, 30, 9, 250, [item("a")], Cursor())
    taker.note(page, is_part=True), taker.note(page)
    assert told == [None, 250]
