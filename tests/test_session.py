"""A session: its settings, its beginning and end, who shares what, and any endpoint at all."""

import asyncio
import gc
import inspect
import json
import pickle
import warnings
from collections.abc import Awaitable
from copy import copy, deepcopy
from traceback import TracebackException
from typing import Any

import pytest
from calls import CALLS
from loops import turns

from reamaze_async import (
    AdaptiveLimit,
    DecodeError,
    InvalidParameter,
    LimiterState,
    NotFound,
    Outcome,
    PermissionDenied,
    RateLimit,
    ReamazeError,
    ReamazeSession,
    Retry,
    SessionUnusable,
    UnprocessableEntity,
)
from reamaze_async.sandbox import Answer, Fault, Sandbox


def make(**options: Any) -> ReamazeSession:
    """A session that isn't open."""
    return ReamazeSession(
        **({"brand": "acme", "email": "me@acme.example", "token": "s3cret"} | options)
    )


# --- settings -------------------------------------------------------------------------------------


def test_signature_of_the_contract_changed():
    """The arguments are the documented ones, in their order, with their defaults."""
    parameters = list(inspect.signature(ReamazeSession).parameters.values())
    assert [parameter.name for parameter in parameters[:3]] == ["brand", "email", "token"]
    defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert defaults.pop("max_response") == 32 * 2**20
    assert defaults == {
        "base_url": None,
        "concurrency": 8,
        "rate_limit": None,
        "retry": Retry(),
        "timeout": 30.0,
        "http": None,
    }


@pytest.mark.parametrize(
    ("brand", "origin"),
    [
        ("acme", "https://acme.reamaze.io"),
        (" Acme ", "https://acme.reamaze.io"),
        ("acme.reamaze.io", "https://acme.reamaze.io"),
        ("acme.reamaze.com", "https://acme.reamaze.com"),
        ("help.acme-shop.co.uk", "https://help.acme-shop.co.uk"),
    ],
)
def test_brand_taken_for_another(brand, origin):
    """A subdomain, either of its hosts and a custom domain each mean what they say."""
    assert make(brand=brand)._client.origin == origin


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost/", "http://localhost"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("https://proxy.example:444", "https://proxy.example:444"),
    ],
)
def test_base_url_ignored(base_url, origin):
    """`base_url` goes before the brand's own host; plain `http` is taken for loopback."""
    assert make(base_url=base_url)._client.origin == origin


REFUSED: list[tuple[str, Any]] = [
    *(("brand", value) for value in ("", "a/b", "https://acme.reamaze.io", "me@acme", "a b", None)),
    *(("email", value) for value in ("", "me:x@acme", "me\n@acme", None, 3)),
    *(("token", value) for value in ("", " \n", "s3\x00cret", "s3\ncret", None, b"s3cret")),
    *(("base_url", value) for value in ("http://acme.example", "ftp://[::1]", "x", "http://", 3)),
    *(
        ("base_url", value)
        for value in ("https://a@b.example", "https://b.example/p", "https://b?q")
    ),
    *(("concurrency", value) for value in (0, -1, True, 1.5, "8", None)),
    *(("rate_limit", value) for value in (60, "60", RateLimit, object())),
    *(("retry", value) for value in (None, 3, Retry)),
    *(("timeout", value) for value in (0, -1, float("nan"), float("inf"), None, "30", True)),
    *(("max_response", value) for value in (0, 1.5, None)),
    *(("http", value) for value in (1, object())),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_argument_that_makes_no_sense(name, value):
    """It is refused at once, in one sentence that names the argument."""
    with pytest.raises(InvalidParameter, match=rf"^{name}\b.*\.$") as caught:
        make(**{name: value})
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).count("\n") == 0


async def test_white_space_round_a_token(sandbox, connect):
    """White space round a token, as pasting leaves it, is stripped."""
    url = sandbox.base_url
    async with make(email=sandbox.email, token=f" {sandbox.token}\n", base_url=url) as session:
        assert await session.conversations.count(filter="all") == 500


# --- settings from the environment ----------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One that names brand, email and token."""
    monkeypatch.setenv("REAMAZE_BRAND", "acme")
    monkeypatch.setenv("REAMAZE_EMAIL", "me@acme.example")
    monkeypatch.setenv("REAMAZE_API_TOKEN", "s3cret")
    monkeypatch.delenv("REAMAZE_BASE_URL", raising=False)
    return monkeypatch


