"""A session for a command: on a real account, or on a sandbox inside the process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reamaze_async.errors import (
    AuthenticationError,
    ConnectionFailed,
    InvalidParameter,
    PermissionDenied,
    ReamazeError,
)
from reamaze_async.limits.limiter import AdaptiveLimit, RateLimit
from reamaze_async.session import ReamazeSession
from reamaze_async.wire.credentials import Secret
from reamaze_async.wire.origin import origin_of

from .errors import Failure, Misuse, in_options
from .login import SANDBOX, Login, is_loopback, log_in
from .signals import Work, run

if TYPE_CHECKING:
    from reamaze_async.redis import RedisLimit

CONVERSATIONS = 1000
LATENCY = 0.1
"""Seconds. The sandbox inside is large and slow enough for progress to be seen."""

PORT = 17863
"""The port of the sandbox inside, if it is free: an interrupted export that is run again finds the
same address, and goes on. Systems give outgoing connections ports from 32768 on: not this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where items come from.

    Attributes:
        login: the account; None for a sandbox inside the process.
        settings: what else a session is made with.
        is_learned: whether the limit is learned from the server, not given.
    """

    login: Login | None
    settings: dict[str, Any]
    is_learned: bool = True

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ReamazeSession]:
        """A session on the account or the sandbox."""
        async with AsyncExitStack() as stack:
            login = self.login
            if login is None:
                login = await stack.enter_async_context(_sandbox())
            session = ReamazeSession.from_env(
                brand=login.brand,
                email=login.email,
                token=login.token,
                base_url=login.base_url,
                **self.settings,
            )
            yield await stack.enter_async_context(session)

    def run(self, work: Work) -> None:
        """Do what takes one request or a few, with a hint where it fails.

        Raises:
            InvalidParameter: it was asked wrongly.
            Failure: no answer came.
            Stopped: a signal came.
        """
        try:
            run(work)
        except InvalidParameter:
            raise
        except ReamazeError as error:
            raise Failure(in_options(error) + self.hint(error)) from None

    def hint(self, error: Exception) -> str:
        """A hint after an error, if a sandbox may be meant; else empty."""
        if self.login is None or not is_loopback(self.login.base_url):
            return ""
        if isinstance(error, ConnectionFailed) and not error.sent:
            return f" Is `reamaze sandbox` running at {self.login.base_url}?"
        if isinstance(error, AuthenticationError | PermissionDenied):
            return " If this is a sandbox, use what it printed, or unset REAMAZE_*."
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The options that name an account.

    Attributes:
        brand: its subdomain or host, or None.
        email: the staff user's login, or None.
        base_url: another origin, or None.
        sandbox: whether a sandbox inside the process is meant instead.
    """

    brand: str | None
    email: str | None
    base_url: str | None
    sandbox: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The options that say how fast and how long to ask.

    Attributes:
        timeout: seconds for one attempt.
        max_response: MiB of a response that are read at most.
        concurrency: requests under way at once.
        requests_per_minute: a limit that is known, or None.
        share: of what the limit allows, what may be used.
        redis: the URL of the Redis that holds the limit of all processes, or None.
    """

    timeout: float
    max_response: int
    concurrency: int = 8
    requests_per_minute: int | None = None
    share: float = 1.0
    redis: str | None = None


def source_of(account: Account, pace: Pace) -> Source:
    """Make a source of the options; ask for the token if nothing else gives it.

    Raises:
        InvalidParameter: the base URL can't be used.
        Misuse: something is missing.
    """
    login = None
    if not account.sandbox:
        login = log_in(account.brand, account.email, account.base_url)
    limit = _limit(pace, login)
    settings = {
        "rate_limit": limit if pace.share == 1.0 else limit.background(pace.share),
        "concurrency": pace.concurrency,
        "timeout": pace.timeout,
        "max_response": pace.max_response * 2**20,
    }
    return Source(login=login, settings=settings, is_learned=pace.requests_per_minute is None)


def _limit(pace: Pace, login: Login | None) -> AdaptiveLimit | RateLimit | RedisLimit:
    per_minute = pace.requests_per_minute
    if pace.redis is None:
        return RateLimit(per_minute) if per_minute else AdaptiveLimit()
    try:
        from reamaze_async.redis import RedisLimit  # noqa: PLC0415 - only for who asks for it
    except ImportError as error:
        message = f"--redis: {error}."
        raise Misuse(message) from None
    # What a sandbox answers must not be taken for the brand's own limit.
    key = "sandbox" if login is None else key_of(login.brand)
    return RedisLimit(pace.redis, key=key, requests=per_minute)


def key_of(brand: str) -> str:
    """The key under which a brand's processes share a limit: `acme`, however it is written."""
    return origin_of(brand).removeprefix("https://").removesuffix(".reamaze.io")


@asynccontextmanager
async def _sandbox() -> AsyncIterator[Login]:
    from reamaze_async.sandbox import Sandbox  # noqa: PLC0415 - only for who asks for it

    def made(port: int) -> Sandbox:
        return Sandbox(CONVERSATIONS, latency=LATENCY, port=port, brand=SANDBOX.brand)

    sandbox = made(PORT)
    try:
        await sandbox.start()
    except OSError:
        sandbox = made(0)
        await sandbox.start()
    try:
        yield Login(
            brand=sandbox.brand,
            email=sandbox.email,
            token=Secret(sandbox.token),
            base_url=sandbox.base_url,
        )
    finally:
        await sandbox.close()
