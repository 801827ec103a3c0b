"""Changes over real sockets: how many requests, what comes, and the mark for the next time."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from reamaze_async import Changes, InvalidParameter, NotFound, ServerError, export
from reamaze_async.listings import steps
from reamaze_async.sandbox import Answer, Churn
from reamaze_async.sandbox.world import NOW

EVER = datetime(2001, 1, 1, tzinfo=UTC)
BROKEN = Answer.html(500, "no")


@pytest.fixture
async def mark(session) -> datetime:
    """Where the calm world's changes end."""
    changes = session.conversations.changes(EVER)
    assert len([conversation async for conversation in changes]) == 500
    return changes.mark


def touch(sandbox, count: int) -> list[str]:
    """So many conversations change, but the latest; those that change last come first."""
    there = [c.slug for c in sandbox.conversations if c.status != 4 and c.updated < NOW][:count]
    for slug in there:
        sandbox.world.touch(slug)
    return there[::-1]


async def slugs(changes: Changes) -> list[str]:
    """What comes."""
    return [conversation.slug async for conversation in changes]


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (28, 1), (29, 2), (75, 3)])
async def test_more_requests_than_changes(sandbox, session, mark, count, requests):
    """Nothing new costs a request, and each thirty changes do; all come, latest first."""
    touched = touch(sandbox, count)
    changes = session.conversations.changes(mark)
    assert (await slugs(changes))[:count] == touched
    assert (changes.stats.requests, changes.stats.items) == (requests, count + 1)
    assert changes.mark == (sandbox.world.get(touched[0]).updated_at if touched else mark)


async def test_request_that_nobody_waits_for(sandbox, session, mark):
    """While the consumer works nothing is asked, and one page at a time if it waits."""
    touch(sandbox, 100)
    before = len(sandbox.requests)
    async with session.conversations.changes(mark).pages() as pages:
        for number in (1, 2, 3):
            assert (await anext(pages)).number == number
            await asyncio.sleep(0)
            await sandbox.idle()
            assert len(sandbox.requests) == before + number


async def test_mark_of_what_was_not_read(sandbox, session, mark):
    """It moves on only when all has been handed out: not on leaving, not on an error."""
    touch(sandbox, 50)
    changes = session.conversations.changes(mark)
    async with changes as items:
        await anext(items)
    sandbox.script = lambda request: BROKEN if request.page == 2 else None
    with pytest.raises(ServerError):
        await slugs(changes)
    assert changes.mark is mark
    sandbox.script = {}
    assert len(await slugs(changes)) == 51
    assert changes.mark > mark


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_copy_that_goes_stale(sandbox, session, seed):
    """Whoever keeps what comes, and asks from the mark, has all that is there as it is."""
    luck, kept, mark = Random(seed), {}, EVER
    churn = Churn(mixed=0.9, touch=0.9, burst=0.05)
    sandbox.before = lambda _: churn.apply(sandbox.world, luck)
    for run in range(8):
        sandbox.before = sandbox.before if run < 7 else None
        changes = session.conversations.changes(mark)
        async with changes.raw() as rows:
            kept |= {json.loads(row)["slug"]: row async for row in rows}
        mark = changes.mark
    there = {c.slug: c.encoded() for c in sandbox.conversations}
    assert {slug: kept[slug] for slug in there} == there


async def test_steps_and_pages(session, mark):
    """Typed, raw and by page the same comes, with nothing that is older."""
    changes = session.conversations.changes(mark - timedelta(days=30))
    typed = await slugs(changes)
    raw = [json.loads(row)["slug"] async for row in changes.raw()]
    paged = [c.slug async for page in changes.pages() for c in page.items]
    assert typed == raw == paged
    assert 60 < len(typed) < 500


async def test_step_that_was_cancelled(sandbox, session, mark, monkeypatch):
    """It can be taken again; its request is sent once."""
    monkeypatch.setattr(steps, "PATIENCE", 60.0)
    touch(sandbox, 40)
    held = sandbox.hold(2)
    before, found = len(sandbox.requests), []
    async with session.conversations.changes(mark) as items:
        while len(found) < 41:
            try:
                found.append(await asyncio.wait_for(anext(items), 0.02))
            except TimeoutError:
                held.release()
    assert (len(found), len(sandbox.requests) - before) == (41, 2)


async def test_sort_that_is_ignored(sandbox, session, mark, caplog):
    """Where pages are not in the order of change all is read, and that is told."""
    touched = touch(sandbox, 3)
    rows = [c.encoded() for c in sandbox.conversations]

    def answer(request) -> Answer:
        some = b",".join(rows[(request.page - 1) * 30 : request.page * 30])
        counts = b'{"page_size":30,"page_count":17,"total_count":500,"conversations":['
        return Answer(200, counts + some + b"]}")

    sandbox.script = answer
    with caplog.at_level(logging.WARNING):
        changes = session.conversations.changes(mark)
        assert set(touched) <= set(await slugs(changes))
    assert (changes.stats.requests, changes.stats.items) == (17, 4)
    assert "doesn't list by date of change" in caplog.text


async def test_no_error_told_as_an_end(sandbox, session, mark):
    """An error comes as itself, again at each step."""
    sandbox.script = lambda _: Answer(404)
    with pytest.raises(NotFound):
        await slugs(session.conversations.changes(mark))


async def test_what_is_asked(sandbox, session, mark):
    """The conditions of a list, archived ones included unless said."""
    await slugs(session.conversations.changes(mark, tag="vip"))
    assert sandbox.requests[-1].params == {
        "filter": "all",
        "sort": "changed",
        "tag": "vip",
        "page": "1",
    }
    changes = session.conversations.changes("2026-04-11T00:00:00Z", filter="open")
    told = "<Changes /conversations?filter=open&sort=changed since 2026-04-11T00:00:00+00:00>"
    assert repr(changes) == told


@pytest.mark.parametrize(
    ("since", "conditions", "said"),
    [
        (datetime(2026, 1, 1), {}, r"^since=.* has no time zone"),  # noqa: DTZ001 - that is it
        ("soon", {}, "^since='soon' is no ISO 8601"),
        (7, {}, "^since=7 must be"),
        (EVER, {"sort": "changed"}, "leave it out"),
        (EVER, {"filter": "opne"}, "^filter='opne'"),
    ],
)
async def test_sent_before_refused(sandbox, session, since, conditions, said):
    """What can't be meant is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=said):
        session.conversations.changes(since, **conditions)
    assert sandbox.requests == []


async def test_exported_as_if_it_were_a_list(session, tmp_path):
    """It is no list to export: an export can't go on with it."""
    with pytest.raises(InvalidParameter):
        await export(session.conversations.changes(EVER), tmp_path / "x.ndjson")


async def test_since_by_name(session):
    """The time may be given by position or by its name."""
    assert session.conversations.changes(since=EVER).since == EVER
    with pytest.raises(InvalidParameter, match="since='soon'"):
        session.conversations.changes(since="soon")
