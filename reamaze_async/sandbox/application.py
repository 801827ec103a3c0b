"""From a request to its answer: brand, path, login, format, limit, permission. Pure."""

import re
from base64 import b64decode
from collections.abc import Iterable
from functools import lru_cache
from itertools import zip_longest
from typing import Literal
from urllib.parse import unquote

from reamaze_async.sandbox import responses
from reamaze_async.sandbox.checks import check_word
from reamaze_async.sandbox.files import FOLDER, content
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.limits import Limit, Limiter
from reamaze_async.sandbox.lists import Lists
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.routes import ROUTES, Route
from reamaze_async.sandbox.rules import Habits
from reamaze_async.sandbox.world import World

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}

_PORT = re.compile(r":[0-9]*$")


class Application:
    """The API over a world.

    Args:
        world: What is served.
        email: The login that is let in.
        token: Its API token.
        wrong_login: How wrong credentials are answered.
        habits: Where public knowledge is silent or split.
        limit: The rate limit, or None.
        deny: What the user's role forbids: words of resources (`messages`), of permissions
            (`access_reports`, `manage_incidents`), or of single operations (`POST messages`).
        seed: Decides which copy, and the order of what has equal rank.

    Attributes:
        world: What is served.
        habits: As given.
        lists: Serves the lists.
        limiter: Counts the requests.

    Raises:
        ValueError: `deny` holds a word that forbids nothing.
    """

    def __init__(
        self,
        world: World,
        *,
        email: str,
        token: str,
        wrong_login: Literal[401, 403] = 403,
        habits: Habits,
        limit: Limit | None = None,
        deny: Iterable[str] = (),
        seed: int = 1,
    ) -> None:
        check_word("wrong_login", wrong_login, Literal[401, 403])
        self.world = world
        self.habits = habits
        self.lists: Lists = Lists(world, habits, seed)
        self.limiter: Limiter | None = Limiter(limit) if limit else None
        self._hosts = LOOPBACK | {f"{world.brand}.reamaze.io", f"{world.brand}.reamaze.com"}
        self._deny = _forbidden(deny)
        self._login = (email.lower(), token)
        self._wrong_login = responses.WRONG_LOGIN if wrong_login == 403 else responses.NO_LOGIN

    def refuse(self, incoming: Incoming, now: float) -> Answer | None:
        """Why the request gets no answer of its own, or None. Counts against the limit.

        Args:
            incoming: The request.
            now: Seconds since 1970, by the server's clock.
        """
        if not self._is_ours(incoming.headers.get("host", "")):
            return responses.NO_BRAND
        if incoming.path.startswith(FOLDER):
            return None
        route, _ = locate(incoming)
        if route is None:
            return responses.NOT_FOUND
        return (
            self._check_login(incoming.headers.get("authorization", ""))
            or _check_format(incoming)
            or self._check_limit(route, now)
            or (responses.FORBIDDEN if self._deny & route.words else None)
        )

    def answer(self, incoming: Incoming) -> Answer:
        """The answer to a request that wasn't refused."""
        if incoming.path.startswith(FOLDER):
            return self._file(incoming.path)
        route, names = locate(incoming)
        assert route
        answer = route.handler(self, incoming, *names)
        if self.habits.wrapped and route.root and answer.status in (200, 201):
            body = b'{"%b":%b}' % (route.root.encode(), answer.body)
            return Answer(answer.status, body, answer.headers)
        return answer

    def _file(self, path: str) -> Answer:
        number, _, name = path.removeprefix(FOLDER).partition("/")
        message = self.world.messages.get(number)
        if message is None or message.file is None or message.file[0] != name:
            return responses.NOT_FOUND
        return Answer(200, content(message.luck), {"Content-Type": message.file[1]})

    def _is_ours(self, host: str) -> bool:
        return _PORT.sub("", host.lower()) in self._hosts

    def _check_login(self, authorization: str) -> Answer | None:
        sent = _credentials(authorization)
        if sent is None:
            return responses.NO_LOGIN
        return None if (sent[0].lower(), sent[1]) == self._login else self._wrong_login

    def _check_limit(self, route: Route, now: float) -> Answer | None:
        if self.limiter is None:
            return None
        wait = self.limiter.wait(route.name, now)
        if not wait:
            return None
        limit = self.limiter.limit
        header = limit.header(wait, now)
        return responses.too_many(as_json=limit.body == "json", retry_after=header)


def locate(incoming: Incoming) -> tuple[Route | None, tuple[str, ...]]:
    """The route of a request, None when there is none, and the names in its path."""
    return _locate(incoming.method, incoming.target.partition("?")[0])


@lru_cache(maxsize=4096)
def _locate(method: str, path: str) -> tuple[Route | None, tuple[str, ...]]:
    parts = path.rstrip("/").removesuffix(".json").split("/")
    if parts[:3] != ["", "api", "v1"]:
        return None, ()
    kinds, names = parts[3::2], parts[4::2]
    shape = "/".join(part for pair in zip_longest(kinds, "*" * len(names)) for part in pair if part)
    methods = ROUTES.get(shape, {})
    return methods.get("GET" if method == "HEAD" else method), tuple(map(unquote, names))


def _check_format(incoming: Incoming) -> Answer | None:
    if incoming.target.partition("?")[0].rstrip("/").endswith(".json"):
        return None
    accept = incoming.headers.get("accept", "").lower()
    if "application/json" in accept or "*/*" in accept:
        return None
    return responses.NOT_ACCEPTABLE


def _forbidden(deny: Iterable[str]) -> frozenset[str]:
    wanted = frozenset((deny,) if isinstance(deny, str) else deny)
    known = {word for methods in ROUTES.values() for it in methods.values() for word in it.words}
    if wanted - known:
        message = f"deny={sorted(wanted - known)}: not among {', '.join(sorted(known))}"
        raise ValueError(message)
    return wanted


def _credentials(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        email, colon, token = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (email, token) if colon else None
