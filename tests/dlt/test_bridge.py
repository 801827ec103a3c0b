"""The bridge between threads and a session in its loop."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from shells import served, until

from reamaze_async import NotFound, ReamazeSession
from reamaze_async.sandbox import Answer, Sandbox

pytest.importorskip("dlt.extract", reason="needs: pip install 'dlt[duckdb]'")

from reamaze_async.dlt.bridge import Bridge


@pytest.fixture
def slow() -> Iterator[Sandbox]:
    """A sandbox of 34 pages, each of which takes its time."""
    with served(1000, seed=7, latency=0.05) as sandbox:
        yield sandbox


@pytest.fixture
def bridge(slow: Sandbox) -> Iterator[Bridge]:
    """A bridge to it, whose thread must have ended with the test."""
    sessions: list[ReamazeSession] = []

    def connect() -> ReamazeSession:
        account = slow.brand, slow.email, slow.token
        sessions.append(ReamazeSession(*account, base_url=slow.base_url))
        return sessions[-1]

    before = set(threading.enumerate())
    yield Bridge(connect)
    assert set(threading.enumerate()) - before == set()
    assert not any(session._client.is_open for session in sessions)


async def slugs(session):
    """What the tests iterate over."""
    async for conversation in session.conversations.list(filter="all"):
        yield conversation.slug


def test_whole_iteration(bridge, slow):
    """All steps come, in order."""
    assert list(bridge.iterate(slugs)) == [found.slug for found in slow.conversations]


def test_iterations_at_once(bridge, slow):
    """Several share one session, also from several threads, and its slots."""
    truth = [found.slug for found in slow.conversations]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: list(bridge.iterate(slugs)), range(3)))
    assert found == [truth] * 3
    assert slow.most_in_flight <= 8


def test_iteration_left_early(bridge, slow):
    """Work stops when an iteration is closed: no request is under way any more."""
    slow.script = lambda request: "hang" if request.page > 1 else None
    with closing(bridge.iterate(slugs)) as steps:
        next(steps)
        until(lambda: slow.in_flight)
    until(lambda: not slow.in_flight)
    assert len(slow.requests) <= 1 + 8  # page 1, and what was in flight


def test_error(bridge, slow):
    """It comes as itself, after the steps before it."""
    slow.script = lambda request: Answer(404, b"{}") if request.page == 3 else None
    steps = bridge.iterate(slugs)
    assert len([next(steps) for _ in range(60)]) == 60
    with pytest.raises(NotFound):
        next(steps)


def test_error_of_the_session(slow):
    """What can't be opened leaves no thread behind."""
    before = set(threading.enumerate())

    def connect() -> ReamazeSession:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        next(Bridge(connect).iterate(slugs))
    assert set(threading.enumerate()) == before


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Ctrl-C interrupts, though a run in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_interrupted_while_it_waits(bridge, slow, interrupted):
    """Ctrl-C in the middle of a step ends it at once, and all work with it."""

    def answer(request) -> str | None:
        if request.page == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return "hang" if request.page > 1 else None

    slow.script = answer
    with pytest.raises(KeyboardInterrupt):
        list(bridge.iterate(slugs))
