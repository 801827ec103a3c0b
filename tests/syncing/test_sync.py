"""A database that is kept like a list: equal to a fresh export, cheap, and safe to kill."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from math import inf, nan
from pathlib import Path
from random import Random
from typing import Any

import pytest
from disks import Crash
from exported import names

from reamaze_async import (
    ExportFailed,
    ExportRefused,
    IncompleteListing,
    InvalidParameter,
    ReamazeSession,
    ServerError,
    SyncStats,
    export,
    sync,
)
from reamaze_async.resources import conversations
from reamaze_async.sandbox import Answer, Churn, Sandbox
from reamaze_async.syncing.database import SyncDatabase

LONG = bool(os.environ.get("REAMAZE_LONG"))
TABLES = ("conversations", "tags", "followers")
Contents = dict[str, set[tuple[Any, ...]]]


def contents(path: Path) -> Contents:
    """All rows of a database."""
    with closing(sqlite3.connect(path)) as base:
        return {name: set(base.execute(f"SELECT * FROM {name}")) for name in TABLES}


async def fresh(session: Any, folder: Path, **conditions: Any) -> Contents:
    """What a fresh export holds now."""
    path = folder / "fresh.sqlite"
    listing = session.conversations.list(**({"filter": "all"} | conditions))
    await export(listing, path, force=True)
    found = contents(path)
    path.unlink()
    return found


def upset(sandbox: Sandbox, luck: Random) -> None:
    """Few or many things happen, of any kind."""
    for _ in range(luck.choice((0, 1, 3, 60))):
        Churn(mixed=1.0).apply(sandbox.world, luck)


# --- the same as an export ------------------------------------------------------------------------


async def test_first_run_differs_from_an_export(sandbox, session, tmp_path, path):
    """The first run makes what an export would, under its name, and leaves nothing else."""
    summary = await sync(session, path)
    assert names(tmp_path) == ["x.sqlite"]
    assert contents(path) == await fresh(session, tmp_path)
    assert (summary.items, summary.added, summary.was_read_whole) == (500, 500, True)


async def test_resources_that_are_due_at_the_same_minute(session, path):
    """Of several runs on one file at once, each brings its resource."""
    resources = session.conversations, session.staff, session.contacts
    listings = [resource.list() for resource in resources]
    await asyncio.gather(*(sync(listing, path) for listing in listings))
    again = [await sync(listing, path) for listing in listings]
    assert [(summary.items > 0, summary.added) for summary in again] == [(True, 0)] * 3


@pytest.mark.slow
async def test_many_runs_drift_away(sandbox, session, tmp_path, path):
    """After each of many runs, whatever happened between them, it is equal to a fresh export."""
    luck = Random(5)
    for _ in range(50 if LONG else 12):
        await sync(session, path)
        assert contents(path) == await fresh(session, tmp_path)
        upset(sandbox, luck)


@pytest.mark.slow
async def test_runs_under_churn_drift_away(sandbox, session, tmp_path, path):
    """What happens while it runs, the next run finds."""
    luck = Random(3)
    for _ in range(20 if LONG else 4):
        sandbox.before = lambda _: luck.random() < 0.3 and upset(sandbox, luck)
        await sync(session, path)
        sandbox.before = None
        await sync(session, path)
        assert contents(path) == await fresh(session, tmp_path)


async def test_never_found(sandbox, session, tmp_path, path):
    """A change that isn't dated, while as much leaves, is found by reading the whole list."""
    await sync(session, path)
    old = sandbox.conversations[200]
    sandbox.world.create(at=old.created_at, updated=old.updated), sandbox.world.delete()
    await sync(session, path, reconcile=True)
    assert contents(path) == await fresh(session, tmp_path)


@pytest.mark.slow
async def test_narrowed(sandbox, session, tmp_path, path):
    """With a filter, what leaves the filter leaves the database."""
    for _ in range(3):
        summary = await sync(session, path, filter="open")
        assert contents(path) == await fresh(session, tmp_path, filter="open")
        sandbox.world.archive()
        sandbox.world.touch()
    assert summary.items > 20


