"""The token is nowhere to be seen: in no repr, log, error, URL, or frame of a traceback."""

import asyncio
import base64
import gc
import logging
import pickle
import traceback
from collections import deque
from collections.abc import Awaitable, Iterator
from types import CellType, FunctionType, MethodType
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from loops import LOOPS, turns
from peers import Peer, http_answer

from reamaze_async import (
    ConnectionFailed,
    InvalidParameter,
    ReamazeSession,
    Retry,
    SessionUnusable,
)
from reamaze_async.sandbox import Answer, Fault, Sandbox
from reamaze_async.session import FILE_VARIABLE
from reamaze_async.wire.environment import ENVIRONMENT

TOKEN = "s3cret-t0ken"
EMAIL = "me@acme.example"
BASIC = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()


@pytest.fixture
async def sandbox():
    """One whose token is known here."""
    async with Sandbox(100, email=EMAIL, token=TOKEN, size="small") as sandbox:
        yield sandbox


def shows(text: object) -> bool:
    """Whether the token can be read from this, or from what it is sent as, even in part."""
    return any(secret in str(text) for secret in (TOKEN[:6], SPELT, BASIC[:24], BASIC[-8:]))


def chained(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that stands behind it, causes and contexts."""
    seen: set[BaseException] = set()
    found = [error]
    while found:
        if (link := found.pop()) and link not in seen:
            seen.add(link)
            found += [link.__cause__, link.__context__, *getattr(link, "exceptions", ())]
            yield link


def all_of(error: BaseException) -> str:
    """Everything that a zealous error report shows: the chain, notes, each local of each frame."""
    told = []
    for link in chained(error):
        report = traceback.TracebackException.from_exception(link, capture_locals=True)
        told += [*report.format(chain=False), repr(link), repr(link.args), repr(vars(link))]
    return " ".join(told)


async def failure_of(call: Awaitable[object]) -> BaseException:
    """What a call raises."""
    try:
        await call
    except BaseException as error:  # noqa: BLE001 - a cancellation too
        return error
    raise AssertionError


# --- errors ---------------------------------------------------------------------------------------

JSON = {"Content-Type": "application/json"}
SPELT = "".join(f"\\u{ord(char):04X}" for char in TOKEN)
SAID = f"{TOKEN}, {BASIC}, {quote(BASIC)} and {SPELT}"
PAGE = f'{{"page_count":1,"total_count":"?","conversations":[{{"slug":"{SAID}"}}]}}'

ECHOES: dict[str, Answer] = {
    "in text": Answer(401, f"unknown: {SAID}".encode()),
    "in JSON": Answer(403, f'{{"error": "unknown: {SAID}"}}'.encode(), JSON),
    "by field": Answer(422, f'{{"errors": {{"{TOKEN}": ["{SAID}"]}}}}'.encode(), JSON),
    "at the limit": Answer(429, f"Retry later, {SAID}".encode(), {"Retry-After": TOKEN}),
    "after a while": Answer(500, f"failed for {SAID}".encode(), {"X-Authorization": BASIC}),
    "in a redirect": Answer(302, headers={"Location": f"https://{TOKEN}/{TOKEN}/{BASIC}?{TOKEN}"}),
    "as a success": Answer(200, f'{{"error": "unknown: {SAID}"}}'.encode(), JSON),
    "in an odd page": Answer(200, PAGE.encode(), JSON),
    "in a page of HTML": Answer(200, f"<html>{SAID}".encode()),
}
"""What a server or a proxy may say that repeats what it was sent."""

ANSWERS: dict[str, Fault | Answer] = {
    **{fault.name: fault for fault in Fault if fault is not Fault.STALL},
    **{f"STATUS_{status}": Answer(status) for status in (400, 401, 403, 404, 406, 408, 422)},
    **ECHOES,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "paged"])
async def test_token_in_an_error(sandbox, connect, timer, answer, listed):
    """Whatever the server does, the error, its chain and its frames don't show the token."""
    retry = Retry(attempts=2, max_delay=0, deadline=0.2)
    session = await connect(sandbox, retry=retry, timeout=timer.seconds)
    sandbox.script = lambda request: timer.hanging(answer)
    items = session.conversations.list().raw()
    error = await failure_of(anext(items) if listed else session.conversations.page(1))
    assert type(error).__module__ == "reamaze_async.errors"
    assert not shows(all_of(error))
    assert not shows(pickle.dumps(error))


STRANGE: dict[str, bytes] = {
    "status": f"{TOKEN}\r\n\r\n".encode(),
    "header": f"HTTP/1.1 200 OK\r\nAuthorization: Basic {BASIC}\0\r\n\r\n".encode(),
    "long header": f"HTTP/1.1 200 OK\r\nX: {TOKEN * 10_000}\r\n\r\n".encode(),
    "length": f"HTTP/1.1 200 OK\r\nContent-Length: {TOKEN}\r\n\r\n".encode(),
    "chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{TOKEN}\r\n".encode(),
    "gzip": http_answer(TOKEN.encode(), "Content-Encoding: gzip"),
}
"""Echoes that are no HTTP."""


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
async def test_token_in_what_is_no_http(answer):
    """What a broken server or proxy sends back isn't repeated, nor is the query it was sent."""
    async with Peer(answer, hangs_up=True) as peer, made(base_url=peer.url, retry=Retry(1)) as ours:
        error = await failure_of(ours.conversations.count(for_="ann@example.com"))
    assert isinstance(error, ConnectionFailed)
    assert not shows(all_of(error))
    assert "ann" not in str(error)


@pytest.mark.parametrize("before", range(150, 210))
async def test_token_cut_in_the_middle(sandbox, connect, before):
    """A message is shortened after the token was taken out: not even a part of it is left."""
    session = await connect(sandbox)
    sandbox.script = lambda request: Answer(400, b"x" * before + TOKEN.encode())
    error = await failure_of(session.conversations.count())
    assert not shows(error)


async def test_token_in_data(sandbox, connect):
    """Data is handed out as it came, even if somebody has written the token into it."""
    body = PAGE.replace('"?"', "1").encode()
    sandbox.script = lambda request: Answer(200, body, JSON)
    session = await connect(sandbox)
    assert await session.request("GET", "/conversations") == body
    assert SPELT.encode() in await anext(session.conversations.list().raw())


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.FREEZE, None], ids=str)
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "counted"])
async def test_token_in_a_cancellation(sandbox, session, fault, listed):
    """A request that is cancelled before or inside its answer shows nothing either."""
    held = sandbox.hold() if fault is None else None
    sandbox.script = lambda request: fault
    items = session.conversations.list().raw()
    call = anext(items) if listed else session.conversations.count()
    task = asyncio.create_task(failure_of(call))
    await (held.arrived.wait() if held else turns(50))
    task.cancel()
    error = await task
    assert isinstance(error, asyncio.CancelledError)
    assert not shows(all_of(error))


