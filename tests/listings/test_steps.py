"""Steps over a listing, on real sockets: cancelled, taken again, left, and closed by a block."""

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from loops import every_loop, turns
from reading import quiet, truth

from reamaze_async import Listing, NotFound
from reamaze_async.listings import steps
from reamaze_async.sandbox import Answer

KINDS: dict[str, Callable[[Listing[Any]], Any]] = {
    "items": aiter,
    "pages": lambda listing: listing.pages(),
    "raw": lambda listing: listing.raw(),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def found_in(step: Any) -> list[str]:
    """The slugs that a step of any kind brings."""
    if isinstance(step, bytes):
        return [step.split(b'"slug":"')[1].split(b'"')[0].decode()]
    return [one.slug for one in getattr(step, "items", [step])]


@every_loop
@every_kind
async def test_step_that_takes_an_item_with_it(sandbox, session, kind):
    """A step that is cancelled can be taken again, any number of times, and nothing is lost."""
    held = sandbox.hold(when=lambda request: request.page in (4, 9))
    items, found, cancelled = kind(session.conversations.list(filter="all")), [], 0
    while True:
        step = asyncio.create_task(anext(items))
        if not (await asyncio.wait([step], timeout=0.05))[0]:
            cancelled += 1
            step.cancel()
            await asyncio.wait([step])
            held.release() if cancelled % 5 == 0 else None
        elif isinstance(step.exception(), StopAsyncIteration):
            break
        else:
            found += found_in(step.result())
    assert (found, cancelled > 0) == (truth(sandbox), True)


@every_loop
@every_kind
async def test_item_that_falls_between_two_tasks(sandbox, session, kind):
    """Several tasks may step one iterator at once: what comes is shared among them."""
    items, found = kind(session.conversations.list(filter="all")), []

    async def take() -> None:
        async for step in items:
            found.extend(found_in(step))
            await asyncio.sleep(0)

    await asyncio.gather(*(take() for _ in range(5)))
    assert sorted(found) == sorted(truth(sandbox))


@every_kind
async def test_request_sent_anew_for_each_step(sandbox, session, monkeypatch, kind):
    """A request that outlasts many steps under a time-out is sent once."""
    monkeypatch.setattr(steps, "PATIENCE", 60.0)
    held = sandbox.hold(3)
    items, beats = kind(session.conversations.list(filter="all")), 0
    while beats < 3:
        try:
            await asyncio.wait_for(anext(items), 0.01)
        except TimeoutError:
            beats += bool(held.arrived.is_set())
    assert [request.page for request in sandbox.requests].count(3) == 1
    await items.aclose()


async def test_work_without_anybody(sandbox, session, monkeypatch):
    """When nobody takes a step after a cancelled one, nothing runs; a later step goes on."""
    monkeypatch.setattr(steps, "PATIENCE", 0.0)
    held = sandbox.hold(when=lambda request: request.page > 1)
    items, found = aiter(session.conversations.list(filter="all")), []

    async def walk() -> None:
        async for item in items:
            found.append(item.slug)  # noqa: PERF401 - what came before the cancellation counts

    task = asyncio.create_task(walk())
    await held.arrived.wait()
    await quiet(sandbox)
    task.cancel()
    await asyncio.wait([task])
    await sandbox.idle()
    assert not [each for each in asyncio.all_tasks() if each.get_name() == "reamaze_async listing"]
    held.release()
    await walk()
    assert found == truth(sandbox)


async def test_page_that_never_comes_to_the_hasty(sandbox, session, monkeypatch):
    """Short steps with long breaks in between bring a slow page at last: each pause comes later."""
    monkeypatch.setattr(steps, "PATIENCE", 0.001)
    held = sandbox.hold(2)
    items = session.conversations.list(filter="all").pages()
    await anext(items)
    for pauses in range(1, 5):
        with anyio.move_on_after(0.01):
            await anext(items)
        while items._patience < 0.001 * 2**pauses:
            await turns(1)
    assert items._patience == 0.001 * 2**4
    held.release()
    assert (await anext(items)).number == 2
    await items.aclose()


@every_kind
async def test_block_left_with_work_under_way(sandbox, session, kind):
    """A block of items, pages or raw items has stopped all work when it is left."""
    before = asyncio.all_tasks()
    held = sandbox.hold(when=lambda request: request.page > 1)
    listing = session.conversations.list(filter="all")
    async with listing if kind is aiter else kind(listing) as items:
        await anext(items)
        await held.arrived.wait()
    assert not [task for task in asyncio.all_tasks() - before if "sandbox" not in repr(task)]
    with pytest.raises(StopAsyncIteration):
        await anext(items)


async def test_error_that_is_told_once(sandbox, session):
    """Each step after an error says it again: an end that isn't the list's never looks like it."""
    sandbox.script = {(1, 1): Answer(404)}
    items = session.conversations.list().raw()
    for _ in range(2):
        with pytest.raises(NotFound):
            await anext(items)


async def test_exceptions_thrown_in(session):
    """As into any generator, an exception, a class or both can be thrown in; sending steps."""
    for given in (
        (ValueError("a"),),
        (ValueError,),
        (ValueError, "a"),
        (ValueError, ValueError("a")),
    ):
        items = session.conversations.list(filter="all").raw()
        assert await items.asend(None)
        with pytest.raises(ValueError, match=r"a|^$"):
            await items.athrow(*given)
        await turns()
