"""The client under a session: one requester for all requests, in one event loop, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

import anyio

from reamaze_async.errors import SessionUnusable
from reamaze_async.limits.limiter import Limiter
from reamaze_async.tasks import wait_for_end
from reamaze_async.wire.request import Request

from .requester import Counts, Requester
from .retry import Retry

if TYPE_CHECKING:
    from .transport import Transport

Result = TypeVar("Result")


class ClosedMeanwhile(SessionUnusable):
    """The session was closed before an answer came to a request that was sent."""


class Client:
    """All that listings and single calls of a session share.

    Args:
        transport: makes one attempt; opened and closed here.
        limiter: decides when a request may be sent.
        retry: what is tried again.
        concurrency: requests in flight at once.
        home: where the brand lives, such as `https://acme.reamaze.io`.
        origin: where the requests go: to the same, a sandbox or a proxy.
    """

    def __init__(
        self,
        transport: Transport,
        limiter: Limiter,
        retry: Retry,
        *,
        concurrency: int,
        home: str,
        origin: str,
    ) -> None:
        self.limiter: Limiter = limiter
        self.concurrency: int = concurrency
        self.home: str = home
        self.origin: str = origin
        self._transport = transport
        self._retry = retry
        self._requester: Requester | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._drivers: set[asyncio.Task[None]] = set()
        self._callers: set[asyncio.Task[object]] = set()

    def __reduce__(self) -> NoReturn:
        message = "A session can't be copied or pickled, nor a listing of it: make another one."
        raise TypeError(message)

    def open(self) -> None:
        """Begin, in the running event loop.

        Raises:
            SessionUnusable: it was begun or closed before.
        """
        if self._closed or self._requester is not None:
            message = f"This session is {'closed' if self._closed else 'open'}: make another one."
            raise SessionUnusable(message)
        self._loop = asyncio.get_running_loop()
        self._transport.open()
        self._requester = Requester(self._transport, self.limiter, self._retry, self.concurrency)

    @property
    def is_open(self) -> bool:
        """Whether it was begun and not closed."""
        return self._requester is not None and not self._closed

    def abandon(self) -> None:
        """Let go of everything, when nobody is left to close it."""
        self._closed = True
        self._transport.abandon()

    async def close(self) -> None:
        """Stop everything under way and close the connections; closing again does nothing.

        Raises:
            SessionUnusable: it belongs to another event loop.
        """
        if self._loop is not None:
            self._check_loop()
        drivers = list(self._drivers)
        # A caller that is cancelled twice couldn't tell the closing from its own cancellation.
        for task in [*drivers, *(() if self._closed else self._callers)]:
            task.cancel()
        self._closed = True
        with anyio.CancelScope(shield=True):
            try:
                await wait_for_end(drivers)
            finally:
                await self._transport.close()
                if session_closed := getattr(self.limiter, "session_closed", None):
                    await session_closed()

    def requester(self) -> Requester:
        """What all requests go through.

        Raises:
            SessionUnusable: before `open`, after `close`, or in another event loop.
        """
        if self._closed:
            message = "This session is closed: make another one."
            raise SessionUnusable(message)
        if self._requester is None:
            message = "This session isn't open: use it inside `async with session:`."
            raise SessionUnusable(message)
        self._check_loop()
        return self._requester

    async def ask(self, request: Request, decode: Callable[[Request, bytes], Result]) -> Result:
        """Send one request of a single call, and decode its good response.

        Raises:
            SessionUnusable: the client can't be used, or was closed before the response came.
            ReamazeError: no good response came.
        """
        requester = self.requester()
        task = asyncio.current_task()
        assert task, "a coroutine of a running loop runs in a task"
        cancelled, counts = task.cancelling(), Counts()
        self._callers.add(task)
        try:
            return (await requester.run(request, decode, counts)).result
        except asyncio.CancelledError:
            if not self._closed or task.uncancel() > cancelled:
                raise
        finally:
            self._callers.discard(task)
        asked = f"{request.method} {request.path}: the session was closed before"
        # A write is tried again only where it reached nobody.
        undone = counts.throttled + (0 if request.method == "GET" else counts.retries)
        if counts.requests > undone:
            message = f"{asked} an answer came."
            raise ClosedMeanwhile(message)
        message = f"{asked} it was sent."
        raise SessionUnusable(message)

    def adopt(self, driver: asyncio.Task[None]) -> None:
        """Cancel the driver task of a listing on closing."""
        self._drivers.add(driver)
        driver.add_done_callback(self._drivers.discard)

    def _check_loop(self) -> None:
        if asyncio.get_running_loop() is not self._loop:
            message = "This session belongs to another event loop: make one for each loop."
            raise SessionUnusable(message)