async def test_token_in_a_cancelled_connect(sandbox, connect):
    """Nor does one that is cancelled while it connects."""

    class Silent(aiohttp.abc.AbstractResolver):
        async def resolve(self, *_: Any, **__: Any) -> Any:
            await asyncio.Event().wait()

        async def close(self) -> None:
            pass

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Silent())) as http:
        url = sandbox.base_url.replace("127.0.0.1", "localhost")
        session = await connect(sandbox, base_url=url, http=http)
        task = asyncio.create_task(failure_of(session.conversations.count()))
        await turns()
        task.cancel()
        assert not shows(all_of(await task))


@pytest.mark.parametrize("kind", [RuntimeError, KeyError, SystemExit])
@pytest.mark.parametrize("twice", [False, True])
async def test_token_in_a_foreign_error(sandbox, connect, kind, twice):
    """An error of a caller's own hooks comes out as itself, less the frames with headers."""

    async def fail(*_: object) -> None:
        raise kind("hook") from LookupError("cause")

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(fail)
    if twice:
        trace.on_request_exception.append(fail)
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        session = await connect(sandbox, http=http)
        raised = await failure_of(session.conversations.count())
    assert (type(raised), raised.args) == (kind, ("hook",))
    assert not shows(all_of(raised))


async def test_context_of_the_caller_lost(sandbox, session):
    """An error that the caller is handling meanwhile keeps its frames and its place behind ours."""
    sandbox.script = lambda request: Answer(404)
    own = KeyError()
    try:
        raise own
    except KeyError:
        error = await failure_of(session.conversations.count())
    assert error.__context__ is own
    assert own.__traceback__


