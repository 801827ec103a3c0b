"""A sandbox in a process of its own, so that its work isn't counted as the client's."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from reamaze_async.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Address:
    """Where a sandbox is and whom it lets in."""

    base_url: str
    brand: str
    email: str
    token: str


@contextmanager
def serve(**options: Any) -> Iterator[Address]:
    """Run `Sandbox(**options)` in a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, options), daemon=True)
    process.start()
    there.close()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection, options: dict[str, Any]) -> None:
    asyncio.run(_run(pipe, options))


async def _run(pipe: Connection, options: dict[str, Any]) -> None:
    async with Sandbox(**options) as sandbox:
        pipe.send(Address(sandbox.base_url, sandbox.brand, sandbox.email, sandbox.token))
        await asyncio.Event().wait()
