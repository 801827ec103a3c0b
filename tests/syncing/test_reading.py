"""The reading of a whole list: how often it is stored, and what a bad end leaves."""

import pytest

from reamaze_async import IncompleteListing, ServerError, sync
from reamaze_async.sandbox import Answer
from reamaze_async.syncing.database import SyncDatabase
from reamaze_async.syncing.tables import rows_in

BROKEN = Answer.html(500, "no")


async def test_a_transaction_for_each_page(session, path, monkeypatch):
    """The first page is stored at once, then ten at a time."""
    sizes = []
    real = SyncDatabase.upsert
    monkeypatch.setattr(
        SyncDatabase, "upsert", lambda self, *a: sizes.append(len(a[0])) or real(self, *a)
    )
    monkeypatch.setattr("reamaze_async.syncing.reading.SECONDS", 1e9)
    await sync(session, path)
    assert sizes == [30, 300, 170]


async def test_pages_lost_by_a_failure(sandbox, session, path):
    """What was read and not yet stored when a page failed is stored all the same."""
    sandbox.script = lambda request: BROKEN if request.page >= 6 else None
    with pytest.raises(ServerError):
        await sync(session, path)
    assert rows_in(path.with_name("x.sqlite.sync")) == 150


async def test_incomplete_and_allowed(sandbox, session, path):
    """A first run that lacks a page ends where that is allowed, says so, and removes nothing."""
    sandbox.script = lambda request: BROKEN if request.page == 3 else None
    with pytest.raises(IncompleteListing):
        await sync(session, path)
    summary = await sync(session, path, allow_incomplete=True)
    assert (480 < summary.items < 500, "around pages 3" in (summary.incomplete or "")) == (
        True,
        True,
    )
    sandbox.script = {}
    assert (await sync(session, path, reconcile=True)).items == 500
