"""Programs of the recipes, run as their users run them, against a sandbox."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import reamaze_async
from reamaze_async.sandbox import Sandbox

RECIPES = Path(__file__).parent
ROOT = Path(reamaze_async.__file__).parents[1]


def environment_of(sandbox: Sandbox, *folders: Path) -> dict[str, str]:
    """The environment of a program that asks a sandbox, and imports from some folders."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("REAMAZE_")}
    return ours | {
        "REAMAZE_BRAND": sandbox.brand,
        "REAMAZE_EMAIL": sandbox.email,
        "REAMAZE_API_TOKEN": sandbox.token,
        "REAMAZE_BASE_URL": sandbox.base_url,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, RECIPES, *folders))),
    }


class WebApp:
    """A web app on uvicorn, in a process of its own.

    Attributes:
        url: where it serves.
    """

    def __init__(self, process: asyncio.subprocess.Process, http: aiohttp.ClientSession) -> None:
        self.process = process
        self.url = ""
        self._http = http

    async def begin(self) -> None:
        """Wait until it serves."""
        assert self.process.stderr
        said = ""
        while not self.url:
            said += (line := (await self.process.stderr.readline()).decode())
            assert line, f"it ended: {said}"
            if found := re.search(r"running on (http://\S+)", line):
                self.url = found[1]

    def get(self, path: str):
        """Ask it."""
        return self._http.get(self.url + path)


def _small(address: Any) -> socket.socket:
    """A socket that takes little which nobody reads, whatever the system would give it."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return made


@asynccontextmanager
async def web_app(module: str, environment: dict[str, str]) -> AsyncIterator[WebApp]:
    """Serve an app, and end it."""
    words = ("-m", "uvicorn", f"{module}:app", "--port", "0", "--timeout-graceful-shutdown", "1")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        connector = aiohttp.TCPConnector(socket_factory=_small)
        async with aiohttp.ClientSession(connector=connector) as http:
            app = WebApp(process, http)
            await app.begin()
            yield app
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


Serve = Callable[..., Awaitable[WebApp]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Makes web apps of modules of the recipes, or of the test's own folder."""
    async with AsyncExitStack() as stack:

        async def serve(sandbox: Sandbox, module: str, **environment: str) -> WebApp:
            whole = environment_of(sandbox, tmp_path) | environment
            return await stack.enter_async_context(web_app(module, whole))

        yield serve


@pytest.fixture
def account() -> Callable[[Sandbox], dict[str, str]]:
    """Makes the environment of a program that asks a sandbox."""
    return environment_of
