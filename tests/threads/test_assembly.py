"""Assembly: left in any way, cancelled at any step, it loses nothing and leaves nothing behind."""

import asyncio
from typing import Any

import anyio
import pytest
from loops import every_loop, turns
from reading import quiet
from thread_reading import every_way, read, snapshot
from ways import WAYS, by_timeout_of_one_step

from reamaze_async.sandbox import Hold, Sandbox
from reamaze_async.threads.threads import threads_work

LIST, BRAND = "/api/v1/conversations", "/api/v1/messages"

# --- every way to leave the loop ------------------------------------------------------------------


class AsListing:
    """Threads under the verbs of a listing, for those who know ways to leave one."""

    def __init__(self, threads: Any) -> None:
        self._work = threads_work(threads)
        self._raw = self
        self._entered: list[Any] = []

    def __aiter__(self) -> Any:
        return self._work.steps(lambda assembled: (assembled.conversation.item,))

    pages = raw = __aiter__

    async def __aenter__(self) -> Any:
        self._entered.append(aiter(self))
        return self._entered[-1]

    async def __aexit__(self, *_: object) -> None:
        await self._entered.pop().aclose()


def hold_all_but_the_first(sandbox: Sandbox) -> Hold:
    """A hold on the requests for messages, but for those that the first thread needs."""
    first = f"{LIST}/{sandbox.conversations[0].slug}/messages"
    needed = {(first, 1), (BRAND, 1)}
    return sandbox.hold(
        when=lambda it: it.path.endswith("/messages") and (it.path, it.page) not in needed
    )


LEAVES = [(way, leave) for way in ("each", "together") for leave in WAYS]
# The first page of messages is enough for several threads: the second step doesn't wait.
LEAVES.remove(("together", by_timeout_of_one_step))


@pytest.mark.parametrize(("way", "leave"), LEAVES, ids=lambda it: getattr(it, "__name__", it))
async def test_work_that_outlives_the_loop(sandbox, session, way, leave):
    """However a loop is left: no task, no request and no connection with one on it is left."""
    before = asyncio.all_tasks()
    held = hold_all_but_the_first(sandbox)
    await leave(AsListing(session.conversations.threads(filter="all", way=way)), held)
    await sandbox.idle()
    await turns()
    assert asyncio.all_tasks() == before
    asked = len(sandbox.requests)
    held.release()
    await quiet(sandbox)
    assert len(sandbox.requests) == asked


@every_loop
async def test_list_that_begins_while_the_loop_is_left(sandbox, connect):
    """Forgotten at any turn of the loop, threads leave no list running that has just begun."""
    session = await connect(sandbox, concurrency=3)
    for number in range(80):
        task = asyncio.create_task(anext(aiter(session.conversations.threads(filter="all"))))
        await turns(number)
        task.cancel()
        await asyncio.wait([task])
    del task
    await turns(50)
    assert not [it for it in asyncio.all_tasks() if it.get_name().startswith("reamaze_async")]


@every_way
async def test_block_left_before_all_has_stopped(sandbox, session, way):
    """`async with threads` has stopped all work when the block is left, not soon after."""
    before = asyncio.all_tasks()
    held = hold_all_but_the_first(sandbox)
    with anyio.CancelScope() as scope:
        async with session.conversations.threads(filter="all", way=way) as found:
            await anext(found)
            await held.arrived.wait()
            scope.cancel()
    ours = [task for task in asyncio.all_tasks() - before if "sandbox" not in repr(task)]
    assert ours == []


# --- a step that is cancelled ---------------------------------------------------------------------


@every_loop
@pytest.mark.parametrize("way", ["each", "together", "auto"])
async def test_step_that_takes_a_thread_with_it(sandbox, session, way):
    """A step that is cancelled can be taken again, any number of times, and nothing is lost."""
    held = sandbox.hold(when=lambda request: request.number % 50 == 7)
    found, steps, cancelled = {}, aiter(session.conversations.threads(filter="all", way=way)), 0
    while True:
        step = asyncio.create_task(anext(steps))
        if not (await asyncio.wait([step], timeout=0.02))[0]:
            cancelled += 1
            step.cancel()
            await asyncio.wait([step])
            if cancelled % 3 == 0:
                held.release()
                held = sandbox.hold(when=lambda request: request.number % 50 == 7)
        elif isinstance(step.exception(), StopAsyncIteration):
            break
        else:
            thread = step.result()
            found[thread.conversation.slug] = [one.body for one in thread.messages]
    held.release()
    assert (found, cancelled > 0) == (snapshot(sandbox), True)


@pytest.mark.parametrize("way", ["each", "together", "auto"])
@pytest.mark.parametrize("requests", [1, 2, 3, 9, 40])
async def test_pause_that_loses_something(sandbox, session, monkeypatch, way, requests):
    """Paused at any request, work goes on with the next step, and all threads are whole."""
    monkeypatch.setattr("reamaze_async.listings.steps.PATIENCE", 0.0)
    held = sandbox.hold(when=lambda request: request.number >= requests)
    threads = session.conversations.threads(filter="all", way=way)
    steps, found = aiter(threads), {}
    task = asyncio.create_task(_take_all(steps, found))
    await held.arrived.wait()
    task.cancel()
    await asyncio.wait([task])
    await turns(50)
    assert not [it for it in asyncio.all_tasks() if it.get_name().startswith("reamaze_async")]
    held.release()
    await _take_all(steps, found)
    assert found == snapshot(sandbox)


async def _take_all(steps: Any, found: dict[str, Any]) -> None:
    async for conversation, messages in steps:
        found[conversation.slug] = [message.body for message in messages]


async def test_task_cancelled_from_outside(sandbox, session):
    """Whoever cancels all tasks ends the iteration with an error, not as if it were whole."""
    steps = aiter(session.conversations.threads(filter="all"))
    await anext(steps)
    for task in asyncio.all_tasks():
        if task.get_name() == "reamaze_async threads":
            task.cancel()
    with pytest.raises(Exception, match="or a task of it cancelled"):
        [thread async for thread in steps]


async def test_two_at_once(sandbox, session):
    """Two iterations at once share the session, and disturb each other in nothing."""
    threads = session.conversations.threads(filter="all")
    both = await asyncio.gather(read(threads), read(session.conversations.threads(filter="all")))
    assert both[0] == both[1] == snapshot(sandbox)
