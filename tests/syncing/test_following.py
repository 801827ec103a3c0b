"""Every resource followed, by what its list can be asked for: equal to the truth, and cheap."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reamaze_async import ExportRefused, IncompleteListing, InvalidParameter, ServerError, sync
from reamaze_async.resources import NAMES, endpoint_of
from reamaze_async.sandbox import Answer, Churn, events

BROKEN = Answer.html(500, "no")
OTHERS = [name for name in NAMES if name != "conversations"]


def held(path: Path, name: str) -> dict[str, Any]:
    """The items in a database, by key."""
    key = endpoint_of(name).schema.key
    with closing(sqlite3.connect(path)) as base:
        found = base.execute(f"SELECT {key}, raw FROM {name}").fetchall()
    return {str(key): json.loads(raw) for key, raw in found}


async def there(session: Any, name: str) -> dict[str, Any]:
    """What a list holds now, by key."""
    conditions = {"filter": "all"} if name == "conversations" else {}
    if name == "contacts":
        conditions = {"sort": "date"}
    listing = getattr(session, name).list(**conditions)
    rows = [row async for row in listing.raw()]
    return {str(endpoint_of(name).key_of(row)): json.loads(row) for row in rows}


@pytest.fixture
def follow(session, path) -> Callable[..., Any]:
    """Syncs a resource."""

    async def follow(name: str, **settings: Any) -> Any:
        conditions = {"filter": "all"} if name == "conversations" else {}
        return await sync(getattr(session, name).list(**conditions), path, **settings)

    return follow


def rate(sandbox: Any, count: int) -> None:
    """So many ratings come, a minute apart."""
    before = len(sandbox.ratings)
    while len(sandbox.ratings) < before + count:
        sandbox.world.now += 60_000
        events.rate(sandbox.world)


# --- the same as the truth ------------------------------------------------------------------------


@pytest.mark.slow
async def test_one_database_for_all(session, path, follow):
    """All resources of a brand fit into one database, each equal to its list."""
    for name in NAMES:
        summary = await follow(name)
        assert held(path, name) == await there(session, name)
        assert summary.items == summary.added == len(held(path, name))
    for name in NAMES:
        assert (await follow(name)).added == 0
        assert held(path, name) == await there(session, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["messages", "contacts", "satisfaction_ratings"])
async def test_news_that_are_missed(sandbox, session, path, follow, name):
    """After each run what is there is held, whatever came between and while it ran."""
    luck = Random(6)
    # Who has a name alone is somebody else to a message once renamed: not here.
    renamed = 0.5 if name == "contacts" else 0.0
    happen = Churn(touch=0.6, arrive=0.3, contacts=renamed, ratings=0.5, where="front")
    for run in range(7):
        await follow(name)
        sandbox.before = lambda _: [happen.apply(sandbox.world, luck) for _ in range(3)]
        await follow(name)
        sandbox.before = None
        summary = await follow(name, reconcile=run == 6 or None)
        known, now = held(path, name), await there(session, name)
        assert now.keys() <= known.keys()
    assert (known, summary.was_read_whole) == (now, True)


@pytest.mark.parametrize("name", ["channels", "articles", "staff", "incidents", "systems"])
async def test_read_whole_each_time(sandbox, session, path, follow, name):
    """What can't be asked for its news is what it is at each run."""
    await follow(name)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(f"UPDATE {name} SET raw = '{{}}' WHERE rowid = 1")
    summary = await follow(name)
    assert (summary.changed, summary.was_read_whole) == (1, True)
    assert held(path, name) == await there(session, name)


async def test_contacts_that_left(sandbox, session, path, follow):
    """The counts tell of them, and a few looks find them."""
    await follow("contacts")
    assert events.leave(sandbox.world)
    summary = await follow("contacts")
    assert (summary.removed, summary.was_read_whole) == (1, False)
    assert held(path, "contacts") == await there(session, "contacts")


async def test_contact_with_another_name(sandbox, session, path, follow):
    """The API can't be asked for it: it is seen when the whole list is read."""
    await follow("contacts")
    oldest = sandbox.world.contacts.everything()[-1]
    events.rename(sandbox.world, oldest, "Somebody Else")
    await follow("contacts")
    assert (await follow("contacts", reconcile=True)).changed == 1
    assert held(path, "contacts") == await there(session, "contacts")


# --- what it costs --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["messages", "contacts", "satisfaction_ratings"])
async def test_nothing_new_costs_much(follow, name):
    """A run that finds nothing new costs one request."""
    await follow(name)
    await follow(name)
    summary = await follow(name)
    assert (summary.requests, summary.added, summary.was_read_whole) == (1, 0, False)


async def test_messages_asked_for_by_date(sandbox, follow):
    """Only what was written since then is asked for, with a page of what is known."""
    await follow("messages")
    before = len(sandbox.requests)
    sandbox.world.touch(), sandbox.world.touch()
    summary = await follow("messages")
    [request] = sandbox.requests[before:]
    assert (summary.added, "start_date" in request.params) == (2, True)


async def test_ratings_asked_for_by_change(sandbox, follow):
    """Likewise by the time of their change."""
    await follow("satisfaction_ratings")
    await follow("satisfaction_ratings")
    before = len(sandbox.requests)
    rate(sandbox, 1)
    summary = await follow("satisfaction_ratings")
    [request] = sandbox.requests[before:]
    assert "updated_after" in request.params
    assert summary.added + summary.changed == 1


