"""The event loops that a test marked with `every_loop` runs on."""

import asyncio
import sys
from collections.abc import Callable

import pytest
import uvloop
from virtual import VirtualLoop

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def debug_loop() -> asyncio.AbstractEventLoop:
    """A loop in debug mode, which complains of what is forgotten and logs much."""
    loop = asyncio.new_event_loop()
    loop.set_debug(True)
    return loop


def eager_loop() -> asyncio.AbstractEventLoop:
    """A loop whose tasks run at once, up to their first wait (Python 3.12)."""
    loop = asyncio.new_event_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    return loop


LOOPS: dict[str, LoopFactory] = {
    "asyncio": asyncio.new_event_loop,
    "debug": debug_loop,
    "uvloop": uvloop.new_event_loop,
}
if sys.version_info >= (3, 12):
    LOOPS["eager"] = eager_loop

every_loop = pytest.mark.asyncio(loop_factories=list(LOOPS))

FACTORIES = LOOPS | {"virtual": VirtualLoop}
in_virtual_time = pytest.mark.asyncio(loop_factories=["virtual"])
"""For tests without sockets: they wait for seconds at once, on however slow a machine."""


async def turns(number: int = 20) -> None:
    """Let the loop go round so many times, sockets included."""
    for _ in range(number):
        await asyncio.sleep(0)
