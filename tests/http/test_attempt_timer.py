"""One timer for all attempts: who is late is cancelled, and nobody else."""

import asyncio

import pytest
from virtual import VirtualLoop

from reamaze_async.http.attempt_timer import AttemptTimer


async def attempt(timer: AttemptTimer, lasts: float, before: float = 0.0) -> str:
    """An attempt that is begun after a while and lasts so long; how it ended."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(before)
    begun = timer.begin(loop, loop.time())
    try:
        await asyncio.sleep(lasts)
    except asyncio.CancelledError as error:
        return f"late at {loop.time():g}" if begun.has_timed_out(error) else "cancelled"
    finally:
        timer.end(begun)
    return "in time"


def play(*attempts: tuple[float, float]) -> list[str]:
    """How attempts end that begin and last so long, of 10 s each, in virtual time."""

    async def main() -> list[str]:
        timer = AttemptTimer(10.0)
        return await asyncio.gather(*(attempt(timer, lasts, begin) for begin, lasts in attempts))

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def test_attempt_that_is_late_while_others_are_not():
    """Each is cancelled at its own moment, however many are begun and ended in between."""
    ended = play((0.0, 99.0), (1.0, 2.0), (4.0, 99.0), (5.0, 9.5), (11.0, 99.0))
    assert ended == ["late at 10", "in time", "late at 14", "in time", "late at 21"]


def test_timer_that_fires_for_nobody():
    """A timer whose attempts have ended touches nobody, and the next attempt has its own time."""
    assert play((0.0, 1.0), (9.0, 2.0), (30.0, 99.0)) == ["in time", "in time", "late at 40"]


@pytest.mark.parametrize("is_late", [False, True])
async def test_cancellation_taken_for_a_timeout(is_late):
    """Who is cancelled by somebody else is cancelled, also if the time is over at that moment."""
    timer = AttemptTimer(99.0)
    task = asyncio.create_task(attempt(timer, 99.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if is_late:
        timer.expire(next(iter(timer._attempts)))
    task.cancel()
    assert await task == "cancelled"