async def test_many_messages_at_once(sandbox, session, path, follow):
    """More than fit on a page are followed from page to page."""
    await follow("messages")
    for _ in range(75):
        sandbox.world.touch()
    summary = await follow("messages")
    assert (summary.added, summary.requests < 6) == (75, True)
    assert held(path, "messages") == await there(session, "messages")


# --- what goes with what --------------------------------------------------------------------------


async def test_messages_of_a_deleted_conversation(sandbox, session, path, follow):
    """They go with it, with what hangs on them."""
    await follow("conversations"), await follow("messages")
    sandbox.world.delete(), sandbox.world.delete()
    await follow("conversations")
    assert held(path, "messages") == await there(session, "messages")
    with closing(sqlite3.connect(path)) as base:
        orphans = "SELECT count(*) FROM attachments WHERE message NOT IN (SELECT key FROM messages)"
        assert base.execute(orphans).fetchone() == (0,)


async def test_messages_without_all_conversations(sandbox, session, path, follow):
    """Where only open conversations are kept, messages stay when one is closed."""
    await sync(session.conversations.list(filter="open"), path)
    await follow("messages")
    before = held(path, "messages")
    sandbox.world.archive()
    for _ in range(20):
        sandbox.world.archive()
    assert (await sync(session.conversations.list(filter="open"), path)).removed > 0
    assert held(path, "messages") == before


# --- failed, killed, refused ----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["messages", "contacts", "satisfaction_ratings", "articles"])
async def test_killed_anywhere(sandbox, session, path, follow, name):
    """Whenever a run ends, the next one makes it true."""
    luck = Random(2)
    for _ in range(12):
        most, enough = len(sandbox.requests) + luck.randrange(1, 9), asyncio.Event()
        sandbox.before = lambda _, most=most, it=enough: (
            it.set() if len(sandbox.requests) >= most else None
        )
        task = asyncio.create_task(follow(name, reconcile=luck.random() < 0.5 or None))
        waits = asyncio.create_task(enough.wait())
        await asyncio.wait([task, waits], return_when=asyncio.FIRST_COMPLETED)
        task.cancel(), waits.cancel()
        await asyncio.wait([task, waits])
        for _ in range(luck.choice((0, 3, 40))):
            Churn(touch=1.0, contacts=0.5, ratings=0.5).apply(sandbox.world, luck)
    sandbox.before = None
    # The first ends the reading that was cut off, whose beginning may be long ago.
    await follow(name), await follow(name, reconcile=True)
    assert held(path, name) == await there(session, name)


async def test_file_before_all_is_whole(sandbox, session, tmp_path, path, follow, caplog):
    """FILE appears when no resource in it waits to be read to its end; until then it is told."""
    sandbox.script = lambda request: BROKEN if request.page > 4 else None
    with pytest.raises(ServerError):
        await follow("conversations")
    sandbox.script = {}
    assert (await follow("channels")).path == str(path.with_name("x.sqlite.sync"))
    assert "it waits as x.sqlite.sync until conversations has been synced" in caplog.text
    assert not path.exists()
    assert (await follow("conversations")).path == str(path)
    assert [file.name for file in tmp_path.iterdir()] == ["x.sqlite"]


async def test_page_of_ratings_that_fails(sandbox, session, path, follow):
    """Where something may be missing the next run asks for it again."""
    await follow("satisfaction_ratings")
    await follow("satisfaction_ratings")
    rate(sandbox, 80)
    sandbox.script = lambda request: BROKEN if request.page == 2 else None
    with pytest.raises(IncompleteListing):
        await follow("satisfaction_ratings")
    summary = await follow("satisfaction_ratings", allow_incomplete=True)
    assert "page 2" in (summary.incomplete or "") or "pages 2" in (summary.incomplete or "")
    sandbox.script = {}
    await follow("satisfaction_ratings")
    assert held(path, "satisfaction_ratings") == await there(session, "satisfaction_ratings")


async def test_table_of_the_user(session, path, follow):
    """A table of that name that no sync has made is refused, and stays."""
    await follow("channels")
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE messages (mine TEXT)")
    with pytest.raises(ExportRefused, match="a table messages that no sync has made"):
        await follow("messages")
    with pytest.raises(ExportRefused, match="follows another list"):
        await sync(session.channels.list(channel="chat"), path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda session: session.contacts.list(sort="date"), "its own order"),
        (lambda session: session.messages, "or a listing, such as"),
        (lambda session: session.conversations.changes("2026-01-01"), "Changes can't be synced"),
    ],
)
async def test_sent_before_refused(sandbox, session, path, make, said):
    """What can't be followed is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=said):
        await sync(make(session), path)
    assert sandbox.requests == []


async def test_conditions_of_two(session, path):
    """A listing has its conditions already; a feed is one of conversations."""
    with pytest.raises(InvalidParameter, match="filter: a listing has its own conditions"):
        await sync(session.messages.list(), path, filter="open")
    with pytest.raises(InvalidParameter, match="is for conversations alone"):
        await sync(session.messages.list(), path, feed=True)


@pytest.mark.parametrize("name", ["messages", "contacts"])
async def test_news_that_can_not_be_read(sandbox, session, follow, name):
    """What is bad on a page of news is told at the end, though no page below it is read."""
    await follow(name)
    known = list((await there(session, name)).values())[:29]
    page = {"page_size": 30, "page_count": 9, "total_count": 261, name: [None, *known]}
    sandbox.script = lambda _: Answer(200, json.dumps(page).encode())
    with pytest.raises(IncompleteListing, match=r"1 item can't be read \(page 1 at "):
        await follow(name, reconcile=False)
    summary = await follow(name, reconcile=False, allow_incomplete=True)
    assert "can't be read" in (summary.incomplete or "")
