"""What a closing session does to the calls that are under way."""

import asyncio

import anyio
import pytest
from calls import CALLS
from loops import every_loop, turns

from reamaze_async import SessionUnusable
from reamaze_async.sandbox import Answer, Fault


@every_loop
@pytest.mark.parametrize("listed", [False, True], ids=["single", "listed"])
async def test_closed_while_a_call_is_on_its_way(sandbox, session, listed):
    """A call that waits for its answer ends with one clear sentence, and so does its request."""
    held = sandbox.hold()
    items = session.conversations.list().raw()
    call = anext(items) if listed else session.conversations.count()
    task = asyncio.ensure_future(call)
    await held.arrived.wait()
    await session.close()
    with pytest.raises(SessionUnusable, match="closed"):
        await task
    await sandbox.idle()


async def test_closed_twice_while_a_call_is_on_its_way(sandbox, session):
    """It ends with the same sentence, when two tasks close the session at once."""
    held = sandbox.hold()
    task = asyncio.create_task(session.conversations.count())
    await held.arrived.wait()
    await asyncio.gather(session.close(), session.close())
    with pytest.raises(SessionUnusable, match="closed"):
        await task


async def test_closed_while_calls_wait_for_a_slot(sandbox, connect):
    """Also one that hasn't been sent yet."""
    session = await connect(sandbox, concurrency=1)
    held = sandbox.hold()
    tasks = [asyncio.create_task(call(session)) for call in CALLS.values()]
    await held.arrived.wait()
    await session.close()
    for error in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(error, SessionUnusable)
    assert len(sandbox.requests) == 1


async def test_closed_while_calls_wait_for_the_limit(sandbox, session):
    """Also one that would wait for the limit for an hour."""
    refusal = Answer(429, headers={"Retry-After": "3600"})
    sandbox.script = lambda request: refusal if request.number == 1 else Fault.HANG
    tasks = [asyncio.create_task(session.conversations.count())]
    while not session.limiter.state.refused:
        await turns(1)
    tasks += [asyncio.create_task(call(session)) for call in CALLS.values()]
    await turns()
    await session.close()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(error) for error in errors} == {SessionUnusable}
    assert session.limiter.state.waiting == session.limiter.state.in_flight == 0
    assert len(sandbox.requests) == 1


async def test_closed_while_a_call_is_cancelled(sandbox, session):
    """A caller that cancelled the call itself sees its cancellation, not the closing."""
    held = sandbox.hold()
    task = asyncio.create_task(session.conversations.count())
    await held.arrived.wait()
    task.cancel()
    await session.close()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_closed_while_a_scope_runs_out(sandbox, session):
    """Likewise with a scope of anyio round the call."""
    held = sandbox.hold()

    async def ask(scope: anyio.CancelScope) -> None:
        with scope:
            await session.conversations.count()

    scope = anyio.CancelScope()
    task = asyncio.create_task(ask(scope))
    await held.arrived.wait()
    scope.cancel()
    await session.close()
    await task
    assert scope.cancelled_caught


async def test_caller_that_goes_on_after_closing(sandbox, session):
    """A task whose call was ended by closing isn't cancelled: it can wait for other things."""
    held = sandbox.hold()

    async def ask() -> int:
        with pytest.raises(SessionUnusable):
            await session.conversations.count()
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task
        return task.cancelling()

    task = asyncio.create_task(ask())
    await held.arrived.wait()
    await session.close()
    assert await task == 0


async def test_closing_cancelled(sandbox, session):
    """Closing that is cancelled itself leaves no connection open."""
    await asyncio.gather(*(session.conversations.count() for _ in range(8)))
    held = sandbox.hold(2)
    items = session.conversations.list(filter="all").raw()
    await anext(items)
    await held.arrived.wait()
    closing = asyncio.create_task(session.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    await turns()
    assert sandbox.connections == 0
    with pytest.raises(SessionUnusable):
        await anext(aiter(session.conversations.list()))
    await items.aclose()
