"""Work in a thread: it never goes on alone."""

import asyncio
import threading

import anyio
import pytest

from reamaze_async.threads import Abandoned, in_thread


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


async def test_work_that_does_not_look():
    """So does the caller of work that can't be ended: until it has ended by itself."""
    begun, go_on, ended = threading.Event(), threading.Event(), []

    def work(_):
        begun.set()
        go_on.wait()
        ended.append(True)

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait)
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


async def test_impatient_caller():
    """A second cancellation doesn't leave the work alone either."""
    begun, go_on, ended = threading.Event(), threading.Event(), []

    def work(_):
        begun.set()
        go_on.wait()
        ended.append(True)

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    await asyncio.wait([task])
    assert ended
