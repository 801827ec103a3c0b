"""Threads over real sockets: whole, in order, at the cost that is promised, and how they fail."""

import asyncio

import pytest
from loops import every_loop
from reading import quiet
from thread_reading import (
    Snapshot,
    every_way,
    read,
    read_while_it_moves,
    requests_of_each,
    requests_together,
    snapshot,
    texts,
)

from reamaze_async import (
    IncompleteListing,
    InvalidParameter,
    NotFound,
    ServerError,
    SessionUnusable,
    Thread,
)
from reamaze_async.sandbox import Answer, Churn, Habits, Sandbox

LIST, BRAND = "/api/v1/conversations", "/api/v1/messages"

# --- what comes -----------------------------------------------------------------------------------


@every_loop
@every_way
@pytest.mark.parametrize("concurrency", [1, 2, 8])
async def test_thread_lost_or_mixed_up(sandbox, connect, way, concurrency):
    """Every conversation comes once, in order, with all its messages, the oldest first."""
    session = await connect(sandbox, concurrency=concurrency)
    found = await read(session.conversations.threads(filter="all", way=way))
    assert list(found.items()) == list(snapshot(sandbox).items())
    assert sandbox.most_in_flight <= concurrency


@every_way
async def test_thread_lost_out_of_order(sandbox, session, way):
    """Unordered, threads come as they are complete, and none is lost."""
    threads = session.conversations.threads(filter="all", way=way, ordered=False)
    assert await read(threads) == snapshot(sandbox)


@every_way
async def test_raw_thread_that_is_other_bytes(sandbox, session, way):
    """A raw thread is made of the server's own bytes, the oldest message first."""
    slug = sandbox.conversations[3].slug
    plain = await session.request("GET", f"/conversations/{slug}/messages")
    ours = [raw async for raw in session.conversations.threads(filter="all", way=way).raw()][3]
    oldest = plain.partition(b'"messages":[')[2].rpartition(b',{"body"')[2].removesuffix(b"]}")
    assert ours.startswith(b'{"conversation":{"subject":')
    assert b'"messages":[{"body"%b' % oldest in ours


async def test_original_body_left_out(sandbox, session):
    """The HTML comes if it is asked for, in either way."""
    for way in ("each", "together"):
        threads = session.conversations.threads(way=way, include_original_body=True)
        async with threads as found:
            bodies = [m.original_body for _, messages in [await anext(found)] for m in messages]
        assert any(bodies)
    assert "include=original_body" in sandbox.requests[-1].query


async def test_iterated_again_goes_on_where_it_stopped(sandbox, session):
    """Threads start over when they are iterated again, and count anew."""
    threads = session.conversations.threads(filter="all")
    async for thread in threads:
        assert isinstance(thread, Thread)
        break
    assert await read(threads) == await read(threads)
    assert threads.stats.conversations == threads.stats.items == 500
    assert threads.stats.messages == len(sandbox.messages)
    assert (threads.stats.held, threads.stats.alone, threads.stats.way) == (0, 0, "together")


# --- what it costs --------------------------------------------------------------------------------


async def test_each_costs_more_than_told(sandbox, session):
    """One listing per conversation costs exactly what the formula says."""
    threads = session.conversations.threads(filter="all", way="each")
    await read(threads)
    assert len(sandbox.requests) == threads.stats.requests == requests_of_each(sandbox)