async def test_token_in_a_refused_connection(sandbox, connect):
    """Where nobody listens, the error doesn't tell what would have been sent."""
    session = await connect(sandbox, base_url="http://127.0.0.1:9", retry=Retry(1))
    assert not shows(all_of(await failure_of(session.conversations.count())))


async def test_token_in_an_unusable_session(sandbox, session):
    """A closed session says so, and no more."""
    await session.close()
    error = await failure_of(session.conversations.count())
    assert isinstance(error, SessionUnusable)
    assert not shows(all_of(error))


BAD: dict[str, Any] = {
    "brand": "acme/x",
    "email": "me:@acme",
    "base_url": "http://acme.example",
    "concurrency": 0,
    "rate_limit": 60,
    "retry": 3,
    "timeout": -1,
    "max_response": "1",
    "http": 1,
    "token": TOKEN + "\n" + TOKEN,
}


@pytest.mark.parametrize(("name", "value"), BAD.items(), ids=BAD)
@pytest.mark.parametrize("environment", [True, False], ids=["environment", "arguments"])
def test_token_in_a_refused_argument(monkeypatch, name, value, environment):
    """A refusal of any argument, and of the token itself, doesn't show the token."""
    monkeypatch.setenv("REAMAZE_BRAND", "acme")
    monkeypatch.setenv("REAMAZE_EMAIL", EMAIL)
    monkeypatch.setenv("REAMAZE_API_TOKEN", TOKEN)
    make = ReamazeSession.from_env if environment else made
    if name == "token" and environment:
        monkeypatch.setenv("REAMAZE_API_TOKEN", value)
        given = {}
    else:
        given = {name: value}
    with pytest.raises(InvalidParameter) as caught:
        make(**given)
    error = caught.value
    del given, value
    inner = error.__traceback__.tb_next  # below this test, which knows the token
    assert not shows(all_of(error.with_traceback(inner.tb_next if not environment else inner)))


def test_token_in_a_refused_override(monkeypatch):
    """Nor does a refusal of what was given beside a token."""
    monkeypatch.setenv("REAMAZE_EMAIL", EMAIL)
    with pytest.raises(InvalidParameter) as caught:
        ReamazeSession.from_env(token=TOKEN, brand="a/b")
    assert not shows(all_of(caught.value.with_traceback(caught.tb.tb_next)))


LONG = TOKEN * 6  # no subdomain is so long
MISPLACED: dict[str, tuple[str, Any]] = {
    "as the brand": ("brand", LONG),
    "as a brand with a login": ("brand", f"https://me:{LONG}@acme.reamaze.io"),
    "as a brand with a query": ("brand", f"acme.reamaze.io?token={LONG}"),
    "as the email": ("email", LONG),
    "behind the email": ("email", f"{EMAIL}:{LONG}"),
    "in the next line": ("email", f"{EMAIL}\n{LONG}"),
    "as the base URL": ("base_url", LONG),
    "in the base URL": ("base_url", f"https://me:{LONG}@acme.reamaze.io"),
    "in its query": ("base_url", f"https://acme.reamaze.io/?token={LONG}"),
    "in what is no URL": ("base_url", f"https://me:{LONG}@["),
}
"""Where a token is put by mistake."""


@pytest.mark.parametrize(("name", "value"), MISPLACED.values(), ids=MISPLACED)
@pytest.mark.parametrize("way", ["arguments", "overrides", "environment"])
def test_token_in_the_place_of_something_else(monkeypatch, name, value, way):
    """The refusal shows neither it nor, in any frame of ours, what was given."""
    given = {"brand": "acme", "email": EMAIL, "token": TOKEN, name: value}
    if way == "environment":
        for each, text in given.items():
            monkeypatch.setenv(ENVIRONMENT[each], text)
        given = {}
    with pytest.raises(InvalidParameter) as caught:
        (ReamazeSession if way == "arguments" else ReamazeSession.from_env)(**given)
    below = caught.tb.tb_next  # this test knows the token
    assert not shows(all_of(caught.value.with_traceback(below)))


