"""One iteration over real sockets: its window, every way to leave it, and who else may end it."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from unittest.mock import Mock

import anyio
import pytest
from loops import every_loop, turns
from reading import PAGES, quiet, slugs, truth
from ways import WAYS

from reamaze_async import Conversation, ReamazeSession, SessionUnusable
from reamaze_async.listings.fetching import Fetching
from reamaze_async.paging.plan import Plan
from reamaze_async.sandbox import Sandbox

# --- the window -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("concurrency", [1, 2, 3, 8])
async def test_window_overrun_by_a_slow_consumer(sandbox, connect, concurrency, ordered):
    """In flight or held ahead of the consumer are at most twice `concurrency` pages, ever."""
    session = await connect(sandbox, concurrency=concurrency)
    taken = 0
    async for _ in session.conversations.list(filter="all", ordered=ordered).pages():
        taken += 1
        await quiet(sandbox)
        assert len(sandbox.requests) - taken <= 2 * concurrency
    assert taken == PAGES
    assert sandbox.most_in_flight <= concurrency


async def test_window_overrun_behind_a_late_page(sandbox, connect):
    """Pages held back for the order's sake count too, when the page they wait for is late."""
    session = await connect(sandbox, concurrency=3)
    late = sandbox.hold(2)
    task = asyncio.create_task(slugs(session.conversations.list(filter="all")))
    await late.arrived.wait()
    await quiet(sandbox)
    assert len(sandbox.requests) - 1 <= 6
    late.release()
    assert await task == truth(sandbox)


def alive() -> int:
    """How many pages are held: their lists of items, for the reads themselves aren't tracked."""
    gc.collect()
    lists = [one for one in gc.get_objects() if isinstance(one, list) and one]
    return sum(isinstance(one[0], Conversation) for one in lists)


async def test_pages_kept_after_they_are_taken(connect):
    """Memory holds the window and the page in hand, however many pages there are."""
    before = alive()
    async with Sandbox(1500, size="small") as sandbox:
        session = await connect(sandbox, concurrency=2)
        pages = 0
        async for _ in session.conversations.list(filter="all").pages():
            pages += 1
            if pages in (20, 45):
                assert alive() - before <= 2 * 2 + 1
    assert pages == 50


@pytest.mark.parametrize("concurrency", [1, 2, 8])
async def test_slots_left_unused(sandbox, connect, concurrency):
    """All `concurrency` slots are used, and not one more."""
    session = await connect(sandbox, concurrency=concurrency)
    held = sandbox.hold(when=lambda request: request.page > 1)
    task = asyncio.create_task(slugs(session.conversations.list(filter="all")))
    await held.arrived.wait()
    await quiet(sandbox)
    assert sandbox.in_flight >= max(1, concurrency - 1)
    held.release()
    await task
    assert sandbox.most_in_flight <= concurrency


@pytest.mark.parametrize("concurrency", [1, 4])
async def test_task_made_for_each_page(sandbox, connect, monkeypatch, concurrency):
    """A worker that has nothing to do waits for the next page: no task is made for each."""
    begun, work = [], Fetching._work
    counted = lambda self, errand: begun.append(errand) or work(self, errand)  # noqa: E731 - short
    monkeypatch.setattr(Fetching, "_work", counted)
    session = await connect(sandbox, concurrency=concurrency)
    assert await slugs(session.conversations.list(filter="all")) == truth(sandbox)
    assert len(begun) <= concurrency


@pytest.mark.parametrize("concurrency", [1, 4])
async def test_stalled_listing_starves_others(sandbox, connect, concurrency):
    """While a consumer takes nothing, other listings and single calls go on."""
    session = await connect(sandbox, concurrency=concurrency)
    async with session.conversations.list(filter="all") as stalled:
        await anext(stalled)
        await quiet(sandbox)
        assert await slugs(session.conversations.list(filter="all")) == truth(sandbox)
        assert await session.conversations.count(filter="all") == 500
        assert len(await slugs(stalled)) == 499


async def test_slot_kept_between_pages(sandbox, connect):
    """Two listings on one slot take turns: neither waits for the other's end."""
    session = await connect(sandbox, concurrency=1)
    order: list[str] = []

    async def walk(name: str) -> None:
        async for _ in session.conversations.list(filter="all").pages():
            order.append(name)  # noqa: PERF401 - the order of both counts

    await asyncio.gather(walk("a"), walk("b"))
    assert "".join(order).count("ab") > PAGES // 2


