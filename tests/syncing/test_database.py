"""A database that follows a listing: what one transaction keeps together."""

import json
import shutil
import sqlite3

import pytest

from reamaze_async import ExportFailed, ExportRefused
from reamaze_async.formats import table_of
from reamaze_async.listings.raw import RawItem, RawPage
from reamaze_async.paging.cursor import Cursor
from reamaze_async.resources.conversations import SCHEMA
from reamaze_async.syncing.database import SyncDatabase
from reamaze_async.syncing.tables import Tables, rows_in

LISTING = {"origin": "https://acme.reamaze.io", "path": "/conversations", "query": "filter=all"}
TABLES = Tables(table_of(SCHEMA), "updated_at")


def conversation(slug: str, **fields) -> bytes:
    """Its JSON."""
    return json.dumps({"slug": slug} | fields).encode()


A, B = conversation("a", tag_list=["one"]), conversation("b")


@pytest.fixture
def database(path):
    """A new one."""
    with SyncDatabase(path, LISTING, TABLES) as database:
        yield database


def test_forgotten(path):
    """State and rows are there when it is opened again."""
    with SyncDatabase(path, LISTING, TABLES) as database:
        database.begin_reading(7.5)
        database.state.cursor = Cursor(page=3)
        database.upsert({"a": A}, seen=["a", "c"])
    with SyncDatabase(path, LISTING, TABLES) as database:
        state = database.state
        assert (state.stage, state.cursor.page, state.reading_since) == ("reading", 3, 7.5)
        assert (database.count(), sorted(database.seen())) == (1, ["a", "c"])


def test_kept_is_wrong(database):
    """What it holds is handed out as it came; of the rest there is nothing."""
    database.upsert({"a": A, "b": B})
    assert database.stored(["b", "c"]) == {"b": B.decode()}


def test_row_twice(database):
    """What has changed replaces what was there, in all tables."""
    database.upsert({"a": A})
    database.upsert({"a": conversation("a", tag_list=["two"])}, {"a"})
    assert database.count() == 1
    assert database._base.execute("SELECT tag FROM tags").fetchall() == [("two",)]


def test_removed_though_it_was_seen(database):
    """The end of a reading removes what it hasn't seen, and nothing else."""
    database.upsert({"a": A, "b": B})
    database.begin_reading(1.0)
    database.upsert({}, seen=["b"])
    assert database.end_reading(now=9.0) == 1
    assert database.stored(["a", "b"]).keys() == {"b"}
    assert database._base.execute("SELECT count(*) FROM tags").fetchone() == (0,)
    assert (database.state.stage, database.state.since, database.seen()) == ("settled", 1.0, [])


def test_half_a_transaction(database):
    """What fails changes nothing."""
    database.upsert({"a": A})
    with pytest.raises(TypeError):
        database.upsert({"a": conversation("a", subject="new"), "b": None})
    assert database.stored(["a"]) == {"a": A.decode()}


def test_transaction_that_has_ended_itself(database, monkeypatch):
    """SQLite may roll back by itself where the disk fails; what failed is told all the same."""

    def insert(base: sqlite3.Connection, *_: object) -> None:
        base.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("reamaze_async.formats.sqlite.upsert", insert)
    with pytest.raises(ExportFailed, match="disk I/O error"):
        database.upsert({"a": A})


def test_another_version(path, database):
    """A state of another version is refused."""
    database.state.version = 99
    database.save()
    database.close()
    with pytest.raises(ExportRefused, match="another version has made it"):
        SyncDatabase(path, LISTING, TABLES)


@pytest.mark.parametrize("told", ["DELETE FROM sync", "UPDATE sync SET state = '{\"listing\": 7}'"])
def test_state_that_can_not_be_read(path, database, told):
    """It is taken for another version's, whatever it says."""
    database._base.execute(told)
    database.close()
    with pytest.raises(ExportRefused, match="another version has made it"):
        SyncDatabase(path, LISTING, TABLES)


def test_damaged(path, database):
    """A damaged database is one sentence, with the remedy."""
    database.upsert({f"c{number}": conversation(f"c{number}") for number in range(500)})
    database.close()
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (size - 4096))
    with pytest.raises(ExportFailed, match=r"it is damaged\. Remove it to have it anew\.$"):
        SyncDatabase(path, LISTING, TABLES).seen()


@pytest.mark.parametrize("is_replaced", [False, True])
def test_taken_away_beneath(path, database, is_replaced):
    """A file that is gone, or another one by now, is told as that: there is nothing to mend."""
    database.upsert({"a": A})
    path.rename(path.with_suffix(".moved"))
    if is_replaced:
        shutil.copy(path.with_suffix(".moved"), path)
    with pytest.raises(ExportFailed, match="another program has removed or replaced it"):
        database.upsert({"b": B})


def test_order_that_tells_nothing(database):
    """A page in another order than that of time isn't compared, nor one without times."""
    times = ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]
    slugs = {slug: conversation(slug, created_at=at) for slug, at in zip("ab", times, strict=True)}
    database.upsert(slugs | {"c": conversation("c")})

    def page(*shown: str) -> RawPage:
        items = tuple(RawItem(b"{}", slug, 0.0) for slug in shown)
        return RawPage(1, 30, 1, 3, items, Cursor())

    assert database.sample(page("a", "b")) is None
    assert database.sample(page("b", "c")) is None
    assert database.sample(page("b", "a")).newest.startswith("2026-01-03")


def test_rows_in_what_is_no_database(tmp_path, path, database):
    """It can't be told, rather than none."""
    database.upsert({"a": A})
    (tmp_path / "text.sqlite").write_text("something else entirely")
    found = [rows_in(tmp_path / name) for name in ("x.sqlite", "text.sqlite", "missing.sqlite")]
    assert found == [1, None, None]


def test_folder_is_gone(tmp_path):
    """What can't be opened is told in one sentence."""
    with pytest.raises(ExportFailed, match="unable to open database file"):
        SyncDatabase(tmp_path / "nowhere" / "x.sqlite", LISTING, TABLES)


def test_others_can_not_read(path, database):
    """The state between transactions is an ordinary database for everybody else."""
    database.upsert({"a": A})
    reader = sqlite3.connect(path)
    assert reader.execute("SELECT slug FROM conversations").fetchall() == [("a",)]
    reader.close()
