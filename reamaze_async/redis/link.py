"""The way to Redis: one script at a time, and every way in which it can fail as one error.

Only this module imports redis-py.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator
from copy import copy
from typing import Any
from urllib.parse import urlsplit

import msgspec

from reamaze_async import validation
from reamaze_async.errors import InvalidParameter
from reamaze_async.wire.credentials import Secret

from .facts import Call, Reply, reply_of, script

try:
    from redis import asyncio as client_library
    from redis import exceptions
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
except ImportError:
    message = "Redis needs more than is installed: pip install 'reamaze-async[redis]'"
    raise ImportError(message) from None

TIMEOUT = 2.0
"""Seconds after which Redis is taken for away."""
REFUSALS = (exceptions.ResponseError, exceptions.AuthenticationError)
PASSING = (
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    exceptions.ClusterError,
    exceptions.TryAgainError,
)
PASSING_CODE = re.compile(
    # Redis 5 and 6 wrap the code that a command within the script is answered with.
    r"(?:^|-)(?:OOM|MISCONF|BUSY|STALE|LOADING|MASTERDOWN|READONLY|NOREPLICAS)\b"
)
SCHEMES = ("redis", "rediss")


class Away(Exception):
    """Redis didn't answer, or not with what was asked for.

    Attributes:
        is_final: whether it refuses what we ask of it, so that asking again is of no use.
    """

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Link:
    """A way to one log.

    Args:
        target: a URL, hidden, or a client of redis-py's asyncio, which isn't closed here.
        key: the name that processes share.

    Raises:
        InvalidParameter: the URL or the client can't be used.
    """

    def __init__(self, target: Any, key: str) -> None:
        self._url: Secret | None = None
        self._client: Any = None
        if isinstance(target, Secret):
            self.where: str = _where(target)
            self._url = target
            self._made()
        elif isinstance(target, client_library.Redis | client_library.RedisCluster):
            self._client = target
            self.where = f"<{type(target).__name__}>"
        else:
            why = "must be a URL such as 'redis://localhost:6379/0', or a client of redis.asyncio."
            raise validation.invalid("url_or_client", type(target), why)
        names = ("log", "state", "turns", "leases", "limits")
        self._prefix = f"{{reamaze:{key}}}"
        self._keys = [f"{self._prefix}:{name}" for name in names]
        self._hash = hashlib.sha1(script().encode(), usedforsecurity=False).hexdigest()

    def _made(self) -> Any:
        assert self._url is not None
        try:
            client: Any = client_library.Redis.from_url(
                self._url.reveal(),
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                retry=Retry(NoBackoff(), 0),
                protocol=2,
            )
            client.connection_pool.make_connection()  # refuses options that it doesn't know
            return client
        except (ValueError, TypeError, AttributeError):
            message = f"The Redis URL can't be used: write it as {_EXAMPLE}."
        raise InvalidParameter(message)

    def anew(self) -> Link:
        """The same way for another event loop, or another process."""
        link = copy(self)
        if self._url is not None:
            link._client = None
        return link

    async def ask(self, process: str, call: Call) -> Reply:
        """Run the script once.

        Raises:
            Away: no good answer came; the script may have run or not, or may still run.
        """
        if self._client is None:
            self._client = self._made()
        arguments = [*self._keys, f"{self._prefix}:call:{process}", msgspec.json.encode(call)]
        number = len(self._keys) + 1
        try:
            async with asyncio.timeout(TIMEOUT):
                try:
                    raw = await self._client.evalsha(self._hash, number, *arguments)
                except exceptions.NoScriptError:
                    raw = await self._client.eval(script(), number, *arguments)
        except TimeoutError:
            _stop_if_cancelled()
            away = Away(f"no answer within {TIMEOUT:g} s", is_final=False)
        except (exceptions.RedisError, exceptions.RedisClusterException, OSError) as error:
            _stop_if_cancelled()
            away = self._away(error)
        else:
            _stop_if_cancelled()
            return reply_of(raw)
        raise away

    def _away(self, error: Exception) -> Away:
        reason = str(error) or type(error).__name__
        pool = getattr(self._client, "connection_pool", None)
        password = getattr(pool, "connection_kwargs", {}).get("password")
        if password:
            reason = reason.replace(str(password), "[password]")
        is_refusal = any(isinstance(cause, REFUSALS) for cause in _causes(error))
        is_refusal = is_refusal and not isinstance(error, PASSING)
        is_final = is_refusal and not PASSING_CODE.search(reason)
        return Away(reason.rstrip("."), is_final=is_final)

    async def close(self) -> None:
        """Close our own connection; the next call opens one again."""
        if self._url is not None and self._client is not None:
            client, self._client = self._client, None
            await client.connection_pool.disconnect()


def _stop_if_cancelled() -> None:
    """Raise the cancellation that a time-out of nothing inside redis-py has swallowed."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what has caused it: at a Unix socket a refused login is wrapped."""
    while error is not None:
        yield error
        error = error.__cause__


_EXAMPLE = "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], rediss://... or unix:///PATH"


def _where(url: Secret) -> str:
    """A URL without what nobody should see: user, password, query.

    Raises:
        InvalidParameter: it is no URL of Redis's.
    """
    if (where := _public_part(url)) is None:
        message = f"The Redis URL can't be used: write it as {_EXAMPLE}."
        raise InvalidParameter(message)
    return where


def _public_part(url: Secret) -> str | None:
    # Nothing is raised from here: a traceback would show the parts.
    try:
        parts = urlsplit(url.reveal())
        host, port = parts.hostname or "localhost", parts.port or 6379
    except ValueError:
        return None
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}:{port}{parts.path}" if parts.scheme in SCHEMES else None