# --- leaving --------------------------------------------------------------------------------------


@every_loop
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_work_that_outlives_the_loop(sandbox, session, way):
    """However a loop is left: no task, no request and no connection with one on it is left."""
    before = asyncio.all_tasks()
    held = sandbox.hold(when=lambda request: request.page > 1)
    await way(session.conversations.list(filter="all"), held)
    await sandbox.idle()
    await turns()
    assert asyncio.all_tasks() == before
    asked = len(sandbox.requests)
    held.release()
    await quiet(sandbox)
    assert len(sandbox.requests) == asked


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_later_awaits_harmed(sandbox, session, way):
    """However a loop is left, the task that left it can wait and ask on as if nothing had been."""
    held = sandbox.hold(when=lambda request: request.page > 1)
    await way(session.conversations.list(filter="all"), held)
    held.release()
    task = asyncio.current_task()
    assert task
    assert task.cancelling() == 0
    assert await slugs(session.conversations.list(filter="all")) == truth(sandbox)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_block_left_before_all_has_stopped(sandbox, session, cancelled):
    """`async with listing` has stopped all work when the block is left, not soon after."""
    before = asyncio.all_tasks()
    held = sandbox.hold(when=lambda request: request.page > 1)
    with anyio.CancelScope() as scope:
        async with session.conversations.list(filter="all") as items:
            await anext(items)
            await held.arrived.wait()
            if cancelled:
                scope.cancel()
    ours = [task for task in asyncio.all_tasks() - before if "sandbox" not in repr(task)]
    assert ours == []


async def test_closed_before_the_first_step(sandbox, session):
    """A generator closed before its first step sends nothing and ends quietly."""
    for items in (session.conversations.list().raw(), session.conversations.list().pages()):
        await items.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(items)
    assert sandbox.requests == []


async def test_closed_twice(session):
    """Closing again, and closing what has ended, does nothing."""
    items = session.conversations.list().raw()
    await anext(items)
    await items.aclose()
    await items.aclose()


@every_loop
async def test_each_step_by_another_task(sandbox, session):
    """A loop whose every step is taken by a task of its own misses nothing."""
    items = aiter(session.conversations.list(filter="all"))

    async def step() -> str:
        async with asyncio.timeout(30):
            return (await anext(items)).slug

    found = [await asyncio.create_task(step()) for _ in range(500)]
    with pytest.raises(StopAsyncIteration):
        await asyncio.create_task(step())
    assert found == truth(sandbox)


async def test_each_step_by_another_task_group(sandbox, session):
    """Also when each step is taken inside a scope that ends with it."""
    found: list[str] = []
    pages = aiter(session.conversations.list(filter="all").pages())

    async def step() -> None:
        found.extend(item.slug for item in (await anext(pages)).items)

    for _ in range(PAGES):
        async with anyio.create_task_group() as group:
            group.start_soon(step)
    assert found == truth(sandbox)
    await pages.aclose()


async def test_cancellation_swallowed(sandbox, session):
    """A consumer that is cancelled while it waits for a page ends cancelled, not finished."""
    held = sandbox.hold(2)
    task = asyncio.create_task(slugs(session.conversations.list(filter="all")))
    await held.arrived.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_worker_cancelled_by_a_stranger(sandbox, session):
    """Whoever cancels a task inside a listing ends the iteration with an error, not with a hang."""
    before = asyncio.all_tasks()
    held = sandbox.hold(2)
    task = asyncio.create_task(slugs(session.conversations.list(filter="all")))
    await held.arrived.wait()
    await quiet(sandbox)
    for inner in asyncio.all_tasks() - before - {task}:
        if "_work" in repr(inner):
            inner.cancel()
    with pytest.raises(SessionUnusable):
        await task


async def test_error_of_our_own_in_a_group(session, monkeypatch):
    """Should the bookkeeping itself fail, the consumer gets that error and no group of them."""
    monkeypatch.setattr(Plan, "arrived", Mock(side_effect=ZeroDivisionError))
    with pytest.raises(ZeroDivisionError):
        await slugs(session.conversations.list())


