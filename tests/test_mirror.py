"""A database that follows a listing: what one transaction keeps together."""

import json
import sqlite3

import pytest

from reamaze_async import ExportFailed, ExportRefused
from reamaze_async.mirror import Mirror
from reamaze_async.place import Place

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
        mirror.state.place = Place(page=3)
        assert mirror.take({"a": A}, ["a", "c"]) == 1
    with Mirror(path, LISTING) as mirror:
        state = mirror.state
        assert (state.stage, state.place.page, state.reading_since) == ("reading", 3, 7.5)
        assert (mirror.count(), sorted(mirror.seen())) == (1, ["a", "c"])


def test_news_missed(mirror):
    """New is what isn't there, and what is there otherwise."""
    mirror.take({"a": A, "b": B})
    changed = conversation("b", subject="other")
    items = [("a", A), ("b", changed), ("c", conversation("c"))]
    assert mirror.news(items) == {"b": changed, "c": conversation("c")}


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
    assert mirror.news([("b", B)]) == {}
    assert mirror._base.execute("SELECT count(*) FROM tags").fetchone() == (0,)
    assert (mirror.state.stage, mirror.state.since, mirror.seen()) == ("settled", 1.0, [])


def test_half_a_transaction(mirror):
    """What fails changes nothing."""
    mirror.take({"a": A})
    with pytest.raises(TypeError):
        mirror.take({"a": conversation("a", subject="new"), "b": None})
    assert mirror.news([("a", A)]) == {}


def test_another_version(path, mirror):
    """A state of another version is refused."""
    mirror.state.version = 99
    mirror.save()
    mirror.close()
    with pytest.raises(ExportRefused, match="follows something else"):
        Mirror(path, LISTING)


def test_opened_twice(path, mirror):
    """The lock holds until it is closed, also while the database itself is closed."""
    mirror.close_database()
    with pytest.raises(ExportRefused, match="another process"):
        Mirror(path, LISTING)
    mirror.close()
    Mirror(path, LISTING).close()


def test_folder_is_gone(tmp_path):
    """What can't be opened is told in one sentence."""
    with pytest.raises(ExportFailed, match="no such file"):
        Mirror(tmp_path / "nowhere" / "x.sqlite", LISTING)


def test_others_can_not_read(path, mirror):
    """The state between transactions is an ordinary database for everybody else."""
    mirror.take({"a": A})
    reader = sqlite3.connect(path)
    assert reader.execute("SELECT slug FROM conversations").fetchall() == [("a",)]
    reader.close()
