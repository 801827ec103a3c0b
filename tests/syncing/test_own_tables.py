"""The database is the user's too: what they add to it lives on."""

import sqlite3
from contextlib import closing

import pytest

from reamaze_async import ExportFailed, ExportRefused, sync


@pytest.fixture
async def own(sandbox, session, path):
    """Runs statements in a synced database, then lets all of page 1 change, and syncs again."""

    async def own(script: str) -> None:
        await sync(session, path)
        with closing(sqlite3.connect(path)) as base:
            base.executescript(script)
        for conversation in sandbox.conversations[:10]:
            sandbox.world.touch(conversation.slug)
        await sync(session, path)

    return own


async def test_own_column(own, rows):
    """What a user keeps in a column of their own stays when the conversation changes."""
    await own(
        "ALTER TABLE conversations ADD COLUMN note TEXT; UPDATE conversations SET note = slug"
    )
    assert rows("SELECT count(*) FROM conversations WHERE note = slug") == [(500,)]


async def test_own_column_of_a_tag(own, rows):
    """So it does in the tables of lists."""
    await own("ALTER TABLE tags ADD COLUMN note TEXT; UPDATE tags SET note = tag")
    assert rows("SELECT count(*) FROM tags WHERE note = tag") == rows("SELECT count(*) FROM tags")


async def test_own_trigger(own, rows):
    """A change is an update, and no departure, to a trigger."""
    await own(
        "CREATE TABLE log (what TEXT);"
        "CREATE TRIGGER a AFTER DELETE ON conversations BEGIN INSERT INTO log VALUES ('gone'); END;"
        "CREATE TRIGGER b AFTER UPDATE ON conversations BEGIN INSERT INTO log VALUES ('new'); END;"
    )
    assert rows("SELECT DISTINCT what FROM log") == [("new",)]


@pytest.mark.parametrize(("action", "left"), [("ON DELETE CASCADE", 499), ("", 500)])
async def test_own_reference(sandbox, session, path, own, rows, action, left):
    """A reference goes with its conversation if it is to; one that may not forbids nothing."""
    await own(
        f"CREATE TABLE notes (slug TEXT REFERENCES conversations (slug) {action});"
        "INSERT INTO notes SELECT slug FROM conversations"
    )
    assert rows("SELECT count(*) FROM notes") == [(500,)]
    sandbox.world.delete()
    assert (await sync(session, path)).removed == 1
    assert rows("SELECT count(*) FROM notes") == [(left,)]


async def test_own_rule_that_forbids(own):
    """What a user's own rule forbids is told in its words."""
    with pytest.raises(ExportFailed, match=r"no more than this.*and sync again"):
        await own(
            "CREATE TRIGGER no BEFORE UPDATE ON conversations "
            "BEGIN SELECT raise(ABORT, 'no more than this'); END"
        )


@pytest.mark.parametrize(
    ("script", "gone"),
    [
        ("DROP TABLE tags", "the table tags is gone"),
        ("ALTER TABLE conversations DROP COLUMN subject", "conversations.subject is gone"),
        ("ALTER TABLE followers RENAME COLUMN name TO title", "followers.name is gone"),
    ],
)
async def test_taken_away(own, script, gone):
    """What a sync needs and a user has taken away is told before anything is asked."""
    with pytest.raises(ExportRefused, match=gone):
        await own(script)


async def test_own_json(own, rows):
    """JSON that a user has changed is what the server says again, where that is read."""
    await own("UPDATE conversations SET raw = '{}'")
    assert rows("SELECT count(*) FROM conversations WHERE raw != '{}'")[0][0] >= 30
