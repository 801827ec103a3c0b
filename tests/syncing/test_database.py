"""A database that follows a listing: what one transaction keeps together."""

import json
import sqlite3

import pytest

from reamaze_async import ExportFailed, ExportRefused, Page
from reamaze_async.paging.cursor import Cursor
from reamaze_async.syncing.database import Mirror, rows_in

LISTING = {"origin": "https://acme.reamaze.io", "path": "/conversations", "query": "filter=all"}


def conversation(slug: str, **fields) -> bytes:
    """Its JSON."""
    return json.dumps({"slug": slug} | fields).encode()


A, B = conversation("a", tag_list=["one"]), conversation("b")


@pytest.fixture
def path(tmp_path):
    """The database to be."""
    return tmp_path / "x.sqlite"


@pytest.fixture
def mirror(path):
    """A new one."""
    with Mirror(path, LISTING) as mirror:
        yield mirror


def test_forgotten(path):
    """State and rows are there when it is opened again."""
    with Mirror(path, LISTING) as mirror:
        mirror.begin_reading(7.5)
        mirror.state.cursor = Cursor(page=3)
        assert mirror.take({"a": A}, ["a", "c"]) == 1
    with Mirror(path, LISTING) as mirror:
        state = mirror.state
        assert (state.stage, state.cursor.page, state.reading_since) == ("reading", 3, 7.5)
        assert (mirror.count(), sorted(mirror.seen())) == (1, ["a", "c"])


def test_kept_is_wrong(mirror):
    """What it holds is handed out as it came; of the rest there is nothing."""
    mirror.take({"a": A, "b": B})
    assert mirror.kept(["b", "c"]) == {"b": B.decode()}


def test_row_twice(mirror):
    """What has changed replaces what was there, in all tables."""
    mirror.take({"a": A})
    assert mirror.take({"a": conversation("a", tag_list=["two"])}) == 0
    assert mirror.count() == 1
    assert mirror._base.execute("SELECT tag FROM tags").fetchall() == [("two",)]


def test_removed_though_it_was_seen(mirror):
    """The end of a reading removes what it hasn't seen, and nothing else."""
    mirror.take({"a": A, "b": B})
    mirror.begin_reading(1.0)
    mirror.take({}, ["b"])
    assert mirror.end_reading(now=9.0) == 1
    assert mirror.kept(["a", "b"]).keys() == {"b"}
    assert mirror._base.execute("SELECT count(*) FROM tags").fetchone() == (0,)
    assert (mirror.state.stage, mirror.state.since, mirror.seen()) == ("settled", 1.0, [])


def test_half_a_transaction(mirror):
    """What fails changes nothing."""
    mirror.take({"a": A})
    with pytest.raises(TypeError):
        mirror.take({"a": conversation("a", subject="new"), "b": None})
    assert mirror.kept(["a"]) == {"a": A.decode()}


def test_transaction_that_has_ended_itself(mirror, monkeypatch):
    """SQLite may roll back by itself where the disk fails; what failed is told all the same."""

    def insert(base: sqlite3.Connection, *_: object) -> None:
        base.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("reamaze_async.formats.sqlite.insert", insert)
    with pytest.raises(ExportFailed, match="disk I/O error"):
        mirror.take({"a": A})


def test_another_version(path, mirror):
    """A state of another version is refused."""
    mirror.state.version = 99
    mirror.save()
    mirror.close()
    with pytest.raises(ExportRefused, match="another version has made it"):
        Mirror(path, LISTING)


@pytest.mark.parametrize("told", ["DELETE FROM sync", "UPDATE sync SET state = '{\"listing\": 7}'"])
def test_state_that_can_not_be_read(path, mirror, told):
    """It is taken for another version's, whatever it says."""
    mirror._base.execute(told)
    mirror.close()
    with pytest.raises(ExportRefused, match="another version has made it"):
        Mirror(path, LISTING)


def test_damaged(path, mirror):
    """A damaged database is one sentence, with the remedy."""
    mirror.take({f"c{number}": conversation(f"c{number}") for number in range(500)})
    mirror.close()
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (size - 4096))
    with pytest.raises(ExportFailed, match="it is damaged"):
        Mirror(path, LISTING).seen()


def test_order_that_tells_nothing(mirror):
    """A page in another order than that of time isn't compared, nor one without times."""
    times = ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]
    slugs = {slug: conversation(slug, created_at=at) for slug, at in zip("ab", times, strict=True)}
    mirror.take(slugs | {"c": conversation("c")})
    page = Page(number=1, page_size=30, page_count=1, total_count=3, items=tuple(slugs.values()))
    assert mirror.look(page, ["a", "b"]) is None
    assert mirror.look(page, ["b", "c"]) is None
    assert mirror.look(page, ["b", "a"]).newest.startswith("2026-01-03")


def test_rows_in_what_is_no_database(tmp_path, path, mirror):
    """It can't be told, rather than none."""
    mirror.take({"a": A})
    (tmp_path / "text.sqlite").write_text("something else entirely")
    found = [rows_in(tmp_path / name) for name in ("x.sqlite", "text.sqlite", "missing.sqlite")]
    assert found == [1, None, None]


def test_folder_is_gone(tmp_path):
    """What can't be opened is told in one sentence."""
    with pytest.raises(ExportFailed, match="unable to open database file"):
        Mirror(tmp_path / "nowhere" / "x.sqlite", LISTING)


def test_others_can_not_read(path, mirror):
    """The state between transactions is an ordinary database for everybody else."""
    mirror.take({"a": A})
    reader = sqlite3.connect(path)
    assert reader.execute("SELECT slug FROM conversations").fetchall() == [("a",)]
    reader.close()