async def test_environment_not_read(environment, sandbox):
    """Brand, email, token and base URL come from the environment, and they work."""
    environment.setenv("REAMAZE_BRAND", sandbox.brand)
    environment.setenv("REAMAZE_EMAIL", sandbox.email)
    environment.setenv("REAMAZE_API_TOKEN", sandbox.token + "\n")
    environment.setenv("REAMAZE_BASE_URL", sandbox.base_url)
    async with ReamazeSession.from_env() as session:
        assert await session.conversations.count(filter="all") == 500


def test_overrides_overridden(environment):
    """What is given goes before the environment; other arguments are passed on."""
    session = ReamazeSession.from_env(brand="other", concurrency=3)
    assert (session._client.origin, session.concurrency) == ("https://other.reamaze.io", 3)
    environment.setenv("REAMAZE_BASE_URL", "http://localhost")
    assert ReamazeSession.from_env(base_url=None)._client.origin == "https://acme.reamaze.io"


@pytest.mark.parametrize("variable", ["REAMAZE_BRAND", "REAMAZE_EMAIL", "REAMAZE_API_TOKEN"])
@pytest.mark.parametrize("value", [None, ""])
def test_environment_incomplete(environment, variable, value):
    """A variable that is missing or empty is named, and what to do."""
    environment.delenv(variable) if value is None else environment.setenv(variable, value)
    with pytest.raises(InvalidParameter, match=rf"^{variable} is not set: set it, or give"):
        ReamazeSession.from_env()


@pytest.mark.parametrize("text", ["tok-file", "tok-file\n", "\ufefftok-file\r\n", " tok-file "])
def test_token_in_a_file(environment, tmp_path, text):
    """A file may hold the token, with a line's end and a byte order mark; a variable goes first."""
    file = tmp_path / "token"
    file.write_bytes(text.encode())
    environment.setenv("REAMAZE_API_TOKEN_FILE", str(file))
    environment.delenv("REAMAZE_API_TOKEN")
    session = ReamazeSession.from_env()
    assert session._client._transport._redact(b"tok-file") == b"[token]"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe", b"two words"])
def test_token_file_that_holds_none(environment, tmp_path, content):
    """A file that isn't there, is empty or is no text is refused; what is in it isn't shown."""
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    environment.setenv("REAMAZE_API_TOKEN_FILE", str(file))
    environment.delenv("REAMAZE_API_TOKEN")
    with pytest.raises(InvalidParameter, match=r"token|TOKEN") as caught:
        ReamazeSession.from_env()
    assert "words" not in str(caught.value)


@pytest.mark.parametrize("make_one", [ReamazeSession, lambda *given: from_env(given)])
def test_email_and_token_exchanged(environment, make_one):
    """An email without @ may be the token: it is refused, and in no frame of the traceback."""
    secret = "tok3n" * 8
    with pytest.raises(InvalidParameter, match="brand, email and token in this order") as caught:
        make_one("acme", secret, "me@acme.com")
    del secret
    trace = TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame.locals for frame in trace.stack if "reamaze_async/" in frame.filename]
    assert ours
    assert "tok3ntok3n" not in f"{ours}{caught.value!r}"


def test_token_under_a_misspelled_name():
    """The name is told, and no frame of the traceback holds the value."""
    secret = "tok3n" * 8
    with pytest.raises(TypeError, match="tokn") as caught:
        ReamazeSession.from_env(tokn=secret)
    del secret
    trace = TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame.locals for frame in trace.stack if "reamaze_async/" in frame.filename]
    assert "tok3ntok3n" not in f"{ours}{caught.value!r}"


def from_env(given: tuple[str, str, str]) -> ReamazeSession:
    """A session by overrides alone."""
    return ReamazeSession.from_env(**dict(zip(("brand", "email", "token"), given, strict=True)))


@pytest.mark.parametrize("act", [pickle.dumps, deepcopy])
def test_session_sent_to_another_process(act):
    """A session, and a listing of it, say in one sentence that they can't be pickled or copied."""
    session = make()
    for thing in (session, session.conversations, session.conversations.list()):
        with pytest.raises(
            TypeError, match=r"^A session can't be copied or pickled, .* another one"
        ):
            act(thing)


async def test_session_copied_while_open(session):
    """A copy would close what it shares when it is forgotten: it can't be made."""
    with pytest.raises(TypeError, match="can't be copied"):
        copy(session)
    assert await session.conversations.count() >= 0


