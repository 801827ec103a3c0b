"""What all tests share: loops, a sandbox, a session on it, a guard against what is left over."""

import asyncio
import faulthandler
import inspect
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest
from aiohttp import ClientResponse
from aioresponses import aioresponses
from hypothesis import HealthCheck, settings
from loops import FACTORIES, LoopFactory, turns

from reamaze_async import ReamazeSession, Retry
from reamaze_async.http.attempt_timer import Attempt, AttemptTimer
from reamaze_async.sandbox import Answer, Fault, Sandbox

ANY_PACE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("short", max_examples=50, derandomize=True, database=None, **ANY_PACE)
settings.register_profile("long", max_examples=2000, database=None, print_blob=True, **ANY_PACE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

Connect = Callable[..., Awaitable[ReamazeSession]]


def pytest_configure() -> None:
    """Let children start with no signal ignored, though a run in the background ignores some."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_unconfigure() -> None:
    """End, though a thread that a failed test has left waits for ever."""
    faulthandler.dump_traceback_later(300, exit=True)


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, LoopFactory]:
    """All loops for a test that names some, plain asyncio for the others."""
    marker = item.get_closest_marker("asyncio")
    names = FACTORIES if marker and "loop_factories" in marker.kwargs else ("asyncio",)
    return {name: FACTORIES[name] for name in names}


# --- the guard ----------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def guard(request: pytest.FixtureRequest) -> None:
    """Every test with a loop is watched for what it leaves behind."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("nothing_left")


@pytest.fixture
async def nothing_left() -> AsyncIterator[None]:
    """No task and no error that nobody looked at may outlive a test and its fixtures."""
    troubles: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: troubles.append(context))
    yield
    await turns()
    assert not asyncio.all_tasks() - {asyncio.current_task()}
    assert not troubles


# --- the two ends of the wire ---------------------------------------------------------------------


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A calm one, of 500 conversations on 17 pages with `filter="all"`."""
    async with Sandbox(500, seed=7, size="small") as sandbox:
        yield sandbox


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes sessions on a sandbox that try again without a pause; closes them at the end."""
    sessions: list[ReamazeSession] = []

    async def connect(sandbox: Sandbox, **options: Any) -> ReamazeSession:
        options = {"base_url": sandbox.base_url, "retry": Retry(max_delay=0.0)} | options
        session = ReamazeSession(sandbox.brand, sandbox.email, sandbox.token, **options)
        sessions.append(session)
        return await session.open()

    yield connect
    for session in sessions:
        await session.close()


@pytest.fixture
async def session(sandbox: Sandbox, connect: Connect) -> ReamazeSession:
    """A session on the calm sandbox."""
    return await connect(sandbox)


class Timer:
    """Time-outs of `seconds` that don't watch the clock: each ends when `expire` is called."""

    seconds = 54321.0

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._under_way: list[tuple[AttemptTimer, Attempt]] = []
        begin = AttemptTimer.begin

        def noted(timer: AttemptTimer, *when: Any) -> Attempt:
            self._under_way.append((timer, attempt := begin(timer, *when)))
            return attempt

        monkeypatch.setattr(AttemptTimer, "begin", noted)

    def expire(self) -> None:
        """End the time of the attempt that began last."""
        timer, attempt = self._under_way[-1]
        timer.expire(attempt)

    def hanging(self, answer: Fault | Answer) -> Fault | Answer:
        """An answer for a script; if it never comes whole, the client's time is over."""
        if answer in (Fault.HANG, Fault.FREEZE):
            self.expire()
        return answer


@pytest.fixture
def timer(monkeypatch: pytest.MonkeyPatch) -> Timer:
    """Time-outs that come when the server has got the request, on however slow a machine."""
    return Timer(monkeypatch)


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine stands in New York."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


# --- what a socket can't easily give --------------------------------------------------------------


class _Written:
    """What aiohttp 3.14 asks of the writer of a request that is sent already."""

    output_size = 0


class _Response(ClientResponse):
    """Of aiohttp 3.14, which wants a `stream_writer` that aioresponses 0.7.9 doesn't give.

    Falls when https://github.com/pnuckowski/aioresponses/issues/289 is closed.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, stream_writer=_Written(), **options)


class _Mock(aioresponses):
    def add(self, *args: Any, **options: Any) -> None:
        super().add(*args, **{"response_class": _Response} | options)


@pytest.fixture
def mock() -> Iterator[aioresponses]:
    """Answers and exceptions in place of a network; loopback stays real."""
    with _Mock(passthrough=["http://127.0.0.1"]) as mock:
        yield mock