async def test_nothing_there(session, path):
    """An empty list is an empty database, and the next run costs a request."""
    await sync(session, path, tag="nobody has this")
    summary = await sync(session, path, tag="nobody has this")
    assert (summary.items, summary.requests) == (0, 1)


# --- what it costs --------------------------------------------------------------------------------


async def test_nothing_new_costs_much(sandbox, session, path):
    """A run that finds nothing new costs one request."""
    await sync(session, path)
    summary = await sync(session, path)
    assert (summary.requests, summary.added, summary.changed, summary.removed) == (1, 0, 0, 0)


async def test_little_new_costs_much(sandbox, session, path):
    """So does one that finds some changes and arrivals."""
    await sync(session, path)
    slugs = [conversation.slug for conversation in sandbox.conversations]
    sandbox.world.touch(slugs[-1]), sandbox.world.touch(slugs[250]), sandbox.world.create()
    summary = await sync(session, path)
    assert (summary.requests, summary.added, summary.changed) == (1, 1, 2)


async def test_undated_changes_read_for_ever(sandbox, session, path):
    """If every answer is a little different, that is no reason to read on."""
    await sync(session, path)
    for conversation in sandbox.conversations:
        sandbox.world.change(conversation.slug, luck=1, updated=conversation.updated)
    summary = await sync(session, path)
    assert (summary.requests, summary.changed) == (1, 30)


async def test_decoded_again_and_again(session, path, monkeypatch):
    """A sync that finds nothing decodes each item of its one page once, and as little of it."""
    await sync(session, path)
    decoded = []
    for decoder in (conversations.ENDPOINT.pages, conversations.ENDPOINT.dated):
        for name in ("_outline", "_strict_outline"):
            real = getattr(decoder, name)
            count = lambda raw, real=real: decoded.append(raw) or real(raw)  # noqa: E731 - a spy
            monkeypatch.setattr(decoder, name, count)
    assert ((await sync(session, path)).requests, len(decoded)) == (1, 30)


@pytest.fixture
def miscount(monkeypatch) -> Iterator[pytest.MonkeyPatch]:
    """The server counts one fewer than there are, until it is undone."""

    def note(self: SyncStats, page: Any, *, is_part: bool, real: Any = SyncStats.note) -> None:
        real(self, page, is_part=is_part)
        self.total_count = page.total_count - 1

    with monkeypatch.context() as patch:
        patch.setattr(SyncStats, "note", note)
        yield patch


async def test_server_that_counts_otherwise(sandbox, session, path, miscount):
    """A difference that nothing explains, twice, is the server's own; a new one still counts."""
    for _ in range(2):
        await sync(session, path)
    assert (await sync(session, path)).requests == 1
    sandbox.world.delete()
    assert (await sync(session, path)).removed == 1


async def test_difference_believed_at_once(sandbox, session, path, miscount):
    """A difference that was there once may have been one of the moment."""
    await sync(session, path)
    miscount.undo()
    sandbox.world.delete()
    assert (await sync(session, path)).removed == 1


@pytest.mark.slow
async def test_counts_compared_while_it_changes(sandbox, session, tmp_path, path):
    """Where news come faster than they are read, counts tell nothing, and it ends."""
    await sync(session, path)
    news = range(31)
    sandbox.before = lambda request: request.page == 1 and [sandbox.world.create() for _ in news]
    assert not (await sync(session, path)).was_read_whole
    sandbox.before = None
    await sync(session, path)
    assert contents(path) == await fresh(session, tmp_path)


async def test_clock_set_back(session, path, monkeypatch):
    """A whole reading that seems to lie in the future is due again."""
    monkeypatch.setattr("time.time", lambda: 2e9)
    await sync(session, path)
    monkeypatch.undo()
    assert (await sync(session, path)).was_read_whole
    assert not (await sync(session, path)).was_read_whole