async def test_context_of_the_caller_changed(session):
    """What the loop body sets in its context stays set, and the listing sets nothing there."""
    variable: ContextVar[int] = ContextVar("variable", default=0)
    count = 0
    async for _ in session.conversations.list(filter="all"):
        assert variable.get() == count
        count += 1
        variable.set(count)
    assert variable.get() == count == 500


# --- when the session, or the loop, ends first ----------------------------------------------------


@every_loop
async def test_session_closed_in_the_body(sandbox, session):
    """Closing the session ends its loops with one clear sentence, and nothing is left."""
    held = sandbox.hold(when=lambda request: request.page > 1)
    items = aiter(session.conversations.list(filter="all"))
    await anext(items)
    await held.arrived.wait()
    await session.close()
    with pytest.raises(SessionUnusable, match="closed"):
        await slugs(items)
    await sandbox.idle()


async def test_session_closed_while_a_consumer_waits(sandbox, session):
    """A consumer in another task, which waits for a page, hears of it at once."""
    held = sandbox.hold(when=lambda request: request.page > 1)
    task = asyncio.create_task(slugs(session.conversations.list(filter="all")))
    await held.arrived.wait()
    await session.close()
    with pytest.raises(SessionUnusable, match="closed"):
        await task


async def test_session_closed_while_a_consumer_is_slow(sandbox, session):
    """With nothing in flight either, no task of a listing outlives its session."""
    before = asyncio.all_tasks()
    items = aiter(session.conversations.list(filter="all"))
    await anext(items)
    await quiet(sandbox)
    await session.close()
    assert not [task for task in asyncio.all_tasks() - before if "listing" in repr(task)]
    with pytest.raises(SessionUnusable, match="closed"):
        await slugs(items)


async def unfinished(sandbox: Sandbox, session: ReamazeSession) -> AsyncGenerator[bytes, None]:
    """A generator in the middle of its work."""
    held = sandbox.hold(when=lambda request: request.page > 1)
    items = session.conversations.list(filter="all").raw()
    await anext(items)
    await held.arrived.wait()
    return items


def test_loop_run_to_its_end():
    """`asyncio.run` may end with a loop unfinished: nothing hangs, nothing complains."""

    async def main() -> object:
        async with Sandbox(100) as sandbox, make(sandbox) as session:
            return await unfinished(sandbox, session)

    items = asyncio.run(main())
    del items
    gc.collect()


def test_interrupted_in_the_body():
    """Ctrl-C inside the loop body comes out as itself, and nothing hangs."""

    async def main() -> None:
        async with Sandbox(100) as sandbox, make(sandbox) as session:
            async for _ in session.conversations.list():
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())


Begun = tuple[Sandbox, ReamazeSession, AsyncGenerator[bytes, None]]


async def begin() -> Begun:
    """A sandbox, a session, and a generator of it in the middle of its work."""
    sandbox = Sandbox(100)
    await sandbox.start()
    session = await make(sandbox).open()
    return sandbox, session, await unfinished(sandbox, session)


async def rest(items: AsyncGenerator[bytes, None]) -> list[bytes]:
    """What else a generator has."""
    return [raw async for raw in items]


def test_step_in_another_loop():
    """A generator taken to another event loop says so in one clear sentence, and doesn't hang."""
    with asyncio.Runner() as one, asyncio.Runner() as other:
        sandbox, session, items = one.run(begin())
        with pytest.raises(SessionUnusable, match="another event loop"):
            other.run(rest(items))
        one.run(session.close())
        one.run(sandbox.close())


def test_step_after_its_loop_is_closed():
    """Also when its own loop is closed already."""
    loop = asyncio.new_event_loop()
    sandbox, session, items = loop.run_until_complete(begin())
    loop.run_until_complete(session.close())
    loop.run_until_complete(sandbox.close())
    loop.close()
    with pytest.raises(SessionUnusable, match="another event loop"):
        asyncio.run(rest(items))


def make(sandbox: Sandbox) -> ReamazeSession:
    """A session that isn't open yet."""
    return ReamazeSession(sandbox.brand, sandbox.email, sandbox.token, base_url=sandbox.base_url)
