"""Slots: never more than there are, none lost, and people before pages."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from loops import turns

from reamaze_async import ReamazeSession
from reamaze_async.http.slots import Slots
from reamaze_async.limits.limiter import IN_BULK, MOST_OVERTAKEN
from reamaze_async.sandbox import Sandbox


async def use(slots: Slots, order: list[str], name: str, leave: asyncio.Event) -> None:
    """Take a slot, note it, and keep it until told to leave."""
    IN_BULK.set(name.startswith("page"))
    if not slots.take():
        await slots.wait()
    try:
        order.append(name)
        await leave.wait()
    finally:
        slots.give_back()


async def test_page_that_goes_before_a_call():
    """Of those that wait for a slot, who is waited for goes first, whoever came first."""
    slots, order, leave = Slots(1), [], asyncio.Event()
    names = ["page 1", "page 2", "call 1", "page 3", "call 2"]
    tasks = [asyncio.create_task(use(slots, order, name, leave)) for name in names]
    await turns(3)
    leave.set()
    await asyncio.gather(*tasks)
    assert order == ["page 1", "call 1", "call 2", "page 2", "page 3"]


async def test_page_that_starves_for_a_slot():
    """However many calls keep coming, a page has its turn after a bounded number of them."""
    slots, order, leave = Slots(1), [], asyncio.Event()
    names = ["call", "page", *["call"] * (2 * MOST_OVERTAKEN)]
    tasks = [asyncio.create_task(use(slots, order, name, leave)) for name in names]
    await turns(3)
    leave.set()
    await asyncio.gather(*tasks)
    assert order.index("page") == MOST_OVERTAKEN + 1


@pytest.mark.parametrize("late", [False, True])
async def test_slot_that_a_cancelled_waiter_keeps(late):
    """A waiter that is cancelled, even as its turn comes, hands the slot on."""
    slots, order, leave = Slots(1), [], asyncio.Event()
    first = asyncio.create_task(use(slots, order, "call 1", leave))
    await turns(2)
    second = asyncio.create_task(use(slots, order, "call 2", leave))
    third = asyncio.create_task(use(slots, order, "call 3", leave))
    await turns(2)
    if late:
        leave.set()
        await turns(1)
    second.cancel()
    leave.set()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert order == ["call 1", "call 3"]
    assert slots.take()


async def test_page_that_goes_before_its_turn():
    """Calls that overtook a page which is gone don't count for the next page."""
    slots = Slots(1)
    page = asyncio.create_task(waits(slots, in_bulk=slots.take()))
    for _ in range(MOST_OVERTAKEN):
        await overtake(slots)
    page.cancel()
    await turns(2)
    slots.give_back()
    page = asyncio.create_task(waits(slots, in_bulk=slots.take()))
    await overtake(slots)
    assert not page.done()
    page.cancel()


async def waits(slots: Slots, *, in_bulk: bool) -> None:
    """Wait for a slot, as a page or as a call."""
    IN_BULK.set(in_bulk)
    await slots.wait()


async def overtake(slots: Slots) -> None:
    """Wait for the only slot, which is given back then, as a call."""
    call = asyncio.create_task(waits(slots, in_bulk=False))
    await turns(2)
    slots.give_back()
    await asyncio.wait_for(call, 60)


async def drain(pages: AsyncIterator[object]) -> None:
    """Read all pages."""
    async for _ in pages:
        pass


async def test_call_that_waits_behind_the_pages_of_all_listings():
    """A single call beside listings that fill the only slot is one of the next requests sent."""
    async with (
        Sandbox(conversations=300, latency=0.02) as sandbox,
        ReamazeSession(
            *(sandbox.brand, sandbox.email, sandbox.token),
            base_url=sandbox.base_url,
            concurrency=1,
        ) as session,
    ):
        lists = [aiter(session.conversations.list(filter="all").pages()) for _ in range(6)]
        await asyncio.gather(*(anext(pages) for pages in lists))
        tasks = [asyncio.create_task(drain(pages)) for pages in lists]
        await turns(20)
        before = len(sandbox.requests)
        await session.conversations.count(filter="open")
        asked = [request.query for request in sandbox.requests[before:]]
        await asyncio.gather(*tasks)
    assert any("filter=open" in query for query in asked[:3])