async def test_departure_costs_more_than_once(sandbox, session, path):
    """What has left is looked for where the counts differ, and found by few requests."""
    await sync(session, path)
    sandbox.world.delete()
    first, second = await sync(session, path), await sync(session, path)
    assert (first.removed, first.was_read_whole, first.requests < 11) == (1, False, True)
    assert (second.requests, second.removed) == (1, 0)


async def test_undated_arrival_costs_more(sandbox, session, path):
    """What came with an old date is looked for, and found, like what has left."""
    await sync(session, path)
    old = sandbox.conversations[200]
    sandbox.world.create(at=old.created_at, updated=old.updated)
    summary = await sync(session, path)
    assert (summary.added, summary.was_read_whole, summary.requests < 11) == (1, False, True)


async def test_many_departures_looked_for_one_by_one(sandbox, session, path):
    """Where that costs more than to read the whole list, that is read."""
    await sync(session, path)
    for _ in range(20):
        sandbox.world.delete()
    summary = await sync(session, path)
    assert (summary.removed, summary.was_read_whole) == (20, True)
    assert summary.requests < 25


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "is_read"),
    [
        ({}, False),
        ({"reconcile": True}, True),
        ({"reconcile_after": 0.0}, True),
        ({"reconcile_after": inf}, False),
        ({"reconcile": False, "reconcile_after": 0.0}, False),
    ],
)
async def test_read_whole_at_the_wrong_time(sandbox, session, path, options, is_read):
    """The whole list is read when it is asked for, and when it is time."""
    await sync(session, path)
    summary = await sync(session, path, **options)
    assert summary.was_read_whole is is_read


# --- killed, failed, refused ----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_at_any_step(connect, tmp_path, path, monkeypatch, when):
    """Whatever was the last thing it did, the next run makes it equal to a fresh export."""
    steps = ("save", "begin_reading", "upsert", "end_reading")
    calls, last = [], [0]

    def dying(real: Any) -> Any:
        def step(*args: Any, **options: Any) -> Any:
            calls.append(real)
            if when == "before" and len(calls) == last[0]:
                raise Crash
            result = real(*args, **options)
            if len(calls) == last[0]:
                raise Crash
            return result

        return step

    for name in steps:
        monkeypatch.setattr(SyncDatabase, name, dying(getattr(SyncDatabase, name)))
    async with Sandbox(100, seed=6, size="small") as sandbox:
        session, luck = await connect(sandbox), Random(1)
        for number in range(1, 40 if LONG else 12):
            calls.clear()
            last[0] = number
            with suppress(Crash):
                await sync(session, path, reconcile=number % 3 == 0 or None)
            upset(sandbox, luck)
            last[0] = 0
            await sync(session, path)
            assert contents(path) == await fresh(session, tmp_path)
            assert names(tmp_path) == ["x.sqlite"]
            if number % 4 == 0:
                path.unlink()


@pytest.mark.slow
async def test_first_run_starts_over(sandbox, session, tmp_path, path):
    """A first run that failed goes on, and the database appears when it is whole."""
    sandbox.script = lambda request: Answer.html(500, "no") if request.page >= 9 else None
    with pytest.raises(ServerError):
        await sync(session, path)
    assert names(tmp_path) == ["x.sqlite.sync"]
    sandbox.script = {}
    sandbox.requests.clear()
    await sync(session, path)
    assert len(sandbox.requests) <= 12
    assert contents(path) == await fresh(session, tmp_path)


async def test_catching_up_left_half_done(sandbox, session, tmp_path, path):
    """What a failed run has left out, the next one takes in, though newer changes are there."""
    await sync(session, path)
    for conversation in sandbox.conversations[:200]:
        if conversation.status != 4:
            sandbox.world.touch(conversation.slug)
    sandbox.script = lambda request: Answer.html(500, "no") if request.page >= 3 else None
    with pytest.raises(ServerError):
        await sync(session, path)
    sandbox.script = {}
    await sync(session, path)
    assert contents(path) == await fresh(session, tmp_path)