async def test_session_that_nobody_closes(sandbox):
    """A session that is never closed warns in its own name, once, and aiohttp keeps quiet."""
    session = ReamazeSession("acme", sandbox.email, sandbox.token, base_url=sandbox.base_url)
    await session.open()
    await session.conversations.count()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        del session
        gc.collect()
        await turns()
    [message] = [str(one.message) for one in warned]
    assert message.startswith("ReamazeSession('acme', ")
    assert "was never closed" in message


def test_environment_with_an_empty_base_url(environment):
    """An empty `REAMAZE_BASE_URL` is as good as none."""
    environment.setenv("REAMAZE_BASE_URL", "")
    assert ReamazeSession.from_env()._client.origin == "https://acme.reamaze.io"


# --- beginning and end ----------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_used_outside_its_block(call):
    """Before it is open, every call says how to use it, in one sentence."""
    with pytest.raises(SessionUnusable, match=r"isn't open: use it inside `async with session:`"):
        await call(make())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_used_after_closing(session, call):
    """After it is closed, every call says so, in one sentence."""
    await session.close()
    with pytest.raises(SessionUnusable, match=r"^This session is closed: make another one\.$"):
        await call(session)


@pytest.mark.parametrize("call", [*CALLS.values(), ReamazeSession.close], ids=[*CALLS, "close"])
def test_used_in_another_loop(call):
    """In another event loop every call says so, in one sentence, closing too."""
    sandbox = Sandbox(10)
    with asyncio.Runner() as one, asyncio.Runner() as other:
        one.run(sandbox.start())
        session = one.run(make(base_url=sandbox.base_url).open())
        with pytest.raises(SessionUnusable, match="another event loop: make one for each loop"):
            other.run(_awaited(call(session)))
        one.run(session.close())
        one.run(sandbox.close())


async def _awaited(call: Awaitable[object]) -> None:
    await call


def test_made_at_module_level():
    """A session, and a limiter for it, may be made before any event loop runs."""
    sandbox = Sandbox(40, port=0)

    async def main() -> int:
        async with sandbox:
            session = ReamazeSession(
                "acme", sandbox.email, sandbox.token, base_url=sandbox.base_url, rate_limit=limit
            )
            async with session:
                return await session.conversations.count(filter="all")

    limit = RateLimit(100)
    make()
    assert asyncio.run(main()) == 40


async def test_opened_twice(session):
    """A session that is open, or was, isn't opened again."""
    with pytest.raises(SessionUnusable, match="open: make another one"):
        await session.open()
    await session.close()
    with pytest.raises(SessionUnusable, match="closed: make another one"):
        await session.open()


async def test_closed_again(sandbox):
    """Closing again, and closing what was never open, does nothing."""
    session = make()
    await session.close()
    await session.close()
    with pytest.raises(SessionUnusable, match="closed"):
        await session.open()


async def test_hooks_of_a_framework(sandbox):
    """`open` and `close` do what the block does, each in a task of its own."""
    session = make(email=sandbox.email, token=sandbox.token, base_url=sandbox.base_url)
    assert await asyncio.create_task(session.open()) is session
    assert await session.conversations.count(filter="all") == 500
    await asyncio.create_task(session.close())
    await turns()
    assert sandbox.connections == 0


async def test_error_of_the_block_replaced(sandbox):
    """An exception of the block comes out as itself."""
    with pytest.raises(ZeroDivisionError):
        async with make(base_url=sandbox.base_url):
            raise ZeroDivisionError


# --- who shares what ------------------------------------------------------------------------------


def test_limiter_of_its_own():
    """Without `rate_limit` each session has an adaptive limiter of its own; a given one is kept."""
    assert isinstance(make().limiter, AdaptiveLimit)
    assert make().limiter is not make().limiter
    shared = RateLimit(60)
    assert make(rate_limit=shared).limiter is make(rate_limit=shared).limiter is shared


async def test_state_of_a_limiter(session):
    """The limiter's state can be read: paused for how long, what was learned."""
    await session.conversations.count()
    state = session.limiter.state
    assert (state.paused_for, state.waiting, state.in_flight, state.throttled) == (0.0, 0, 0, 0)


async def test_limiter_that_lacks_half(sandbox):
    """Half a limiter is refused when the session is made, not when the first answer comes."""

    class Half:
        state = LimiterState()

        async def acquire(self, endpoint: str) -> None: ...

    with pytest.raises(InvalidParameter, match="rate_limit"):
        make(rate_limit=Half())


