"""What was asked of the sandbox."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reamaze_async.sandbox.faults import Fault
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.rules import pairs


@dataclass(slots=True, eq=False)
class Request:
    """One request, in the order of arrival."""

    number: int
    """Its place in the order, from 1."""
    method: str
    path: str
    query: str
    """The query string as it was sent."""
    page: int
    """The page of a list it asks for; 0 when it asks for no list."""
    nth: int
    """Its number among the requests for this page (or method and path), from 1."""
    at: float
    """When it arrived, by `time.monotonic`."""
    incoming: Incoming = field(repr=False)
    status: int | None = None
    """What it was answered; None so long as, and if ever, it wasn't."""
    fault: Fault | None = None
    """What went wrong on purpose."""

    @property
    def params(self) -> Mapping[str, str]:
        """The query's parameters; of a repeated one the last."""
        return pairs(self.query)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""
        return self.incoming.headers

    @property
    def body(self) -> bytes:
        """The body, empty for most."""
        return self.incoming.body


class Hold:
    """Holds the requests that it fits until `release`, as if they were still on their way.

    They are looked at, and counted against the limit, only then.
    """

    def __init__(self, fits: Callable[[Request], bool]) -> None:
        self._fits = fits
        self._released = asyncio.Event()
        self.arrived: asyncio.Event = asyncio.Event()
        """Set when the first request it holds has arrived."""

    @property
    def is_released(self) -> bool:
        """Whether it holds nothing any more."""
        return self._released.is_set()

    def fits(self, request: Request) -> bool:
        """Whether it holds this request; noted as arrived if so."""
        if self.is_released or not self._fits(request):
            return False
        self.arrived.set()
        return True

    def release(self) -> None:
        """Let what is held go on, and everything after it pass."""
        self._released.set()

    async def wait(self) -> None:
        """Wait for the release."""
        await self._released.wait()


class Failures:
    """Keeps what a test's own hooks raise while serving, to raise it where the test sees it."""

    def __init__(self) -> None:
        self._kept: list[Exception] = []

    def __enter__(self) -> None:
        """Begin to catch."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        """Keep an ordinary exception, let anything else pass."""
        if isinstance(error, Exception):
            self._kept.append(error)
            return True
        return False

    def raise_first(self) -> None:
        """Raise the first one kept, if any, and forget them all."""
        kept, self._kept = self._kept, []
        if kept:
            raise kept[0]
