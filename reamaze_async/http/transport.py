"""One attempt over aiohttp: a request out, a bounded answer in, foreign errors made ours.

The only module of the client that imports aiohttp. What it hides:

* aiohttp silently repeats an idempotent request whose connection drops before the answer. A
  middleware turns that failure into one that isn't repeated, so that each send is counted and
  has had its permit. It takes the place of a caller's own middlewares.
* The `Authorization` header is set in that middleware too: there it collides with no netrc entry
  and no default of the caller's session, and stands in no frame of a traceback.
* With `trust_env`, aiohttp asks two worker threads about proxies and netrc before each request;
  the proxies are looked up once here.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import hdrs
from aiohttp.http import HttpProcessingError
from yarl import URL

from reamaze_async import _version, validation
from reamaze_async.errors import (
    ConnectionFailed,
    DecodeError,
    InvalidParameter,
    ReamazeError,
    RequestTimeout,
    SessionUnusable,
)
from reamaze_async.wire.credentials import Credentials
from reamaze_async.wire.origin import is_loopback
from reamaze_async.wire.request import Request
from reamaze_async.wire.response import Response

from .attempt_timer import AttemptTimer

USER_AGENT = f"reamaze-async/{_version.__version__}"

_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
_HEADERS: dict[str, str] = {
    hdrs.ACCEPT: "application/json",
    hdrs.ACCEPT_ENCODING: "gzip, deflate",
    hdrs.USER_AGENT: USER_AGENT,
}


LARGEST_HEADER = 2**16
MOST_HEADERS = 1000
"""What a response's headers may be: proxies add many, and large ones. Browsers bear as much."""


class _Dropped(aiohttp.ClientError):
    """The connection was lost after the request may have been sent."""


class _TooLarge(Exception):
    """The response is larger than the bound."""


_FOREIGN = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, _TooLarge)
"""Errors of an attempt; `HttpProcessingError` is raised by aiohttp without its C extension."""

_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL)
"""Errors that prove that the request was never sent."""


_NO_PROXY = (aiohttp.ClientProxyConnectionError, aiohttp.ClientConnectorDNSError)
"""Errors that blame the proxy, if one is used: it alone is looked up and connected to."""


class Transport:
    """Sends requests to one origin.

    Args:
        origin: such as `https://acme.reamaze.io`.
        credentials: go into each request's `Authorization` header.
        timeout: seconds for one attempt, connect and body included.
        max_response: bytes of a decompressed body.
        http: a caller's session to use and not close; None makes one.

    Raises:
        InvalidParameter: `http` is something else.
    """

    _loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        origin: str,
        credentials: Credentials,
        *,
        timeout: float,
        max_response: int,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        if http is not None and not isinstance(http, aiohttp.ClientSession):
            raise validation.invalid("http", http, "must be an aiohttp.ClientSession.")
        self._origin = origin
        self._scheme, self._netloc, *_ = urlsplit(origin)
        self._timeout = timeout
        self._timer = AttemptTimer(timeout)
        self._max_response = max_response
        self._http = http
        self._owns = http is None
        self._proxy: URL | None = None
        self._redact = credentials.redact
        self._settings: dict[str, Any] = {
            "headers": _HEADERS,
            "timeout": _NO_TIMEOUT,
            "raise_for_status": False,
            "auto_decompress": True,
            "middlewares": (_authorize_and_send_once(credentials),),
            "max_line_size": LARGEST_HEADER,
            "max_field_size": LARGEST_HEADER,
            "max_headers": MOST_HEADERS,
        }
        # A session of our own is told once, a caller's session with each request.
        self._each: dict[str, Any] = {} if self._owns else self._settings

    def open(self) -> None:
        """Make the session, in the loop that will use it.

        Raises:
            InvalidParameter: the environment names a proxy that can't be used.
            SessionUnusable: the caller's session was made in another loop.
        """
        self._loop = asyncio.get_running_loop()
        # aiohttp has no public way to ask, and would only find out that a loop is closed.
        if self._http is not None and getattr(self._http, "_loop", self._loop) is not self._loop:
            message = "The aiohttp session given as `http` is of another event loop: make one here."
            raise SessionUnusable(message)
        if self._owns:
            self._proxy = _proxy_for(self._origin)
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=self._proxy,
                **self._settings,
            )

    def abandon(self) -> None:
        """Let go of a session that nobody has closed; who forgot it is told elsewhere."""
        if not self._owns or self._http is None or self._http.connector is None:
            return
        # The public way is a coroutine, and nobody is left to wait for it.
        stop = getattr(self._http.connector, "_close", lambda: None)
        self._http.detach()
        with suppress(RuntimeError):
            if self._loop.is_closed() or self._loop is asyncio.get_running_loop():
                stop()
                return
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(stop)

    async def close(self) -> None:
        """Close the aiohttp session, unless it is the caller's."""
        self._timer.close()
        if self._owns and self._http is not None:
            await self._http.close()

    async def send(self, request: Request) -> Response:
        """Make one attempt.

        Raises:
            ConnectionFailed: no complete response came.
            RequestTimeout: none came in time.
            DecodeError: the response is larger than the bound.
        """
        http = self._http
        if http is None or (not self._owns and http.closed):
            message = "The aiohttp session given as `http` is closed: keep it open for longer."
            raise SessionUnusable(message)
        began = self._loop.time()
        attempt = self._timer.begin(self._loop, began)
        try:
            return await self._exchange(http, request, began)
        except _FOREIGN as error:
            failure: BaseException = self._translate(request, error)
        except BaseException as error:  # noqa: BLE001 - a cancellation, or an error of a hook
            is_late = attempt.has_timed_out(error)
            failure = self._too_late(request) if is_late else _without_frames(error)
        finally:
            self._timer.end(attempt)
        # Raised out here, it has no context: aiohttp's frames hold headers.
        raise failure

    async def _exchange(
        self, http: aiohttp.ClientSession, request: Request, began: float
    ) -> Response:
        how = self._each
        if request.body is not None:
            headers = {**_HEADERS, hdrs.CONTENT_TYPE: "application/json"}
            how = {**how, "data": request.body, "headers": headers}
        # Given in parts, it need not be taken apart for each request.
        url = URL.build(
            scheme=self._scheme,
            authority=self._netloc,
            path=request.path,
            query_string=request.query,
            encoded=True,
        )
        response = await http.request(request.method, url, allow_redirects=False, **how)
        status, content, chunks, size = response.status, response.content, [], 0
        try:
            while not content.at_eof():
                chunk = content.read_nowait() or await content.readany()
                size += len(chunk)
                if size > self._max_response:
                    if status < 300:
                        raise _TooLarge
                    break  # An error needs no more of its body than that.
                chunks.append(chunk)
        finally:
            if not response.closed:  # Read to its end, it is, and its connection is kept.
                response.close()
        ended, clock, body = self._loop.time(), time.time(), b"".join(chunks)
        return Response(status, response.headers, body, began, ended, clock, self._redact)

    def _too_late(self, request: Request) -> RequestTimeout:
        return RequestTimeout(**request.facts, timeout=self._timeout)

    def _translate(self, request: Request, error: Exception) -> ReamazeError:
        if isinstance(error, TimeoutError):
            return self._too_late(request)
        if isinstance(error, _TooLarge):
            reason = f"it is larger than {self._max_response / 2**20:g} MiB"
            return DecodeError(**request.facts, reason=reason, remedy="larger-response")
        sent = not isinstance(error, _UNSENT)
        reason = reason_of(error)
        if self._proxy is not None and isinstance(error, _NO_PROXY):
            reason += f", through the proxy {self._proxy.host_subcomponent}:{self._proxy.port}"
        is_final = isinstance(error, aiohttp.ClientConnectorCertificateError)
        return ConnectionFailed(**request.facts, reason=reason, sent=sent, is_final=is_final)


