"""Killing a process in the middle of its requests."""

import asyncio
from contextlib import suppress

from reamaze_async.sandbox import Sandbox


async def kill_after(
    process: asyncio.subprocess.Process, sandbox: Sandbox, requests: int, delay: float = 0.0
) -> bool:
    """Kill it when it has sent so many requests, and a little later; False if it was faster.

    It may also have found that an earlier run was faster, and have refused to do it again.
    """
    enough, last = asyncio.Event(), len(sandbox.requests) + requests
    sandbox.before = lambda request: request.number >= last and enough.set()
    ends = [asyncio.create_task(enough.wait()), asyncio.create_task(process.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(delay)
    ends[0].cancel()
    with suppress(ProcessLookupError):
        process.kill()
    _, said = await process.communicate()
    assert process.returncode in (0, -9) or b"there already" in said, said.decode()
    return process.returncode == -9
