"""Drivers: work that is paused, ended, dropped or struck down from outside."""

import asyncio
from typing import Any

import pytest

from reamaze_async import SessionUnusable
from reamaze_async.listings.driver import Driver


class Client:
    """What a driver asks of a client."""

    def __init__(self) -> None:
        self.adopted: list[asyncio.Task[None]] = []
        self.adopt = self.adopted.append

    def requester(self) -> object:
        """Whatever requests go through."""
        return self


@pytest.fixture
async def driver() -> Driver:
    """A driver that was never started."""
    client: Any = Client()
    return Driver(client, "a driver", lambda: None)


async def forever() -> None:
    """Work that never ends."""
    await asyncio.get_running_loop().create_future()


async def test_driver_that_was_never_started(driver):
    """There is nothing to stop, and nothing to wait for."""
    driver.drop()
    driver.pause()
    await driver.wait_for_pause()
    assert (driver.cancel(), driver.is_started, driver.is_running) == ([], False, False)


async def test_two_drivers_at_a_time_after_a_pause(driver):
    """What was paused has ended before it is started again, and the client knows both tasks."""
    driver.start(forever())
    driver.pause()
    await driver.wait_for_pause()
    assert (driver.is_running, driver.is_paused) == (False, True)
    driver.start(forever())
    assert (driver.is_running, driver.is_paused) == (True, False)
    assert [task.done() for task in driver._client.adopted] == [True, False]
    await asyncio.wait(driver.cancel())


async def test_end_before_the_beginning_that_nobody_hears_of(session):
    """An iteration that is closed in the turn in which it begins says so to who waits for it."""
    for listing in (session.conversations.list(), session.conversations.threads()):
        steps = aiter(listing)
        step = asyncio.create_task(anext(steps))
        await asyncio.sleep(0)  # Its driver was made, and hasn't run yet.
        await steps.aclose()
        with pytest.raises((SessionUnusable, StopAsyncIteration)):
            await asyncio.wait_for(step, 60)


async def test_drop_from_another_thread(driver):
    """It may be dropped from anywhere, and more than once."""
    driver.start(forever())
    await asyncio.to_thread(driver.drop)
    await asyncio.wait(driver._client.adopted)
    driver.drop()
    assert not driver.is_running


async def test_end_that_nobody_explains(driver):
    """Struck down from outside it says so; and what the work raised is raised as itself."""
    driver.start(forever())
    await asyncio.wait(driver.cancel())
    with pytest.raises(SessionUnusable, match="or a task of it cancelled"):
        driver.explain()

    async def failing() -> None:
        raise KeyError

    driver.start(failing())
    await asyncio.wait(driver._client.adopted)
    with pytest.raises(KeyError):
        driver.explain()


def test_driver_of_another_loop():
    """Callers in another event loop are refused by one sentence."""

    async def made() -> Driver:
        client: Any = Client()
        return Driver(client, "a driver", lambda: None)

    async def refused(driver: Driver) -> None:
        with pytest.raises(SessionUnusable, match="belongs to another event loop"):
            driver.check_loop()
        driver.drop()

    asyncio.run(refused(asyncio.run(made())))
