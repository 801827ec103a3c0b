"""The end of what was cancelled is waited for, however impatient the caller is made."""

import asyncio

import anyio
import pytest

from reamaze_async.ending import until_ended


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
    caller = asyncio.create_task(until_ended([job]))
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
    await until_ended([])
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    await until_ended([done])


async def test_cancel_scope_around_it():
    """A cancel scope, too, gets its end after that of the job, and not before."""
    go_on = asyncio.Event()
    job = asyncio.create_task(slow(go_on))
    asyncio.get_running_loop().call_later(0.01, go_on.set)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await until_ended([job])
        await anyio.lowlevel.checkpoint()
    assert (job.done(), scope.cancelled_caught) == (True, True)