@pytest.mark.parametrize("messages", [1500, 2500, 10_000])
async def test_together_costs_more_than_told(connect, messages):
    """The brand's messages cost their pages, and no thread is read alone for nothing."""
    async with Sandbox(500, seed=7, size="small", messages=messages) as sandbox:
        threads = (await connect(sandbox)).conversations.threads(filter="all", way="together")
        found = await read(threads)
        assert found == snapshot(sandbox)
        assert len(sandbox.requests) <= requests_together(sandbox) + 8 * (messages // 15_000 + 2)


async def test_auto_costs_more_than_told(sandbox, session):
    """Choosing costs one request, and the cheaper way is chosen."""
    await read(session.conversations.threads(filter="all"))
    assert len(sandbox.requests) == requests_together(sandbox) + 1


async def test_auto_that_reads_a_brand_for_few(sandbox, session):
    """For few conversations of a large brand each thread is read by itself."""
    email = next(it.author.email for it in sandbox.conversations if it.author and it.author.email)
    threads = session.conversations.threads(filter="all", for_=email)
    found = await read(threads)
    assert threads.stats.way == "each"
    assert len(sandbox.requests) <= 2 + len(found)


async def test_order_that_moves_costs_a_choice(sandbox, session):
    """With `sort=` each thread is read by itself, without a request to choose."""
    threads = session.conversations.threads(filter="all", sort="changed")
    assert await read(threads) == snapshot(sandbox)
    assert BRAND not in {request.path for request in sandbox.requests}
    assert threads.stats.way == "each"


async def test_count_that_is_always_wrong(sandbox, session):
    """A `message_count` that counts too many costs eight threads, and no more."""
    for it in sandbox.conversations:
        it.message_count = len(it.messages) + 1
        it.forget()
    threads = session.conversations.threads(filter="all", way="together")
    await read(threads)
    assert (threads.stats.alone, threads.stats.held) == (8, 0)
    assert len(sandbox.requests) <= requests_together(sandbox) + 8


async def test_messages_held_without_need(sandbox, session):
    """Held are only messages of conversations that began before the point reached."""
    threads, most = session.conversations.threads(filter="open", way="together"), 0
    async for conversation, _ in threads:
        older = [
            len(it.messages)
            for it in sandbox.conversations
            if it.created_at <= conversation.created_at
        ]
        assert threads.stats.held <= sum(older)
        most = max(most, threads.stats.held)
    assert most > 0


@every_way
@pytest.mark.parametrize("concurrency", [1, 2, 8])
async def test_slow_consumer_that_slows_nothing(sandbox, connect, way, concurrency):
    """Under way or not yet taken are at most twice `concurrency` threads, ever."""
    session, taken = await connect(sandbox, concurrency=concurrency), 0
    async with session.conversations.threads(filter="all", way=way) as found:
        async for _ in found:
            taken += 1
            await quiet(sandbox)
            alone = [it for it in sandbox.requests if it.path.endswith("/messages")]
            alone = [it for it in alone if it.path != BRAND]
            assert len(alone) - taken <= 2 * concurrency
            assert len(sandbox.requests) - len(alone) <= 4 * concurrency + taken
            if taken == 30:
                break


# --- while the world moves ------------------------------------------------------------------------

CALM = {
    "arrive": Churn(arrive=0.1),
    "leave": Churn(leave=0.1),
    "touch": Churn(touch=0.1),
    "all": Churn(arrive=0.05, leave=0.05, touch=0.05),
}


@pytest.mark.slow
@every_way
@pytest.mark.parametrize("churn", CALM)
async def test_message_lost_under_calm_churn(connect, way, churn):
    """What was there throughout is handed out, and nothing is said to be missing."""
    for seed in range(3):
        async with Sandbox(300, seed=seed, size="small", churn=CALM[churn]) as sandbox:
            reading = await read_while_it_moves(sandbox, await connect(sandbox), way)
        assert (reading.missing, reading.error) == ({}, None)


@pytest.mark.slow
@every_way
async def test_message_lost_silently_under_merges(connect, way):
    """Where conversations are merged, what is missing is told."""
    for seed in range(6):
        async with Sandbox(300, seed=seed, size="small", churn=Churn(merge=0.1)) as sandbox:
            reading = await read_while_it_moves(sandbox, await connect(sandbox), way)
        assert not reading.missing or reading.error is not None


async def test_merged_long_ago(sandbox, session):
    """Older messages of a merged conversation are in its thread, and nothing is said."""
    young, old = sandbox.conversations[5].slug, sandbox.conversations[400].slug
    sandbox.world.merge(old, young)
    threads = session.conversations.threads(filter="all", way="together")
    assert await read(threads) == snapshot(sandbox)
    assert threads.stats.alone == 1


async def test_merged_and_not_counted(sandbox, session):
    """Messages that come too late end in an error that names the slug and the other way."""
    young, old = sandbox.conversations[5].slug, sandbox.conversations[400].slug
    sandbox.world.merge(old, young)
    sandbox.world.change(young, message_count=0)
    with pytest.raises(IncompleteListing, match=f'{young}.*way="each"') as caught:
        await read(session.conversations.threads(filter="all", way="together"))
    assert caught.value.slugs == (young,)


@every_way
async def test_conversation_gone_before_its_thread_was_read(sandbox, session, way):
    """It is left out and counted; the others come."""
    gone = sandbox.conversations[40].slug
    sandbox.world.change(gone, message_count=99)
    sandbox.before = lambda request: (
        sandbox.world.get(gone)
        and (f"{gone}/messages" in request.path and sandbox.world.delete(gone))
    )
    threads = session.conversations.threads(filter="all", way=way)
    found = await read(threads)
    assert gone not in found
    assert (len(found), threads.stats.gone) == (499, 1)


async def test_thread_that_is_not_found_though_it_is_there(sandbox, session):
    """A 404 for the messages of a conversation that is there is an error, and no empty thread."""
    sandbox.script = lambda request: (
        Answer(404, b'{"error": "Not Found"}') if "/messages" in request.path else None
    )
    with pytest.raises(NotFound):
        await read(session.conversations.threads(filter="all", way="each"))


async def test_long_thread_that_moves(connect):
    """A thread of many pages is read as `messages.list` reads it."""
    async with Sandbox(2, seed=3, size="small", messages=400) as sandbox:
        found = await read((await connect(sandbox)).conversations.threads(filter="all", way="each"))
        assert found == snapshot(sandbox)


async def test_nothing_is_verified(sandbox, session):
    """`drift="verify"` reads both lists twice, to their ends."""
    threads = session.conversations.threads(filter="all", way="together", drift="verify")
    assert await read(threads) == snapshot(sandbox)
    assert len(sandbox.requests) >= 2 * requests_together(sandbox) - 1


@pytest.mark.parametrize("counts", ["exact", "short", "replies"])
async def test_counts_that_leave_some_out(connect, counts):
    """Whatever lists and conversations count, every thread is whole."""
    habits = Habits(message_count="replies")
    async with Sandbox(150, seed=5, size="small", counts=counts, habits=habits) as sandbox:
        threads = (await connect(sandbox)).conversations.threads(filter="all", way="together")
        assert await read(threads) == snapshot(sandbox)


# --- how it fails ---------------------------------------------------------------------------------


@every_way
async def test_error_before_what_came(sandbox, session, way):
    """The threads before a page that can't be fetched come first, then the error as itself."""
    sandbox.script = lambda request: (
        Answer.html(500, "no") if request.path == LIST and request.page == 2 else None
    )
    found: Snapshot = {}
    with pytest.raises(ServerError):
        await read(session.conversations.threads(filter="all", way=way), found)
    assert list(found) == list(snapshot(sandbox))[:30]


@pytest.mark.parametrize("ordered", [True, False])
async def test_thread_that_can_not_be_had(sandbox, session, ordered):
    """The error of one thread comes in its place; unordered, after those that came."""
    bad = sandbox.conversations[20].slug
    sandbox.script = lambda request: (
        Answer.html(500, "no") if f"{bad}/messages" in request.path else None
    )
    found: Snapshot = {}
    threads = session.conversations.threads(filter="all", way="each", ordered=ordered)
    with pytest.raises(ServerError):
        await read(threads, found)
    assert bad not in found
    assert list(found) == list(snapshot(sandbox))[:20] or not ordered


async def test_together_in_an_order_that_moves(session):
    """`sort=` and `way="together"` exclude each other; that is said before a request."""
    with pytest.raises(InvalidParameter, match=r"sort='changed' .*leave one"):
        session.conversations.threads(sort="changed", way="together")


@pytest.mark.parametrize("given", [{"way": "both"}, {"drift": "no"}, {"ordered": 1}])
async def test_setting_that_is_misread(session, given):
    """A word that is unknown is refused."""
    with pytest.raises(InvalidParameter):
        session.conversations.threads(**given)


async def test_session_closed_in_the_middle(sandbox, session):
    """Threads of a session that was closed meanwhile say so."""
    threads = session.conversations.threads(filter="all")
    async with threads as found:
        await anext(found)
        await session.close()
        with pytest.raises(SessionUnusable, match="closed"):
            [thread async for thread in found]


async def test_another_loop(sandbox, session):
    """An iteration that another event loop goes on with says so."""
    found = aiter(session.conversations.threads(filter="all"))
    await anext(found)

    def elsewhere() -> None:
        asyncio.run(found.asend(None))

    with pytest.raises(SessionUnusable, match="another event loop"):
        await asyncio.to_thread(elsewhere)
    await found.aclose()


async def test_text_of_a_message_in_a_repr(sandbox, session):
    """What stands for threads shows what was asked, and no secret link."""
    threads = session.conversations.threads(filter="open")
    assert repr(threads) == "<Threads /conversations?filter=open>"
    async for thread in threads:
        assert texts(thread.messages)
        assert "perma" not in repr(thread)
        break