async def test_page_of_changes_left_out(sandbox, session, tmp_path, path):
    """A page of changes that could not be fetched is read the next time, though more came below."""
    await sync(session, path)
    for conversation in [c for c in sandbox.conversations if c.status != 4][:50]:
        sandbox.world.touch(conversation.slug)
    broken = Answer.html(500, "no")
    sandbox.script = lambda request: broken if request.page == 2 else None
    with pytest.raises(IncompleteListing, match=r"around pages? 2"):
        await sync(session, path)
    sandbox.script = {}
    await sync(session, path)
    assert contents(path) == await fresh(session, tmp_path)


@pytest.mark.slow
async def test_changes_wait_for_a_broken_page(sandbox, session, path):
    """Where the whole list can't be read, what is new is taken in all the same."""
    await sync(session, path)
    new = sandbox.world.create()
    broken = Answer.html(500, "no")
    sandbox.script = lambda request: broken if request.page == 9 else None
    for _ in range(2):
        with pytest.raises(IncompleteListing):
            await sync(session, path, reconcile=True)
    assert new.slug in {row[2] for row in contents(path)["conversations"]}


async def test_dated_in_the_future(sandbox, session, tmp_path, path):
    """A conversation that is dated ahead of its time hides no later changes."""
    ahead = sandbox.conversations[40]
    sandbox.world.change(ahead.slug, updated=sandbox.world.now + 10**12)
    await sync(session, path)
    touched = [c.slug for c in sandbox.conversations if c.status != 4][100:170]
    for slug in touched:
        sandbox.world.touch(slug)
    sandbox.script = lambda request: Answer.html(500, "no") if request.page > 1 else None
    with pytest.raises(ServerError):
        await sync(session, path)
    sandbox.script = {}
    await sync(session, path)
    assert contents(path) == await fresh(session, tmp_path)


@pytest.mark.slow
async def test_removed_without_evidence(sandbox, session, tmp_path, path):
    """If a page can't be fetched, nothing is removed for that, and the next run makes it whole."""
    await sync(session, path)
    before = contents(path)
    sandbox.world.delete(sandbox.conversations[260].slug)
    sandbox.script = lambda request: Answer.html(500, "no") if request.page == 9 else None
    with pytest.raises(IncompleteListing):
        await sync(session, path)
    assert contents(path) == before
    sandbox.script = {}
    await sync(session, path)
    assert contents(path) == await fresh(session, tmp_path)


async def test_two_at_once(sandbox, session, path):
    """A run that begins while another is at it is refused, be it the first sync or a later one."""
    for page in (3, 1):
        held = sandbox.hold(page)
        first = asyncio.create_task(sync(session, path))
        await held.arrived.wait()
        with pytest.raises(ExportRefused, match="another process is syncing it"):
            await sync(session, path)
        held.release()
        await first


async def test_read_meanwhile(sandbox, session, tmp_path, path):
    """Whoever reads the database isn't in the way, and sees a whole state."""
    await sync(session, path)
    sandbox.world.touch()
    with closing(sqlite3.connect(path)) as reader:
        rows = reader.execute("SELECT slug FROM conversations")
        rows.fetchall()
        await sync(session, path)
    assert contents(path) == await fresh(session, tmp_path)


async def test_reader_that_does_not_end(sandbox, session, tmp_path, path, monkeypatch):
    """A read that stays open holds it up, unless there is a write-ahead log, which is kept."""
    await sync(session, path)
    monkeypatch.setattr("reamaze_async.syncing.database.PATIENCE", 0.05)
    sandbox.world.touch()
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN"), reader.execute("SELECT * FROM conversations").fetchone()
        with pytest.raises(ExportFailed, match="another program has kept it busy"):
            await sync(session, path)
        reader.execute("COMMIT"), reader.execute("PRAGMA journal_mode = WAL")
        reader.execute("BEGIN"), reader.execute("SELECT * FROM conversations").fetchone()
        await sync(session, path)
    assert contents(path) == await fresh(session, tmp_path)


