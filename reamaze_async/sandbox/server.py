"""The sandbox itself: a real HTTP server on loopback over a made-up world."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Literal, Self

from reamaze_async.sandbox.application import Application, locate
from reamaze_async.sandbox.chance import Chance
from reamaze_async.sandbox.checks import check_numbers
from reamaze_async.sandbox.churn import Churn
from reamaze_async.sandbox.connection import Connection, Service
from reamaze_async.sandbox.fake_data import STAFF, Size
from reamaze_async.sandbox.faults import End, Fault, Faults, Step, replaced
from reamaze_async.sandbox.flaws import Spoil
from reamaze_async.sandbox.http import Incoming, sent
from reamaze_async.sandbox.limits import Limit
from reamaze_async.sandbox.records import Failures, Hold, Request
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.rules import Counts, Habits, Templates, page_number, pairs
from reamaze_async.sandbox.truth import Truth
from reamaze_async.sandbox.world import World

LOOPBACK = "127.0.0.1"
SILENT = frozenset({Fault.CLOSE, Fault.RESET, Fault.HANG})
"""Faults with which not even a status goes out."""

Scripted = Fault | Answer | Callable[[Answer], Answer] | None
Script = Mapping[tuple[int, int], Scripted] | Callable[[Request], Scripted]


class Sandbox(Truth):
    """A stand-in for the Re:amaze API, for trying things out and for tests.

    ```python
    async with Sandbox(conversations=500, seed=1) as sandbox:
        session = ReamazeSession(
            sandbox.brand, sandbox.email, sandbox.token, base_url=sandbox.base_url
        )
    ```

    The same seed gives the same world and, for the same order of requests, the same answers.

    Args:
        conversations: How many there are at first, archived ones included.
        seed: Decides everything that is made up.
        limit: The rate limit; None: none.
        latency: Seconds from a request's arrival, when its answer is made, to its sending.
        jitter: Up to so many seconds more, evenly.
        latency_per_page: So many seconds more for each page number: deep pages are slower (seen).
        churn: What happens right before a list request is answered: a chance (0 to 1) of one event
            of mixed kinds, or a `Churn`.
        faults: Which list requests go wrong: a share (0 to 1) for the mix that a good client
            outlives, or a share for each `Fault` named.
        stall: Seconds of the pause of `Fault.STALL`.
        port: 0: any free one.
        brand: The brand's name; its two usual hosts and loopback names are served, others are 404.
        email: The login that is let in.
        token: Its API token; None: 64 hex characters made from the seed.
        wrong_login: How wrong credentials are answered: 403 (seen) or 401.
        size: How long bodies are: pages of about 30 kB ("normal"), 100 kB ("large"), or "small".
        habits: Where public knowledge is silent or split.
        contacts: How many contacts there are at first; None: those who write, and a few more.
        messages: How many messages there are at first; None: about five in a conversation.
        staff: How many answer; the token's user comes on top.
        tied: So many conversations at a time begin in one and the same millisecond.
        counts: What lists of messages count: all ("exact"), one less ("short"), or all but the
            first of each conversation ("replies"): short for that of `habits`.
        templates: How response templates come: short for that of `habits`.
        deny: What is answered 403: words of resources (`messages`), of permissions
            (`access_reports`, `manage_incidents`), or of operations (`POST messages`).
        flaws: What is wrong with single items, by their slug or id; may be changed at any time.
        remember: Keep at least so many of the last requests; None: all.
        clock: Seconds since 1970, for the limit's windows and the `Date` header.

    Attributes:
        world: The truth, with the verbs that change it by hand.
        brand: The brand's name.
        email: The login.
        token: Its API token.
        requests: What was asked, in the order of arrival.
        in_flight: How many requests have come whole and are not done with.
        most_in_flight: The most there ever were.
        before: Called with each list request that isn't refused, right before it is answered:
            the place to change the world at an exact moment.
        script: What happens to exact requests, before any luck: a mapping from (page, number of
            the request for this page, from 1), or a function of the request, to a `Fault`, a whole
            `Answer`, a function that makes another answer of the right one (as a proxy does), or
            None. Page 0 stands for what is no list.

    Raises:
        ValueError: A setting is unknown or too small.
    """

    brand: str
    email: str
    in_flight: int
    most_in_flight: int

    def __init__(
        self,
        conversations: int = 500,
        *,
        seed: int = 1,
        limit: Limit | None = None,
        latency: float = 0.0,
        jitter: float = 0.0,
        latency_per_page: float = 0.0,
        churn: Churn | float | None = None,
        faults: Faults | None = None,
        stall: float = 0.2,
        port: int = 0,
        brand: str = "acme",
        email: str = "me@acme.example",
        token: str | None = None,
        wrong_login: Literal[401, 403] = 403,
        size: Size = "normal",
        habits: Habits | None = None,
        contacts: int | None = None,
        messages: int | None = None,
        staff: int = len(STAFF),
        tied: int = 1,
        counts: Counts = "exact",
        templates: Templates = "paged",
        deny: Iterable[str] = (),
        flaws: Mapping[str, Spoil] | None = None,
        remember: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        check_numbers(int, port=port, remember=remember)
        self._habits = _with(habits or Habits(), counts, templates)
        self.world: World = World(
            conversations,
            seed=seed,
            brand=brand,
            size=size,
            contacts=contacts,
            messages=messages,
            staff=staff,
            tied=tied,
            login=email,
            internal=self._habits.internal,
            counting=self._habits.message_count,
        )
        self.brand, self.email = brand, email
        self.token: str = token or sha256(f"token {seed}".encode()).hexdigest()
        self._application = self._made(wrong_login, limit, deny, seed)
        self.flaws.update(flaws or {})
        self._chance = Chance(
            seed,
            churn=churn,
            faults=faults,
            stall=stall,
            latency=latency,
            jitter=jitter,
            latency_per_page=latency_per_page,
        )
        self._port, self._remember, self._clock = port, remember, clock
        self._begin()

    def _made(
        self, wrong_login: Literal[401, 403], limit: Limit | None, deny: Iterable[str], seed: int
    ) -> Application:
        return Application(
            self.world,
            email=self.email,
            token=self.token,
            wrong_login=wrong_login,
            habits=self._habits,
            limit=limit,
            deny=deny,
            seed=seed,
        )

    def _begin(self) -> None:
        """Begin the records: no request yet, no connection."""
        self.requests: list[Request] = []
        self.in_flight = self.most_in_flight = 0
        self.before: Callable[[Request], object] | None = None
        self.script: Script = {}
        self._arrivals = 0
        self._asked: Counter[object] = Counter()
        self._holds: list[Hold] = []
        self._failures = Failures()
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._idle, self._empty = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._empty.set()

    def __repr__(self) -> str:
        state = self.base_url if self._server else "not started"
        return f"<Sandbox {state}, {len(self.world)} conversations>"

    # Beginning and end

    async def start(self) -> None:
        """Begin to serve; `base_url` says where.

        Raises:
            OSError: The port is taken.
            RuntimeError: It is started already.
        """
        if self._server:
            message = f"The sandbox is already started, at {self.base_url}."
            raise RuntimeError(message)
        service = Service(
            opened=self._opened,
            closed=self._closed,
            arrived=self._arrived,
            holding=self._holding,
            decide=self._decide,
            left=self._left,
        )
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(service), LOOPBACK, self._port, backlog=1024
        )
        self.world.files.base = self.base_url

    async def close(self) -> None:
        """Stop at once, with whatever is being answered; nothing of it is left behind.

        Raises:
            Exception: What `before` or `script` raised first while serving, if anything.
        """
        await self._stop()
        self._failures.raise_first()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        await (self._stop() if error else self.close())

    async def _stop(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        tasks = [connection.task for connection in self._connections if connection.task]
        for connection in tuple(self._connections):
            connection.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._empty.wait()
        await server.wait_closed()

    # What it shows

    @property
    def base_url(self) -> str:
        """Where it serves, as `http://127.0.0.1:PORT`."""
        if self._server is None:
            raise RuntimeError("The sandbox isn't started: use it in `async with`, or start() it.")
        return f"http://{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"

    @property
    def flaws(self) -> dict[str, Spoil]:
        """What is wrong with single items, by their slug or id: yours to change."""
        return self._application.lists.flaws

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def idle(self) -> None:
        """Wait until no request is being answered."""
        await self._idle.wait()

    def hold(
        self,
        page: int | None = None,
        *,
        nth: int | None = None,
        when: Callable[[Request], bool] | None = None,
    ) -> Hold:
        """Hold requests until `release()`; `arrived` (an `asyncio.Event`) tells of the first.

        Args:
            page: Only list requests for this page.
            nth: Only the request with this number among those for its page, from 1.
            when: Only requests it says yes to.
        """

        def fits(request: Request) -> bool:
            return (
                page in (None, request.page)
                and nth in (None, request.nth)
                and (when is None or when(request))
            )

        hold = Hold(fits)
        self._holds.append(hold)
        return hold

    # How it answers: what its connections call

    def _opened(self, connection: Connection) -> None:
        self._connections.add(connection)
        self._empty.clear()
        if self._server is None:
            connection.abort()

    def _closed(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    def _arrived(self, incoming: Incoming) -> Request:
        page = _page(incoming)
        key = (page or incoming.method, incoming.path.rstrip("/").removesuffix(".json"))
        self._asked[key] += 1
        self._arrivals += 1
        request = Request(
            number=self._arrivals,
            method=incoming.method,
            path=incoming.path,
            query=incoming.query,
            page=page,
            nth=self._asked[key],
            at=time.monotonic(),
            incoming=incoming,
        )
        self._note(request)
        return request

    def _holding(self, request: Request) -> Sequence[Hold]:
        self._holds = [hold for hold in self._holds if not hold.is_released]
        return [hold for hold in self._holds if hold.fits(request)]

    def _decide(self, request: Request) -> Sequence[Step]:
        answer = Answer.html(500, "A hook of the sandbox failed")
        with self._failures:
            answer = self._answer(request)
        request.status = None if request.fault in SILENT else answer.status
        whole = sent(request.incoming, answer, self._clock(), request.number)
        steps = self._chance.delivery(whole, request.fault, request.page)
        return steps if request.incoming.keep_alive else (*steps, End.CLOSE)

    def _left(self) -> None:
        self.in_flight -= 1
        if not self.in_flight:
            self._idle.set()

    def _note(self, request: Request) -> None:
        self.requests.append(request)
        if self._remember is not None and len(self.requests) > 2 * self._remember:
            del self.requests[: -self._remember or None]
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._idle.clear()

    def _answer(self, request: Request) -> Answer:
        refusal = self._application.refuse(request.incoming, self._clock())
        if refusal:
            return refusal
        scripted = self._scripted(request)
        if request.page:
            if self.before:
                self.before(request)
            self._chance.apply(self.world)
            request.fault = self._chance.fault()
        if isinstance(scripted, Answer):
            request.fault = None
            return scripted
        if isinstance(scripted, str):
            request.fault = Fault(scripted)
        answer = replaced(request.fault) if request.fault else None
        answer = answer or self._application.answer(request.incoming)
        return scripted(answer) if callable(scripted) else answer

    def _scripted(self, request: Request) -> Scripted:
        if callable(self.script):
            return self.script(request)
        return self.script.get((request.page, request.nth))


def _with(habits: Habits, counts: Counts, templates: Templates) -> Habits:
    """The habits, but where something else than the usual is said for short."""
    return replace(
        habits,
        counts=habits.counts if counts == "exact" else counts,
        templates=habits.templates if templates == "paged" else templates,
    )


def _page(incoming: Incoming) -> int:
    route, _ = locate(incoming)
    return page_number(pairs(incoming.query).get("page")) if route and route.is_list else 0
