"""The session: settings that are checked, and resources that share one `Client`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypedDict, Unpack

from . import validation
from .errors import InvalidParameter
from .http.client import Client
from .http.retry import Retry
from .limits.limiter import AdaptiveLimit, Limiter
from .resources.conversations import Conversations
from .resources.writing import send
from .wire.credentials import Credentials, Given, Secret
from .wire.decode import check_json
from .wire.environment import ENVIRONMENT
from .wire.origin import origin_from, origin_of, without_secrets
from .wire.request import any_request

if TYPE_CHECKING:
    import aiohttp

    from .resources.articles import Articles
    from .resources.channels import Channels
    from .resources.contacts import Contacts
    from .resources.incidents import Incidents
    from .resources.messages import Messages
    from .resources.reports import Reports
    from .resources.response_templates import ResponseTemplates
    from .resources.satisfaction_ratings import SatisfactionRatings
    from .resources.staff import Staff
    from .resources.systems import Systems

FILE_VARIABLE = "REAMAZE_API_TOKEN_FILE"
LARGEST_FILE = 2**16


class SessionSettings(TypedDict, total=False):
    """What `ReamazeSession.from_env` takes: the arguments of `ReamazeSession`."""

    brand: str
    email: str
    token: str | Secret
    base_url: str | None
    concurrency: int
    rate_limit: Limiter | None
    retry: Retry
    timeout: float
    http: aiohttp.ClientSession | None
    max_response: int


class ReamazeSession:
    """A brand of Re:amaze, seen by one staff user.

        async with ReamazeSession("acme", "me@acme.com", token) as session:
            async for conversation in session.conversations.list(filter="open"):
                print(conversation.slug, conversation.status)

    A session may be made anywhere, at module level too; it belongs to the event loop in which it
    is entered. All its requests share one limiter and `concurrency` slots.

    Args:
        brand: the brand's subdomain (`acme`) or its host (`acme.reamaze.io`).
        email: the staff user's login.
        token: the user's API token (Settings > Developer > API Token).
        base_url: another origin, for a sandbox or a proxy. Plain `http` only for loopback.
        concurrency: requests in flight at once. Default 8.
        rate_limit: `RateLimit(requests, per)`, any other `Limiter`, or None: learned from what
            the server answers. Sessions given the same object share it.
        retry: what is tried again, and how long.
        timeout: seconds for one attempt, connect and body included. Default 30.
        http: an `aiohttp.ClientSession` to use and not close. Its middlewares are replaced, and
            its own proxy settings count.
        max_response: bytes of a decompressed body that are read at most. Default 32 MiB.

    Raises:
        InvalidParameter: one of these can't be used; nothing was sent.
    """

    def __init__(
        self,
        brand: str,
        email: str,
        token: str,
        *,
        base_url: str | None = None,
        concurrency: int = 8,
        rate_limit: Limiter | None = None,
        retry: Retry = Retry(),  # noqa: B008 - frozen
        timeout: float = 30.0,
        http: aiohttp.ClientSession | None = None,
        max_response: int = 32 * 2**20,
    ) -> None:
        given = Given(brand, email, Secret(token), base_url)
        del brand, email, token, base_url  # A traceback from below shows this frame.
        # aiohttp would take half the time of `import reamaze_async`.
        from .http.transport import Transport

        self._brand = self._email = ""
        self._brand, home, origin, credentials = given.checked(_account)
        self._email = credentials.email
        concurrency = validation.whole("concurrency", concurrency, least=1)
        limiter, retry = _limiter(rate_limit), _retry(retry)
        transport = Transport(
            origin,
            credentials,
            timeout=validation.seconds("timeout", timeout),
            max_response=validation.whole("max_response", max_response, least=1),
            http=http,
        )
        self._client = Client(
            transport, limiter, retry, concurrency=concurrency, home=home, origin=origin
        )
        self.conversations: Conversations = Conversations(self._client)

    @classmethod
    def from_env(cls, **overrides: Unpack[SessionSettings]) -> Self:
        """A session with settings from the environment.

        `REAMAZE_BRAND`, `REAMAZE_EMAIL`, `REAMAZE_API_TOKEN` (or `REAMAZE_API_TOKEN_FILE`, a file
        that holds it), and `REAMAZE_BASE_URL` if set.

        Args:
            **overrides: any argument of `ReamazeSession`; goes before the environment.

        Raises:
            InvalidParameter: a variable is missing, or a value can't be used.
        """
        unknown = overrides.keys() - SessionSettings.__annotations__.keys()
        if "token" in overrides:
            overrides["token"] = Secret(overrides["token"])
        given = Given(overrides)
        del overrides  # A traceback from below shows this frame.
        if unknown:
            message = f"from_env() got an unexpected setting: {', '.join(sorted(unknown))}"
            raise TypeError(message)
        return given.checked(lambda settings: cls(**_completed(settings)))

    def __reduce__(self) -> NoReturn:
        self._client.__reduce__()  # The end of a copy would be the end of the session.

    def __repr__(self) -> str:
        return f"ReamazeSession({self._brand!r}, {self._email!r})"

    def __del__(self) -> None:
        client = getattr(self, "_client", None)
        if client is not None and client.is_open:
            message = f"{self!r} was never closed: use `async with`, or `await session.close()`."
            warnings.warn(message, ResourceWarning, source=self, stacklevel=2)
            client.abandon()

    @property
    def concurrency(self) -> int:
        """Requests in flight at once."""
        return self._client.concurrency

    @property
    def limiter(self) -> Limiter:
        """The limiter; its `state` tells what was learned and how long it is paused."""
        return self._client.limiter

    # Imported when they are first used: `import reamaze_async` need not pay for all of them.

    @cached_property
    def messages(self) -> Messages:
        """Messages, of the whole brand or of one conversation."""
        from .resources.messages import Messages

        return Messages(self._client)

    @cached_property
    def contacts(self) -> Contacts:
        """Contacts of the account, with the addresses that lead to them and notes on them."""
        from .resources.contacts import Contacts

        return Contacts(self._client)

    @cached_property
    def channels(self) -> Channels:
        """Channels of the brand."""
        from .resources.channels import Channels

        return Channels(self._client)

    @cached_property
    def articles(self) -> Articles:
        """Articles of the help centre."""
        from .resources.articles import Articles

        return Articles(self._client)

    @cached_property
    def response_templates(self) -> ResponseTemplates:
        """Response templates, shared ones and the user's own."""
        from .resources.response_templates import ResponseTemplates

        return ResponseTemplates(self._client)

    @cached_property
    def staff(self) -> Staff:
        """Staff of the account."""
        from .resources.staff import Staff

        return Staff(self._client)

    @cached_property
    def satisfaction_ratings(self) -> SatisfactionRatings:
        """Satisfaction ratings, of all brands unless said."""
        from .resources.satisfaction_ratings import SatisfactionRatings

        return SatisfactionRatings(self._client)

    @cached_property
    def reports(self) -> Reports:
        """The five reports, of all brands unless said."""
        from .resources.reports import Reports

        return Reports(self._client)

    @cached_property
    def incidents(self) -> Incidents:
        """Incidents of the status page."""
        from .resources.incidents import Incidents

        return Incidents(self._client)

    @cached_property
    def systems(self) -> Systems:
        """Systems of the status page."""
        from .resources.systems import Systems

        return Systems(self._client)

    async def open(self) -> Self:
        """Begin, for frameworks with start and stop hooks; else use `async with`.

        Raises:
            SessionUnusable: it was begun or closed before, or `http` is another event loop's.
        """
        self._client.open()
        return self

    async def close(self) -> None:
        """Stop everything under way and close the connections; closing again does nothing.

        Raises:
            SessionUnusable: it belongs to another event loop.
        """
        await self._client.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def request(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, json: Any = None
    ) -> bytes:
        """Ask any endpoint, through the limiter, the retries and the errors of this session.

        Args:
            method: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
            path: percent-encoded; `/contacts` means `/api/v1/contacts`.
            params: the query; None values are left out.
            json: the body, wrapped in its root key as the API wants it.

        Returns:
            The answer's body, JSON or empty.

        Raises:
            InvalidParameter: it can't be sent.
            ReamazeError: no good answer came; of a write, the error says if it may have been done.
        """
        request = any_request(method, path, params, json)
        if request.method == "GET":
            return await self._client.ask(request, check_json)
        return await send(self._client, request, check_json)