def test_token_in_the_place_of_its_file(monkeypatch):
    """A token in the variable for its file isn't shown as the name of a file that isn't there."""
    monkeypatch.setenv(FILE_VARIABLE, LONG)
    with pytest.raises(InvalidParameter, match=r"^REAMAZE_API_TOKEN_FILE='\.\.\.' can't") as caught:
        ReamazeSession.from_env(brand="acme", email=EMAIL)
    assert not shows(all_of(caught.value))


def made(**options: Any) -> ReamazeSession:
    """A session with some options of this test's."""
    return ReamazeSession(**({"brand": "acme", "email": EMAIL, "token": TOKEN} | options))


async def test_token_that_is_no_string():
    """A token of another type is refused without showing it."""
    with pytest.raises(InvalidParameter, match=r"^token must be a string, not bytes") as caught:
        made(token=TOKEN.encode())
    assert not shows(caught.value)


# --- reprs ----------------------------------------------------------------------------------------


PLAIN = (dict, list, tuple, set, frozenset, deque, CellType, MethodType, FunctionType)
OURS = ("reamaze_async", "aiohttp", "multidict")


def parts(one: object) -> list[Any]:
    """What an object holds; of a function only what it has closed over, not its module."""
    return list(one.__closure__ or ()) if isinstance(one, FunctionType) else gc.get_referents(one)


def reachable(root: object) -> Iterator[object]:
    """All objects of ours and aiohttp's, and all containers, that can be reached from one."""
    seen, found = {id(root)}, deque([root])
    while found:
        yield (one := found.popleft())
        for other in parts(one):
            ours = type(other).__module__.startswith(OURS)
            if id(other) not in seen and (ours or isinstance(other, PLAIN)):
                seen.add(id(other))
                found.append(other)


async def test_token_in_a_repr(sandbox, session):
    """Nothing that can be reached from a session in use shows the token, down to its attributes."""
    listing = session.conversations.list()
    found = {}
    async with listing as items:
        await anext(items)
        for part in [*reachable(session), *reachable(listing)]:
            found[type(part).__name__] = part
            assert not shows(f"{part!r} {part}"), type(part)
    assert {"Transport", "Requester", "Credentials", "Secret", "ClientSession"} <= found.keys()
    assert not shows(f"{vars(session)} {session!r} {session}")


async def test_repr_of_a_session(session):
    """It shows brand and email."""
    assert repr(session) == f"ReamazeSession('acme', '{EMAIL}')"


async def test_token_in_the_repr_of_a_task(sandbox, session):
    """Nor does any task of a request under way, as a watchdog or a debugger prints it."""
    held = sandbox.hold()
    calls = [session.conversations.count(), anext(session.conversations.list().raw())]
    tasks = [asyncio.ensure_future(call) for call in calls]
    await held.arrived.wait()
    assert not shows(asyncio.all_tasks())
    held.release()
    await asyncio.gather(*tasks)


# --- logs, URLs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["debug", "uvloop"])
def test_token_in_a_log(caplog, loop):
    """With every logger at DEBUG, asyncio's debug mode too, no record holds the token."""
    caplog.set_level(logging.DEBUG)

    async def main() -> None:
        asyncio.get_running_loop().slow_callback_duration = 0.0  # tells every callback
        async with Sandbox(100, email=EMAIL, token=TOKEN, size="small") as sandbox:
            retry = Retry(attempts=2, max_delay=0.001)
            async with made(base_url=sandbox.base_url, retry=retry) as session:
                refused = Answer(429, headers={"Retry-After": "0"})
                for answer in (None, refused, *Fault, *ECHOES.values()):
                    if answer not in (Fault.HANG, Fault.FREEZE, Fault.ERROR_429):
                        sandbox.script = {(1, len(sandbox.requests) + 1): answer}
                        await failure_or_none(session.conversations.count())

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(main())
    assert any(record.name == "reamaze_async" for record in caplog.records)
    for record in caplog.records:
        assert not shows((record.getMessage(), record.args, record.exc_text))


async def failure_or_none(call: Awaitable[object]) -> BaseException | None:
    """What a call raises, if anything."""
    try:
        await call
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    return None


async def test_token_in_a_url(sandbox, session):
    """Neither token nor email stands in what is asked for, where proxies and servers log it."""
    await anext(session.conversations.list().raw())
    await session.request("GET", "/conversations", params={"a": "b"})
    for request in sandbox.requests:
        assert not shows(request.incoming.target)
        assert EMAIL not in request.incoming.target