async def test_first_run_of_another_list(sandbox, session, tmp_path, path):
    """A first run that brought nothing isn't in the way of one of another list."""
    sandbox.script = lambda _: Answer.html(500, "no")
    with pytest.raises(ServerError):
        await sync(session, path, filter="open")
    assert names(tmp_path) == []
    sandbox.script = {}
    await sync(session, path)
    assert names(tmp_path) == ["x.sqlite"]


async def test_empty_file_and_link(session, tmp_path, path):
    """An empty file becomes the database; a link stays one."""
    path.touch()
    link = tmp_path / "link.sqlite"
    link.symlink_to(path)
    await sync(session, link)
    assert names(tmp_path) == ["link.sqlite", "x.sqlite"]
    assert (link.is_symlink(), (await sync(session, path)).requests) == (True, 1)


async def test_follows_another_query(session, path):
    """A database that follows something else is refused."""
    await sync(session, path)
    with pytest.raises(
        ExportRefused, match=r"it follows another list .*filter=all, not .*filter=open"
    ):
        await sync(session, path, filter="open")


async def test_follows_another_brand(sandbox, session, path):
    """Also where it is of another brand, asked for at the same base URL."""
    await sync(session, path)
    login = ("other", sandbox.email, sandbox.token)
    async with ReamazeSession(*login, base_url=sandbox.base_url) as other:
        with pytest.raises(ExportRefused, match=r"acme\.reamaze\.io at .*, not other\."):
            await sync(other, path)


async def test_overwrites_what_is_no_sync(session, tmp_path, path):
    """A file that no sync has made is refused, and stays."""
    await export(session.conversations.list(), path)
    before = path.read_bytes()
    with pytest.raises(ExportRefused, match="an export has made it"):
        await sync(session, path)
    assert path.read_bytes() == before
    path.write_text("something else entirely, and long enough")
    with pytest.raises(ExportRefused, match="not a database"):
        await sync(session, path)


@pytest.mark.parametrize(
    ("name", "conditions", "said"),
    [
        ("x.csv", {}, "must end in .sqlite"),
        ("x.sqlite", {"sort": "updated"}, "its own order"),
        ("x.sqlite", {"filter": "opne"}, "filter='opne'"),
        ("x.sqlite", {"reconcile_after": None}, "reconcile_after=None must be a number of seconds"),
        ("x.sqlite", {"reconcile_after": nan}, "reconcile_after=nan must be a number of seconds"),
    ],
)
async def test_sent_before_refused(sandbox, session, tmp_path, name, conditions, said):
    """What can't be synced is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=said):
        await sync(session, tmp_path / name, **conditions)
    assert (sandbox.requests, names(tmp_path)) == ([], [])


async def test_disk_is_full(sandbox, session, path, monkeypatch):
    """What can't be written is one sentence, and nothing is lost."""
    await sync(session, path)
    sandbox.world.touch()
    before = contents(path)
    full = sqlite3.OperationalError("database or disk is full")
    monkeypatch.setattr(
        "reamaze_async.formats.sqlite.upsert", lambda *_: (_ for _ in ()).throw(full)
    )
    with pytest.raises(ExportFailed, match="database or disk is full"):
        await sync(session, path)
    assert contents(path) == before


async def test_progress_not_told(session, path):
    """The live numbers are handed over before anything is asked, and after each page."""
    seen = []
    await sync(session, path, progress=lambda stats: seen.append((stats.stage, stats.items)))
    changes = [("changes", 0), ("changes", 30)]
    assert seen[:2] == changes
    assert seen[2:-1] == [("reading", items) for items in [*range(30, 500, 30), 500]]
    assert seen[-1] == changes[-1]