def _account(
    brand: str, email: str, token: Secret, base_url: str | None
) -> tuple[str, str, str, Credentials]:
    """The brand, where it lives, where the requests go, and who asks."""
    home = origin_of(brand)
    origin = home if base_url is None else origin_from(base_url)
    return brand, home, origin, Credentials(email, token)


def _completed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings, with those of the environment where none was given."""
    found = dict(settings)
    for name, variable in ENVIRONMENT.items():
        if name in found or (name == "base_url" and not os.environ.get(variable)):
            continue
        value = token_from_env() if name == "token" else os.environ.get(variable)
        if not value:
            message = f"{variable} is not set: set it, or give {name}."
            raise InvalidParameter(message)
        found[name] = value
    return found


def token_from_env() -> Secret | None:
    """The token that the environment holds, or the file that it names; None if neither is there.

    Raises:
        InvalidParameter: the file can't be read.
    """
    if os.environ.get(ENVIRONMENT["token"]):
        return Secret(os.environ[ENVIRONMENT["token"]])
    name = os.environ.get(FILE_VARIABLE)
    if not name:
        return None
    shown = f"{FILE_VARIABLE}={without_secrets(name)!r}"
    try:
        with Path(name).open("rb") as file:
            return Secret(file.read(LARGEST_FILE).decode("utf-8-sig"))
    except OSError as error:
        message = f"{shown} can't be read ({error.strerror}): name another file."
    except UnicodeDecodeError:
        message = f"{shown} is no text file: name the one that holds the token."
    raise InvalidParameter(message)


def _limiter(given: Any) -> Limiter:
    if given is None:
        return AdaptiveLimit()
    verbs = ("acquire", "answered")
    if isinstance(given, type) or not all(callable(getattr(given, verb, None)) for verb in verbs):
        why = "must be a RateLimit, another Limiter, or None."
        raise validation.invalid("rate_limit", given, why)
    limiter: Limiter = given
    return limiter


def _retry(given: Any) -> Retry:
    if not isinstance(given, Retry):
        raise validation.invalid("retry", given, "must be a Retry.")
    return given
