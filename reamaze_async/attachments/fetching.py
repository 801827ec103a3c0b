"""Fetching one file: the edge to hosts that nobody here has chosen.

No login goes out: no credentials, no cookies, no netrc, no proxy of the environment, no `Referer`.
Redirects are followed by hand, each one checked like the first address. Whether an address is on a
private network is asked where the connection is made, with the very address that is connected to:
neither a name that resolves there, nor a number in an odd notation, nor a second answer of the name
server gets past it.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

import aiohttp
from aiohttp import hdrs
from yarl import URL

from reamaze_async._version import __version__
from reamaze_async.http.transport import reason_of

from .addresses import MOST_REDIRECTS, Refused, checked, redirected

CHUNK = 2**16
DEAD = (401, 403, 404, 410)
"""Statuses of an address whose time is over; a store answers 403 to one that was signed."""

_AS_IT_IS = re.compile(r"([!#$&-;=?@A-Z_a-z~]|%[0-9A-Fa-f]{2})+")
"""An address that has no character to encode, and no odd host."""

_HEADERS = {hdrs.USER_AGENT: f"reamaze-async/{__version__}", hdrs.ACCEPT: "*/*"}
# A compressed answer that is cut looks whole.
_HEADERS[hdrs.ACCEPT_ENCODING] = "identity"
_CLOSED: ContextVar[list[str]] = ContextVar("closed")
"""The addresses that the file of this task may not be fetched from."""


class Dead(Exception):
    """Nothing is at the address any more; why is its only argument."""


class Failed(Exception):
    """The file could not be fetched.

    Attributes:
        may_pass: whether trying again may help.
    """

    def __init__(self, reason: str, *, may_pass: bool) -> None:
        self.may_pass = may_pass
        super().__init__(reason)


class Content(NamedTuple):
    """What was written.

    Attributes:
        size: in bytes.
        digest: the SHA-256, in hex.
    """

    size: int
    digest: str


class _Private(OSError):
    """A connection to an address that may not be asked."""


class Fetcher:
    """Fetches files; use it in `async with`.

    Args:
        may_ask: tells of an IP address whether it may be connected to.
        most: bytes of one file.
        stall: seconds without a byte after which a fetch has failed.
        longest: seconds for one file.
        at_once: connections at once.
    """

    _http: aiohttp.ClientSession

    def __init__(
        self,
        may_ask: Callable[[str], bool],
        *,
        most: float,
        stall: float = 30.0,
        longest: float = 1800.0,
        at_once: int = 8,
    ) -> None:
        self._may_ask = may_ask
        self._most = most
        self._stall = stall
        self._longest = longest
        self._at_once = at_once

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(
            total=None, connect=self._stall, sock_connect=self._stall, sock_read=self._stall
        )
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._at_once, socket_factory=self._socket),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=timeout,
            trust_env=False,
            headers=_HEADERS,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def fetch(self, url: str, path: Path, expected: int | None = None) -> Content:
        """Fetch a file to a path, which is written from its beginning.

        Args:
            url: where it is.
            path: where it goes.
            expected: how many bytes it is said to have. Fewer are a cut, where the answer doesn't
                tell its own length.

        Raises:
            Refused: it must not be fetched, or is too large.
            Dead: nothing is there any more.
            Failed: it could not be fetched.
            OSError: it can't be written.
        """
        closed: list[str] = []
        _CLOSED.set(closed)
        try:
            async with asyncio.timeout(self._longest):
                return await self._follow(checked(url), path, expected)
        except TimeoutError:
            message = f"no whole answer within {self._longest:g} s, or no byte in {self._stall:g} s"
            raise Failed(message, may_pass=True) from None
        except ValueError as error:  # aiohttp makes no connection of such an address
            raise Refused(str(error)) from None
        except aiohttp.ClientError as error:
            if closed:
                message = f"{closed[0]} is on a private network"
                raise Refused(message) from None
            raise Failed(reason_of(error), may_pass=True) from None

    async def _follow(self, url: str, path: Path, expected: int | None) -> Content:
        for _ in range(MOST_REDIRECTS + 1):
            # To the letter where that can be: some are signed as they are written.
            address = URL(url, encoded=_AS_IT_IS.fullmatch(url) is not None)
            async with self._http.get(
                address, allow_redirects=False, raise_for_status=False
            ) as response:
                location = response.headers.get(hdrs.LOCATION)
                if 300 <= response.status < 400 and location:
                    url = redirected(url, location)
                    continue
                self._check(response)
                content = await self._write(response, path)
                if content.size < (expected or 0) and not _tells_its_length(response):
                    message = f"{content.size} bytes came, of {expected}"
                    raise Failed(message, may_pass=True)
                return content
        message = f"more than {MOST_REDIRECTS} redirects"
        raise Refused(message)

    def _check(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status in DEAD:
            message = f"HTTP {status}"
            raise Dead(message)
        if status != 200:
            message = f"HTTP {status}"
            raise Failed(message, may_pass=status == 429 or status >= 500)
        if (response.content_length or 0) > self._most:
            raise self._too_large()

    def _too_large(self) -> Refused:
        return Refused(f"it is larger than {round(self._most / 2**20, 3):g} MiB")

    async def _write(self, response: aiohttp.ClientResponse, path: Path) -> Content:
        digest, size = sha256(), 0
        with path.open("wb") as file:
            async for chunk in response.content.iter_chunked(CHUNK):
                size += len(chunk)
                if size > self._most:
                    raise self._too_large()
                digest.update(chunk)
                file.write(chunk)
        return Content(size, digest.hexdigest())

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        """A socket for one address, unless that may not be asked."""
        family, kind, protocol, _, target = address
        if not self._may_ask(target[0]):
            _CLOSED.get().append(target[0])
            message = f"{target[0]} may not be asked"
            raise _Private(message)
        return socket.socket(family, kind, protocol)


def _tells_its_length(response: aiohttp.ClientResponse) -> bool:
    """Whether a body that is cut would be noticed: else it ends where the connection does."""
    return response.content_length is not None or "chunked" in response.headers.get(
        hdrs.TRANSFER_ENCODING, ""
    )
