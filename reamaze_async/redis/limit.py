"""`RedisLimit`: a limit that many processes share."""

from __future__ import annotations

import asyncio
import os
import secrets
import weakref
from contextlib import suppress
from contextvars import Context
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any, Self

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter
from reamaze_async.limits.limiter import MOST_OVERTAKEN, LimiterState, Queue
from reamaze_async.limits.per_endpoint import LimitEvent
from reamaze_async.limits.throttle import Outcome, Permit
from reamaze_async.wire.credentials import Secret

from .link import TIMEOUT, Link
from .pump import Pump
from .shared import SharedLimit, WaitingLine


class RedisLimit(Queue):
    """One limit for all processes and machines that use one API token, kept in Redis or Valkey.

        limit = RedisLimit("redis://localhost:6379/0", key="acme", requests=100)
        async with ReamazeSession.from_env(rate_limit=limit) as session:
            ...

    The API's server sees at most `requests` in any window of `per` seconds from all of them
    together, whatever their latencies and clocks: a turn is used from before its request is sent
    until `per` after its answer. A 429 that one sees closes the gate for all, and one probe of one
    process opens it. Without `requests` the limit is learned, by all from what each sees.

    While Redis is away nothing is sent. If it comes back empty, one window is waited for first.
    The turns of a process that died come back after `lease + per`.

    It may be made before any event loop runs, and be used by several sessions, one event loop at a
    time. Its connection is closed when the last session that uses it closes, or by `aclose`.

    Args:
        url_or_client: `redis://`, `rediss://` or `unix://`, as redis-py takes it; or a client of
            `redis.asyncio`, which is not closed.
        key: who shares a key, shares the limit: the brand, for instance.
        requests: a whole number from 1; None: learned. If processes name different ones for one
            key, all of them hold.
        per: seconds of a window, above 0.
        lease: seconds for which a process may say nothing of a request under way.

    Raises:
        InvalidParameter: a value that can't be used.
        ImportError: redis-py isn't installed.
    """

    def __init__(
        self,
        url_or_client: Any,
        *,
        key: str,
        requests: int | None = None,
        per: float = 60.0,
        lease: float = 60.0,
    ) -> None:
        self._shown = "RedisLimit(...)"
        target = Secret(url_or_client) if isinstance(url_or_client, str) else url_or_client
        del url_or_client  # A traceback from below shows this frame.
        key = validation.text("key", key)
        if requests is not None:
            requests = validation.whole("requests", requests, least=1)
        per, lease = validation.seconds("per", per), validation.seconds("lease", lease)
        limit = None if requests is None else (requests, per)
        self._shared = SharedLimit(limit, per, lease, _name())
        self._link = Link(target, key)
        terms = f"key={key!r}, requests={requests}, per={per}, lease={lease}"
        self._shown = f"RedisLimit({self._link.where!r}, {terms})"
        self._process = os.getpid()
        self._pump: Pump | None = None
        self._task: asyncio.Task[None] | None = None
        super().__init__(self._shared)

    def __repr__(self) -> str:
        return self._shown

    async def aclose(self) -> None:
        """Tell Redis what is left to tell, and close our connection, unless somebody uses it.

        The limit can be used again afterwards.
        """
        pump, task = self._pump, self._task
        if pump is None or task is None or self._is_used:
            return
        if task.get_loop() is asyncio.get_running_loop():
            with suppress(TimeoutError):
                async with asyncio.timeout(TIMEOUT):
                    await pump.flush()
            if self._is_used or self._task is not task:
                return
            if not task.cancelling():  # A second time would cut off the closing of the connection.
                task.cancel()
            await asyncio.wait([task])
        self._pump = self._task = None

    @property
    def _is_used(self) -> bool:
        return bool(self._lines or self._permits)

    async def session_closed(self) -> None:
        """Be told that a session which used the limit has closed."""
        await self.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def state(self) -> LimiterState:
        """What the limiter knows now; `away` tells of a Redis that can't be reached."""
        return replace(super().state, away=self._away)

    @property
    def _away(self) -> str | None:
        return None if self._pump is None else self._pump.away

    # What the lines do

    async def acquire_share(self, endpoint: str, share: float) -> None:
        """Return when one request may be sent, if at most this share of the limit is used."""
        if self._process != os.getpid():  # a fork must not speak in its parent's name
            self._process = os.getpid()
            self._limit = self._shared = self._shared.renamed(_name())
            self._permits, self._lines, self._pump = {}, {}, None
        await super().acquire_share(endpoint, share)

    def _expected(self, endpoint: str, now: float, share: float) -> float:
        return inf if self._away else self._shared.wait(endpoint, now, share)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        super()._wake(loop)
        self._pump_in(loop).poke()

    def _end(self, permit: Permit, loop: asyncio.AbstractEventLoop, outcome: Outcome) -> None:
        super()._end(permit, loop, outcome)
        self._pump_in(loop).poke()

    def _pump_in(self, loop: asyncio.AbstractEventLoop) -> Pump:
        """The pump, which runs in this loop."""
        task = self._task
        if self._pump is None or task is None or task.done() or task.get_loop() is not loop:
            self._pump = Pump(self, self._shared, self._link.anew())
            # An empty context, or the task would keep alive what its first caller holds there.
            task = self._task = loop.create_task(self._pump.run(), context=Context())
            task.add_done_callback(partial(_stopped, weakref.ref(self)))
            weakref.finalize(self, _stop, weakref.ref(task)).atexit = False
        return self._pump

    # What the pump asks for

    def waiting(self) -> list[WaitingLine]:
        """The lines, those that go first first."""
        ready, found = dict(self._lines), list[WaitingLine]()
        is_bulks_turn = self._overtaken >= MOST_OVERTAKEN
        while ready:
            line = self._next_of(ready, is_bulks_turn=is_bulks_turn)
            asked = [waiter.asked for waiter in ready.pop(line) if not waiter.future.done()]
            share = 1.0 if is_bulks_turn and not found else line.share
            if asked:
                found.append(WaitingLine(line.endpoint, line.in_bulk, share, asked))
        return found

    def granted(self) -> None:
        """Let begin who has got a turn."""
        super()._wake(asyncio.get_running_loop())

    def tell(self, event: LimitEvent, now: float) -> None:
        """Tell people of something; `now` is Redis's time."""
        self._tell(event, now)

    def fail(self, error: BaseException) -> None:
        """Let all who wait raise this error."""
        lines, self._lines = self._lines, {}
        for waiters in lines.values():
            for waiter in waiters:
                if not waiter.future.done():
                    waiter.future.set_exception(error)


def _name() -> str:
    return secrets.token_hex(6)


def _stop(reference: weakref.ref[asyncio.Task[None]]) -> None:
    """End the task of a limit that is garbage."""
    task = reference()
    if task is not None and not task.done() and not task.get_loop().is_closed():
        task.get_loop().call_soon_threadsafe(task.cancel)


def _stopped(owner: weakref.ref[RedisLimit], task: asyncio.Task[None]) -> None:
    """Hand on why the task has ended, if it wasn't told to."""
    error = None if task.cancelled() else task.exception()
    limit = owner()
    if error is None:
        return
    if limit is not None:
        limit.fail(error)
    if not isinstance(error, InvalidParameter):
        context = {"message": "a bug in RedisLimit", "exception": error, "task": task}
        task.get_loop().call_exception_handler(context)
