"""The file of a sync: its name, its lock, and what is in its way."""

import asyncio

import pytest
from loops import turns

from reamaze_async import ExportFailed, FileInUse
from reamaze_async.syncing.file import (
    create_database,
    locked,
    place_database,
    remove_if_empty,
    working_file,
)


def test_name_before_it_is_whole(path):
    """Until FILE is there, or while it is empty, the database is built beside it."""
    assert working_file(path).name == "x.sqlite.sync"
    path.touch()
    assert working_file(path).name == "x.sqlite.sync"
    path.write_bytes(b"something")
    assert working_file(path) == path


async def test_lock_of_another(path):
    """Two can't have it at once; when the first has left, it is free, and nothing is left."""
    for _ in range(2):
        async with locked(path, "messages"):
            with pytest.raises(FileInUse, match="another process is syncing it"):
                await locked(path, "messages").__aenter__()
    assert not list(path.parent.iterdir())


async def test_lock_of_another_resource(path, caplog):
    """It is waited for, by one of each resource only."""
    later = locked(path, "messages")
    async with locked(path, "conversations"):
        waiting = asyncio.create_task(later.__aenter__())
        await turns()
        assert "x.sqlite: waits until another" in caplog.text
        with pytest.raises(FileInUse):
            await locked(path, "messages").__aenter__()
        assert not waiting.done()
    await waiting
    await later.__aexit__(None, None, None)


def test_file_that_appeared_meanwhile(path):
    """It stays as it is, and what was read waits beside it."""
    working = working_file(path)
    create_database(working, path)
    working.write_bytes(b"rows")
    path.write_bytes(b"somebody's")
    with pytest.raises(ExportFailed, match=r"it has appeared meanwhile.*x\.sqlite\.sync waits"):
        place_database(working, path)
    assert (path.read_bytes(), working.read_bytes()) == (b"somebody's", b"rows")


def test_name_that_it_gets(path):
    """The database has its name, and only that."""
    working = working_file(path)
    working.write_bytes(b"rows")
    place_database(working, path)
    assert (path.read_bytes(), working.exists()) == (b"rows", False)


def test_rows_thrown_away(path):
    """An empty file is removed; one that can't be told to be empty stays."""
    working = working_file(path)
    for content, stays in ((b"", False), (b"something else entirely", True)):
        working.write_bytes(content)
        remove_if_empty(working)
        assert working.exists() is stays