def test_repr_without_its_facts():
    """It shows brand and email."""
    assert repr(make()) == "ReamazeSession('acme', 'me@acme.example')"


# --- any endpoint ---------------------------------------------------------------------------------


async def test_request_changes_the_body(sandbox, session):
    """The answer's bytes come as the server sent them."""
    body = b' { "a" : 1.10, "b":"\\u00e9" } \n'
    sandbox.script = lambda request: Answer(200, body)
    assert await session.request("get", "/conversations") == body


async def test_request_without_an_answers_body(sandbox, session):
    """An empty answer is empty bytes, as a deletion has one."""
    sandbox.script = lambda request: Answer(204)
    assert await session.request("PUT", "/conversations/a", json={}) == b""


@pytest.mark.parametrize(
    "path", ["/conversations", "conversations", "/api/v1/conversations", "/conversations.json"]
)
async def test_path_of_a_request(sandbox, session, path):
    """A path is meant below `/api/v1`, with or without saying so."""
    page = json.loads(await session.request("GET", path, params={"filter": "all", "page": 17}))
    assert (page["page_count"], len(page["conversations"])) == (17, 20)


async def test_parameters_of_a_request(sandbox, session):
    """Parameters are sent as they are; None is left out."""
    params = {"a b": "c&d", "n": 3, "yes": True, "none": None, "data[k]": "v"}
    await session.request("GET", "/conversations", params=params)
    expected = {"a b": "c&d", "n": "3", "yes": "true", "data[k]": "v"}
    assert sandbox.requests[0].params == expected


async def test_write_by_a_request(sandbox, session):
    """A conversation can be made with any endpoint's own JSON."""
    message = {"body": "Hi", "recipients": []}
    conversation = {
        "subject": "Hello",
        "category": sandbox.conversations[0].category.slug,
        "message": message,
        "user": {"name": "Ann", "email": "ann@example.com"},
    }
    answer = await session.request("POST", "/conversations", json={"conversation": conversation})
    assert json.loads(answer)["subject"] == "Hello"
    assert sandbox.conversations[0].subject == "Hello"


async def test_errors_of_a_request(sandbox, session):
    """It fails like all others: by status, and with the server's own words."""
    with pytest.raises(NotFound, match="GET /api/v1/people: HTTP 404"):
        await session.request("GET", "/people")
    with pytest.raises(UnprocessableEntity) as caught:
        await session.request("POST", "/conversations", json={"conversation": {}})
    assert caught.value.errors


async def test_html_from_a_request(sandbox, session):
    """A body that isn't JSON after all attempts is an error, tried as often as others."""
    sandbox.script = lambda request: Fault.MAINTENANCE
    with pytest.raises(DecodeError, match="it is HTML"):
        await session.request("GET", "/conversations")
    assert len(sandbox.requests) == 5


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("HEAD", "/conversations", {}),
        ("", "/conversations", {}),
        ("GET", "", {}),
        ("GET", "https://elsewhere.example/x", {}),
        ("GET", "//elsewhere.example/x", {}),
        ("GET", "/../x", {}),
        ("GET", "/a?b=c", {}),
        ("GET", "/a", {"params": {"a": [1, 2]}}),
        ("GET", "/a", {"params": "a=b"}),
        ("POST", "/a", {"json": object()}),
    ],
)
async def test_request_that_cannot_be_sent(sandbox, session, method, path, options):
    """What can't be sent is refused before anything is."""
    with pytest.raises(InvalidParameter):
        await session.request(method, path, **options)
    assert sandbox.requests == []


async def test_login_that_is_wrong(sandbox):
    """A wrong token is told once, not tried again, with what to check."""
    async with make(email=sandbox.email, base_url=sandbox.base_url) as session:
        with pytest.raises(PermissionDenied, match="wrong login email or API token is answered so"):
            await session.conversations.count()
    assert len(sandbox.requests) == 1


async def test_every_error_is_ours(sandbox, connect):
    """All errors of a session can be caught as one."""
    session = await connect(sandbox, retry=Retry(1))
    for status in (300, 400, 401, 403, 404, 422, 500, 599):
        sandbox.script = lambda request, status=status: Answer(status)
        with pytest.raises(ReamazeError):
            await session.conversations.count()


def test_outcome_is_public():
    """Who writes a limiter has what it is told and what it tells."""
    assert Outcome(200).sent
    assert LimiterState().paused_for == 0.0
