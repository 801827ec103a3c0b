"""The edge: one connection, from bytes that come to steps that go."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import cast

from reamaze_async.sandbox.faults import End, Step
from reamaze_async.sandbox.http import Incoming, ProtocolError, Reader
from reamaze_async.sandbox.records import Hold, Request

NONSENSE = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LINGER_NONE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Service:
    """Whom a connection serves.

    Attributes:
        opened: A connection was made.
        closed: A connection is gone.
        arrived: A request came whole: note it.
        holding: What it has to wait for before it is looked at.
        decide: The steps in which it is answered.
        left: All of them were taken, or the client is gone.
    """

    opened: Callable[["Connection"], None]
    closed: Callable[["Connection"], None]
    arrived: Callable[[Incoming], Request]
    holding: Callable[[Request], Sequence[Hold]]
    decide: Callable[[Request], Sequence[Step]]
    left: Callable[[], None]


class Connection(asyncio.Protocol):
    """Serves the requests of one client connection, one after another.

    What needs no waiting is answered at once, without a task; what does has a task of its own,
    which dies with the connection.
    """

    _transport: asyncio.Transport

    def __init__(self, service: Service) -> None:
        self._service = service
        self._reader = Reader()
        self._request: Request | None = None
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._service.opened(self)

    def connection_lost(self, _: Exception | None) -> None:
        """The client is gone, or we have closed: drop what is being answered."""
        if self.task:
            self.task.cancel()
        self._finish()
        self._service.closed(self)

    def data_received(self, data: bytes) -> None:
        """Serve what is whole."""
        self._reader.feed(data)
        self._serve_next()

    def abort(self) -> None:
        """End at once, with whatever is being answered."""
        self._transport.abort()

    def _serve_next(self) -> None:
        while self._request is None and not self._transport.is_closing():
            try:
                incoming = self._reader.next()
            except ProtocolError:
                self._transport.write(NONSENSE)
                self._transport.close()
                return
            if incoming is None:
                return
            self._serve(incoming)

    def _serve(self, incoming: Incoming) -> None:
        request = self._request = self._service.arrived(incoming)
        holds = self._service.holding(request)
        steps = [] if holds else self._service.decide(request)
        if holds or any(isinstance(step, float) for step in steps):
            self.task = asyncio.get_running_loop().create_task(
                self._serve_later(request, holds, steps)
            )
            return
        for step in steps:
            self._take(step)
        self._finish()

    async def _serve_later(
        self, request: Request, holds: Sequence[Hold], steps: Sequence[Step]
    ) -> None:
        for hold in holds:
            await hold.wait()
        for step in self._service.decide(request) if holds else steps:
            if isinstance(step, float):
                await _pause(step)
            else:
                self._take(step)
        self.task = None
        self._finish()
        self._serve_next()

    def _take(self, step: Step) -> None:
        match step:
            case bytes():
                self._transport.write(step)
            case End.CLOSE:
                self._transport.close()
            case _:
                _never_linger(self._transport)
                self._transport.abort()

    def _finish(self) -> None:
        if self._request:
            self._request = None
            self._service.left()


async def _pause(seconds: float) -> None:
    if seconds == inf:
        await asyncio.get_running_loop().create_future()
    await asyncio.sleep(seconds)


def _never_linger(transport: asyncio.Transport) -> None:
    """Make closing a reset: set on a copy of the descriptor, since uvloop shows no real socket."""
    copy = os.dup(transport.get_extra_info("socket").fileno())
    with socket.socket(fileno=copy) as twin:
        twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
