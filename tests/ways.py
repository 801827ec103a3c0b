"""Every way to leave the loop over a listing before its end.

Each is called with a listing, and with a hold on all its pages but the first: when something of it
has `arrived`, requests are under way. Each returns when the loop is left.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import anyio
import pytest
from reading import slugs

from reamaze_async import Listing
from reamaze_async.listings.listing import raw_listing
from reamaze_async.sandbox import Hold

Way = Callable[[Listing[Any], Hold], Awaitable[None]]


async def by_break(listing: Listing[Any], held: Hold) -> None:
    """A plain `break`, the generator in no variable."""
    async for _ in listing:
        await held.arrived.wait()
        break


async def by_return(listing: Listing[Any], held: Hold) -> None:
    """A `return` out of the loop."""
    async for _ in listing.pages():
        await held.arrived.wait()
        return


async def by_exception(listing: Listing[Any], held: Hold) -> None:
    """An exception of the body."""

    async def walk() -> None:
        async for _ in listing.raw():
            await held.arrived.wait()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await walk()


async def by_cancel_while_it_waits(listing: Listing[Any], held: Hold) -> None:
    """The consumer is cancelled while it waits for a page."""
    task = asyncio.create_task(slugs(listing))
    await held.arrived.wait()
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_cancel_in_the_body(listing: Listing[Any], held: Hold) -> None:
    """The consumer is cancelled while the body waits for something else."""

    async def walk() -> None:
        async for _ in listing:
            await asyncio.Event().wait()

    task = asyncio.create_task(walk())
    await held.arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_cancel_twice(listing: Listing[Any], held: Hold) -> None:
    """Somebody impatient cancels again while the first cancellation is being dealt with."""
    task = asyncio.create_task(slugs(listing))
    await held.arrived.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_timeout(listing: Listing[Any], held: Hold) -> None:
    """`asyncio.timeout` round the loop runs out."""

    async def walk() -> None:
        async with asyncio.timeout(None) as timeout:
            async for _ in listing:
                await held.arrived.wait()
                timeout.reschedule(asyncio.get_running_loop().time())

    with pytest.raises(TimeoutError):
        await walk()


async def by_timeout_of_one_step(listing: Listing[Any], held: Hold) -> None:
    """`asyncio.wait_for` round one step runs out."""
    items = aiter(listing.pages())
    await anext(items)
    await held.arrived.wait()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(items), 0.001)


async def by_move_on_after(listing: Listing[Any], held: Hold) -> None:
    """`anyio.move_on_after` round the loop runs out."""
    with anyio.move_on_after(60) as scope:
        async for _ in listing:
            await held.arrived.wait()
            scope.deadline = anyio.current_time()
    assert scope.cancelled_caught


async def by_fail_after(listing: Listing[Any], held: Hold) -> None:
    """`anyio.fail_after` round the loop runs out."""

    async def walk() -> None:
        with anyio.fail_after(60) as scope:
            async for _ in listing:
                await held.arrived.wait()
                scope.deadline = anyio.current_time()

    with pytest.raises(TimeoutError):
        await walk()


async def by_task_group(listing: Listing[Any], held: Hold) -> None:
    """The consumer's `asyncio.TaskGroup` fails for another reason."""

    async def walk() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(slugs(listing))
            await held.arrived.wait()
            raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        await walk()
    assert caught.group_contains(ZeroDivisionError)


async def by_anyio_task_group(listing: Listing[Any], held: Hold) -> None:
    """The consumer's anyio task group is cancelled."""
    async with anyio.create_task_group() as group:
        group.start_soon(slugs, listing)
        await held.arrived.wait()
        group.cancel_scope.cancel()


async def by_block(listing: Listing[Any], held: Hold) -> None:
    """A `break` inside `async with listing`."""
    async with listing as items:
        async for _ in items:
            await held.arrived.wait()
            break


async def by_aclosing(listing: Listing[Any], held: Hold) -> None:
    """The end of an `aclosing` block."""
    async with aclosing(raw_listing(listing).pages()) as pages:
        await anext(pages)
        await held.arrived.wait()


async def by_aclose_in_the_body(listing: Listing[Any], held: Hold) -> None:
    """The body closes what it iterates."""
    items = listing.raw()
    async for _ in items:
        await held.arrived.wait()
        await items.aclose()


async def by_aclose_of_another_task(listing: Listing[Any], held: Hold) -> None:
    """Another task closes what a third one stepped."""
    items = listing.raw()
    await asyncio.create_task(anext(items))
    await held.arrived.wait()
    await asyncio.create_task(items.aclose())


async def by_block_left_when_cancelled(listing: Listing[Any], held: Hold) -> None:
    """The block is left inside a cancelled scope, where nobody may wait for long."""
    with anyio.CancelScope() as scope:
        async with listing as items:
            await anext(items)
            await held.arrived.wait()
            scope.cancel()


async def by_athrow(listing: Listing[Any], held: Hold) -> None:
    """Somebody throws an exception into the generator."""
    items = listing.raw()
    await anext(items)
    await held.arrived.wait()
    with pytest.raises(ZeroDivisionError):
        await items.athrow(ZeroDivisionError())


async def by_dropping(listing: Listing[Any], held: Hold) -> None:
    """The generator is forgotten unfinished."""
    items = aiter(listing)
    await anext(items)
    await held.arrived.wait()


async def by_dropping_in_a_cycle(listing: Listing[Any], held: Hold) -> None:
    """It is forgotten in a cycle that only the garbage collector finds."""
    cycle: list[Any] = [aiter(listing)]
    cycle.append(cycle)
    await anext(cycle[0])
    await held.arrived.wait()
    del cycle
    gc.collect()


async def by_dropping_in_a_thread(listing: Listing[Any], held: Hold) -> None:
    """The last reference is dropped in another thread."""
    items = [aiter(listing)]
    await anext(items[0])
    await held.arrived.wait()
    await asyncio.to_thread(items.clear)


WAYS: list[Way] = [way for name, way in sorted(globals().items()) if name.startswith("by_")]