def _without_frames(error: BaseException) -> BaseException:
    """Take an error's traceback and context away, whose frames hold headers."""
    error.__context__ = None
    if error.__cause__:
        error.__cause__.__traceback__ = None
    return error.with_traceback(None)


def reason_of(error: Exception) -> str:
    """The reason of a connection error, in one line and never in the server's own words."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answers HTTP {error.status}"
    # Of a head that broke off, the message is what there is of it.
    is_cut = isinstance(error, aiohttp.ServerDisconnectedError) and not isinstance(
        error.message, str
    )
    if is_cut or isinstance(error, aiohttp.ClientPayloadError):
        return "the answer is cut short or damaged"
    if type(error) is aiohttp.ClientOSError and error.errno is None:
        return "it was closed while the request was sent"
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        is_size = re.search(r"Got more than|Too many headers", str(error)) is not None
        return "the answer's headers are too large" if is_size else "the answer is no HTTP"
    # To say that its own certificates are the usual ones helps nobody.
    said = str(error).replace(" ssl:default", "")
    if isinstance(error, aiohttp.ClientConnectorError) and error.strerror is None:
        said = said.replace("[None]", f"[{type(error.os_error).__name__}]")
    return " ".join(said.split()) or type(error).__name__


def _authorize_and_send_once(credentials: Credentials) -> aiohttp.ClientMiddlewareType:
    async def middleware(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        request.headers[hdrs.AUTHORIZATION] = credentials.header()
        try:
            return await handler(request)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            raise _Dropped(reason_of(error)) from None

    return middleware


def _named(scheme: str) -> tuple[str, str]:
    """The environment's proxy for a scheme, or else for all, and for which of the two."""
    proxies = getproxies()
    variable = scheme if proxies.get(scheme) else "all"
    return variable, proxies.get(variable, "")


def _proxy_for(origin: str) -> URL | None:
    """The proxy that the environment names for this origin."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    variable, named = _named(parts.scheme)
    # To a proxy elsewhere, this machine is another one; and plain http would tell it the token.
    if not named or is_loopback(host) or proxy_bypass(host):
        return None
    with suppress(ValueError):
        proxy = URL(named if "://" in named else f"http://{named}")
        if proxy.scheme in ("http", "https") and proxy.host:
            return proxy
    message = (
        f"the environment's {variable}_proxy must be an http proxy such as "
        "'http://proxy.example:3128': correct it, or unset it."
    )
    raise InvalidParameter(message)
