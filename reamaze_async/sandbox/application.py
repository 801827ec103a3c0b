"""From a request to its answer: brand, path, login, format, limit, and the verbs. Pure."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Literal
from urllib.parse import unquote

from reamaze_async.sandbox import responses
from reamaze_async.sandbox.conversation import Conversation
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.limits import Limit, Limiter
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.rules import (
    PAGE_SIZE,
    Habits,
    Query,
    page_count,
    page_number,
    pairs,
    read_query,
)
from reamaze_async.sandbox.world import World
from reamaze_async.sandbox.writes import create, update

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}

MOST_KEPT = 256 * 1024 * 1024
"""Bytes of pages remembered."""

Handler = Callable[..., Answer]
"""Of the application, the request, and the names in its path."""

_PORT = re.compile(r":[0-9]*$")


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one resource, or on one thing of it."""

    name: str
    """What limits per endpoint count by."""
    handler: Handler
    is_list: bool = False


class Application:
    """The API over a world.

    Args:
        world: What is served.
        email: The login that is let in.
        token: Its API token.
        wrong_login: How wrong credentials are answered.
        habits: Where public knowledge is silent or split.
        limit: The rate limit, or None.
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
    ) -> None:
        self.world = world
        self.limiter: Limiter | None = Limiter(limit) if limit else None
        self._hosts = LOOPBACK | {f"{world.brand}.reamaze.io", f"{world.brand}.reamaze.com"}
        self._habits = habits
        self._login = (email.lower(), token)
        self._wrong_login = responses.WRONG_LOGIN if wrong_login == 403 else responses.NO_LOGIN
        self._pages = Pages()

    def refuse(self, incoming: Incoming, now: float) -> Answer | None:
        """Why the request gets no answer of its own, or None. Counts against the limit.

        Args:
            incoming: The request.
            now: Seconds since 1970, by the server's clock.
        """
        if not self._is_ours(incoming.headers.get("host", "")):
            return responses.NO_BRAND
        route, _ = locate(incoming)
        if route is None:
            return responses.NOT_FOUND
        return (
            self._check_login(incoming.headers.get("authorization", ""))
            or _check_format(incoming)
            or self._check_limit(route, now)
        )

    def answer(self, incoming: Incoming) -> Answer:
        """The answer to a request that wasn't refused."""
        route, names = locate(incoming)
        assert route
        return route.handler(self, incoming, *names)

    def list_conversations(self, incoming: Incoming) -> Answer:
        """GET /conversations."""
        page = self._pages.get(incoming.query, self.world.version)
        return page or self._pages.keep(incoming.query, self._page(pairs(incoming.query)))

    def _page(self, params: Mapping[str, str]) -> Answer:
        query = read_query(params, self._habits)
        if self._habits.unknown_category == 404 and not self._knows(query.category):
            return responses.NOT_FOUND
        view = self.world.view(query)
        items = view.page(page_number(params.get("page")))
        body = b'{"page_size":%d,"page_count":%d,"total_count":%d,"conversations":[%b]}' % (
            PAGE_SIZE,
            page_count(len(view), self._habits),
            len(view),
            b",".join([conversation.encoded() for conversation in items]),
        )
        return Answer(200, body, {"Content-Type": responses.JSON_TYPE})

    def get_conversation(self, incoming: Incoming, name: str) -> Answer:
        """GET /conversations/{slug}, by slug, database id, reference or origin (documented)."""
        params = pairs(incoming.query)
        kind = params.get("id_type")
        if kind == "origin" and not params.get("category"):
            return responses.unprocessable({"category": ["can't be blank"]})
        found = self._find(kind, name, params)
        return Answer.of(found.single()) if found else responses.NOT_FOUND

    def create_conversation(self, incoming: Incoming) -> Answer:
        """POST /conversations."""
        return create(self.world, incoming)

    def update_conversation(self, incoming: Incoming, name: str) -> Answer:
        """PUT /conversations/{slug}."""
        found = self.world.get(name)
        return update(self.world, found, incoming) if found else responses.NOT_FOUND

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
        told = limit.told(wait, now)
        return responses.too_many(as_json=limit.body == "json", retry_after=told)

    def _knows(self, category: str | None) -> bool:
        return category is None or self.world.channel(category) is not None

    def _find(self, kind: str | None, name: str, params: Mapping[str, str]) -> Conversation | None:
        if kind == "ref":
            return next((c for c in self.world.conversations if c.ref == name), None)
        if kind == "origin":
            inside = self.world.view(Query("all", category=params["category"])).everything()
            return next((c for c in inside if c.origin_id == name), None)
        return self.world.get(name)


class Pages:
    """Remembers answers to list requests as long as the world stands still."""

    def __init__(self) -> None:
        self._version = 0
        self._kept: dict[str, Answer] = {}
        self._size = 0

    def get(self, query: str, version: int) -> Answer | None:
        """The answer to this query string, if the world is still the same."""
        if version != self._version:
            self._version, self._kept, self._size = version, {}, 0
        return self._kept.get(query)

    def keep(self, query: str, answer: Answer) -> Answer:
        """Remember an answer, and forget all others when it gets too much."""
        self._size += len(answer.body)
        if self._size > MOST_KEPT:
            self._kept, self._size = {}, len(answer.body)
        self._kept[query] = answer
        return answer


ROUTES = {
    "conversations": {
        "GET": Route("GET conversations", Application.list_conversations, is_list=True),
        "POST": Route("POST conversations", Application.create_conversation),
    },
    "conversations/*": {
        "GET": Route("GET conversations/*", Application.get_conversation),
        "PUT": Route("PUT conversations/*", Application.update_conversation),
    },
}
"""By the shape of the path under `/api/v1`, a star for each name in it, then by method."""


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


def _credentials(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        email, colon, token = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (email, token) if colon else None
