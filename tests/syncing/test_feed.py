"""The feed: whoever reads it knows what the database holds, removals included."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from disks import Crash

from reamaze_async import ExportRefused, sync
from reamaze_async.sandbox import Churn
from reamaze_async.syncing.database import SyncDatabase


class Reader:
    """Keeps a copy of the rows by the feed alone, and deletes what it has read if it is told to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seq = 0
        self.rows: dict[str, str] = {}

    def read(self, *, deletes: bool = False) -> int:
        """Take what is new; return how many entries that were."""
        latest = "SELECT slug, gone, max(seq) FROM feed WHERE seq > ? GROUP BY slug"
        raw = "SELECT raw FROM conversations WHERE slug = ?"
        with closing(sqlite3.connect(self.path, timeout=30.0)) as base, base:
            found = base.execute(latest, (self.seq,)).fetchall()
            for slug, gone, seq in found:
                self.seq = max(self.seq, seq)
                self.rows.pop(slug, None)
                if not gone:
                    [(self.rows[slug],)] = base.execute(raw, (slug,))
            if deletes:
                base.execute("DELETE FROM feed WHERE seq <= ?", (self.seq,))
        return len(found)


@pytest.fixture
def reader(path: Path) -> Reader:
    """One that has read nothing."""
    return Reader(path)


def truth(sandbox: Any) -> dict[str, str]:
    """What there is."""
    return {c.slug: c.encoded().decode() for c in sandbox.conversations}


async def test_database_that_is_there(sandbox, session, path, reader, rows):
    """A feed begins with all rows as they are, and goes on without being asked for again."""
    await sync(session, path)
    assert rows("SELECT name FROM sqlite_master WHERE name = 'feed'") == []
    await sync(session, path, feed=True)
    assert (reader.read(), reader.rows) == (500, truth(sandbox))
    sandbox.world.delete(), sandbox.world.touch(), sandbox.world.create()
    await sync(session, path)
    assert (reader.read(), reader.rows) == (3, truth(sandbox))
    assert rows("SELECT count(*) FROM feed WHERE gone = 1 AND at LIKE '20__-%Z'") == [(1,)]


async def test_columns_of_the_contract(session, path, rows):
    """They are those that readers were promised."""
    await sync(session, path, feed=True)
    columns = rows("SELECT name, type, pk FROM pragma_table_info('feed')")
    assert columns == [
        ("seq", "INTEGER", 1),
        ("slug", "TEXT", 0),
        ("gone", "INTEGER", 0),
        ("at", "TEXT", 0),
    ]


@pytest.mark.parametrize("script", ["DELETE FROM feed", "DROP TABLE feed"])
async def test_number_that_goes_back(sandbox, session, path, rows, script):
    """Not even where all entries were deleted, or the table was dropped and is made anew."""
    await sync(session, path, feed=True)
    [(last,)] = rows("SELECT max(seq) FROM feed")
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(script)
    sandbox.world.touch()
    await sync(session, path, feed=True)
    [(first,)] = rows("SELECT min(seq) FROM feed")
    assert first == last + 1


async def test_nothing_new(session, path, reader):
    """A run that finds nothing writes nothing."""
    await sync(session, path, feed=True)
    reader.read()
    await sync(session, path, feed=True, reconcile=True)
    assert reader.read() == 0


@pytest.mark.slow
@pytest.mark.parametrize("deletes", [False, True])
async def test_copy_that_drifts_away(sandbox, session, path, reader, deletes):
    """Whatever happens, a copy made of the feed alone is the truth once the sync has it."""
    luck = Random(4)
    for _ in range(8):
        await sync(session, path, feed=True)
        reader.read(deletes=deletes)
        assert reader.rows == truth(sandbox)
        for _ in range(luck.choice((1, 5, 60))):
            Churn(mixed=1.0).apply(sandbox.world, luck)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["upsert", "compare", "end_reading", "save"])
async def test_killed_between_row_and_entry(sandbox, session, path, reader, monkeypatch, step):
    """Row and entry come together or not at all, whenever it ends."""
    await sync(session, path, feed=True)
    reader.read()
    for at in range(3):
        for _ in range(5):
            sandbox.world.delete(), sandbox.world.touch()
        real, left = getattr(SyncDatabase, step), [at]

        def dying(self: Any, *args: Any, real: Any = real, left: Any = left, **how: Any) -> Any:
            if not left[0]:
                monkeypatch.setattr(self, "_save_state", lambda: (_ for _ in ()).throw(Crash))
            left[0] -= 1
            return real(self, *args, **how)

        with monkeypatch.context() as patch, suppress(Crash):
            patch.setattr(SyncDatabase, step, dying)
            await sync(session, path, reconcile=at == 1)
        reader.read()
        with closing(sqlite3.connect(path)) as base:
            assert dict(base.execute("SELECT slug, raw FROM conversations")) == reader.rows
    await sync(session, path)
    reader.read()
    assert reader.rows == truth(sandbox)


async def test_feed_of_somebody_else(session, path, rows):
    """A table of that name that is the user's own is left alone, and refused where one is asked."""
    await sync(session, path)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE feed (url TEXT)")
    await sync(session, path, reconcile=True)
    assert rows("SELECT * FROM feed") == []
    with pytest.raises(ExportRefused, match="a table feed that no sync has made: drop it"):
        await sync(session, path, feed=True)


async def test_own_column_of_the_feed(sandbox, session, path, rows):
    """A column that a reader adds lives on."""
    await sync(session, path, feed=True)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("ALTER TABLE feed ADD COLUMN done INTEGER")
    sandbox.world.touch()
    await sync(session, path)
    assert rows("SELECT count(*) FROM feed") == [(501,)]
