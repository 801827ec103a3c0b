"""Nothing goes on alone: a cancelled task is waited for, and so is work in a thread."""

import asyncio
import threading

import anyio
import pytest

from reamaze_async.tasks import Abandoned, call_in_thread, in_thread, task_group, wait_for_end


async def slow(go_on: asyncio.Event) -> None:
    """Ends when told, whatever cancels it."""
    while not go_on.is_set():
        try:
            await go_on.wait()
        except asyncio.CancelledError:
            continue


@pytest.mark.parametrize("times", [0, 1, 2, 5])
async def test_cancelled_again_and_again(times):
    """A caller that is cancelled any number of times still waits, and is cancelled afterwards."""
    go_on = asyncio.Event()
    job = asyncio.create_task(slow(go_on))
    caller = asyncio.create_task(wait_for_end([job]))
    for _ in range(times):
        await asyncio.sleep(0)
        caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    go_on.set()
    await asyncio.wait([caller])
    assert (job.done(), caller.cancelled()) == (True, times > 0)


async def test_nothing_to_wait_for():
    """What has ended already, or was never there, takes no time."""
    await wait_for_end([])
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    await wait_for_end([done])


async def test_cancel_scope_around_it():
    """A cancel scope, too, gets its end after that of the job, and not before."""
    go_on = asyncio.Event()
    job = asyncio.create_task(slow(go_on))
    asyncio.get_running_loop().call_later(0.01, go_on.set)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await wait_for_end([job])
        await anyio.lowlevel.checkpoint()
    assert (job.done(), scope.cancelled_caught) == (True, True)


# --- in a thread -------------------------------------------------------------------------------


async def test_result_lost():
    """What the work returns comes back."""
    assert await in_thread(lambda _: 5) == 5


async def test_error_lost():
    """What it raises comes out as itself."""
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda _: 1 / 0)


async def test_goes_on_alone():
    """A cancelled caller waits until the work has noticed."""
    begun, ended = threading.Event(), []

    def work(check):
        begun.set()
        try:
            while True:
                check()
        except Abandoned:
            ended.append(True)
            raise

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


@pytest.mark.parametrize("cancellations", [1, 3])
async def test_work_that_does_not_look(cancellations):
    """So does the caller of work that can't be ended, however often it is cancelled meanwhile."""
    begun, go_on, ended = threading.Event(), threading.Event(), []

    def work(_):
        begun.set()
        go_on.wait()
        ended.append(True)

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait)
    for _ in range(cancellations):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    await asyncio.wait([task])
    assert ended


async def test_cancel_scope_ignored():
    """A cancel scope ends it too."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await in_thread(lambda _: None)
    assert scope.cancelled_caught


async def test_arguments_lost():
    """What a function is called with reaches it, and its result comes back."""
    assert await call_in_thread(divmod, 7, 5) == (1, 2)
    assert await call_in_thread(dict, a=1) == {"a": 1}


async def test_error_inside_a_group():
    """The first error comes as itself, when the other tasks have ended; a cancelled one is none."""
    ended = asyncio.Event()

    async def waiting() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    async def failing() -> None:
        async with task_group() as group:
            group.start_soon(waiting)
            await anyio.lowlevel.checkpoint()
            raise KeyError

    with pytest.raises(KeyError) as caught:
        await failing()
    assert (ended.is_set(), caught.value.__cause__) == (True, None)
    async with task_group() as group:
        group.start_soon(waiting)
        group.cancel_scope.cancel()
