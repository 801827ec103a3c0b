"""One attempt over real sockets: what goes out, what comes back, and what must never happen."""

import asyncio
import base64
import gzip
import re
import socket
import tracemalloc
import warnings
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from ssl import SSLCertVerificationError as CertificateError
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp.http_exceptions import TransferEncodingError
from aioresponses import aioresponses
from loops import every_loop, turns
from peers import Peer, http_answer
from yarl import URL

from reamaze_async import (
    ConnectionFailed,
    DecodeError,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    ReamazeError,
    ReamazeSession,
    RequestTimeout,
    Retry,
    SessionUnusable,
    UnexpectedRedirect,
    __version__,
)
from reamaze_async.http import transport
from reamaze_async.sandbox import Answer, Fault, Sandbox

ONCE = Retry(attempts=1)
EMPTY = b'{"page_size":30,"page_count":0,"total_count":0,"conversations":[]}'
Borrow = Callable[..., aiohttp.ClientSession]


@pytest.fixture
async def borrow() -> AsyncIterator[Borrow]:
    """Makes aiohttp sessions of a caller's own; closes them at the end."""
    made: list[aiohttp.ClientSession] = []

    def borrow(**options: Any) -> aiohttp.ClientSession:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # `auth=`, which some still give
            made.append(aiohttp.ClientSession(**options))
        return made[-1]

    yield borrow
    for http in made:
        await http.close()


def basic(sandbox: Sandbox) -> str:
    """The one `Authorization` that is right."""
    return "Basic " + base64.b64encode(f"{sandbox.email}:{sandbox.token}".encode()).decode()


def at(peer: Peer, **options: Any) -> ReamazeSession:
    """A session that asks this peer, once."""
    return ReamazeSession(
        "acme", "me@acme.example", "s3cret", **{"base_url": peer.url, "retry": ONCE} | options
    )


def unused_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# --- what goes out --------------------------------------------------------------------------------


async def test_headers_of_a_request(sandbox, session):
    """A request says who asks, asks for JSON and gzip, and says which client it is."""
    await session.conversations.count()
    headers = sandbox.requests[0].headers
    assert headers["authorization"] == basic(sandbox)
    assert headers["accept"] == "application/json"
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers["user-agent"] == f"reamaze-async/{__version__}"


async def test_query_encoded_twice_or_not_at_all(sandbox, session):
    """What is asked arrives as it was meant: spaces, plus signs, per cent signs, umlauts."""
    odd = "a b+c%20d&e=f#g/ü?"
    await session.conversations.count(category=odd, data={"k y": odd})
    assert sandbox.requests[0].params == {"category": odd, "data[k y]": odd, "page": "1"}


async def test_body_that_isnt_called_json(sandbox, session):
    """A write carries its JSON and says that it is JSON; a read carries neither."""
    sandbox.script = {(0, 1): Answer(201, b"{}")}
    await session.request("POST", "/conversations", json={"conversation": {"subject": "é"}})
    request = sandbox.requests[0]
    assert request.headers["content-type"] == "application/json"
    assert request.body == '{"conversation":{"subject":"é"}}'.encode()
    await session.conversations.count()
    assert "content-type" not in sandbox.requests[1].headers


async def test_connection_for_each_request(sandbox, session):
    """Requests one after another share one connection."""
    for _ in range(5):
        await session.conversations.count()
    assert sandbox.connections == 1


async def test_cookies_kept():
    """What a server sets in a cookie isn't sent back: a session has no state but its own."""
    async with Peer(http_answer(EMPTY, "Set-Cookie: a=b; Path=/")) as peer:
        async with at(peer, base_url=f"http://localhost:{peer.port}") as session:
            await session.conversations.count()
            await session.conversations.count()
        assert "cookie" not in peer.heads[1].lower()


# --- what comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
async def test_compressed_answer(encoding, encode):
    """A compressed answer is read like a plain one."""
    body = b'{"total_count":7,"page_count":1,"conversations":[]}' + b" " * 5000
    answer = http_answer(encode(body), f"Content-Encoding: {encoding}")
    async with Peer(answer) as peer, at(peer) as session:
        assert await session.conversations.count() == 7


@every_loop
@pytest.mark.parametrize(
    "fault", [Fault.CUT, Fault.CLOSE, Fault.RESET, Fault.RESET_INSIDE], ids=str
)
async def test_connection_lost(sandbox, connect, fault):
    """A connection lost before or inside the answer is a `ConnectionFailed`, sent once."""
    session = await connect(sandbox, retry=ONCE)
    sandbox.script = lambda request: fault
    with pytest.raises(ConnectionFailed, match="page 1: the connection failed") as caught:
        await session.conversations.count()
    assert caught.value.sent
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("fault", [Fault.CLOSE, Fault.RESET], ids=str)
async def test_silent_repetition(sandbox, connect, fault):
    """Also on a connection used before, a lost request isn't sent again behind our back."""
    session = await connect(sandbox, retry=ONCE)
    for number in range(1, 7, 2):
        sandbox.script = {}
        await session.conversations.count()
        sandbox.script = lambda request: fault
        with pytest.raises(ConnectionFailed):
            await session.conversations.count()
        assert len(sandbox.requests) == number + 1


async def test_connection_refused(sandbox, connect):
    """Where nobody listens the error says so, and that nothing was sent."""
    nobody = f"http://127.0.0.1:{unused_port()}"
    session = await connect(sandbox, base_url=nobody, retry=ONCE)
    with pytest.raises(ConnectionFailed, match=r"refused|Connect call failed") as caught:
        await session.conversations.count()
    assert not caught.value.sent
    assert "ssl" not in str(caught.value)


async def test_connecting_twice(sandbox, connect, borrow):
    """A refused connection is one attempt, not two."""
    tried = []

    async def note(*_: object) -> None:
        tried.append(1)

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(note)
    nobody = f"http://127.0.0.1:{unused_port()}"
    http = borrow(trace_configs=[trace])
    session = await connect(sandbox, base_url=nobody, retry=Retry(3, max_delay=0), http=http)
    with pytest.raises(ConnectionFailed):
        await session.conversations.count()
    assert len(tried) == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnope\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"",
    ],
    ids=["ssh", "length", "gzip", "chunk-cut", "chunk-bad", "header-long", "nothing"],
)
async def test_answer_that_is_no_http(answer):
    """Whatever a server talks, the error is one of ours."""
    async with Peer(answer, hangs_up=True) as peer, at(peer) as session:
        with pytest.raises(ConnectionFailed):
            await session.conversations.count()
        assert len(peer.heads) == 1


async def test_compressed_answer_cut_short():
    """A gzip stream that breaks off isn't taken for a whole answer."""
    answer = http_answer(gzip.compress(EMPTY)[:50], "Content-Encoding: gzip")
    async with Peer(answer) as peer, at(peer) as session:
        with pytest.raises((ConnectionFailed, DecodeError)):
            await session.conversations.count()


async def test_plain_server_behind_https():
    """A server without TLS under an `https` origin is a failed connection, nothing sent."""
    async with Peer(http_answer(b"", status="400 Bad Request"), hangs_up=True) as peer:
        async with at(peer, base_url=peer.url.replace("http:", "https:")) as session:
            with pytest.raises(ConnectionFailed) as caught:
                await session.conversations.count()
        assert not caught.value.sent
        assert "GET" not in peer.heads[0]


async def test_hung_up_in_the_middle_of_a_handshake():
    """What happened is said, also where the system has no words for it."""
    async with (
        Peer(b"", hangs_up=True) as peer,
        at(peer, base_url=peer.url.replace("http:", "https:")) as session,
    ):
        with pytest.raises(ConnectionFailed, match=r"\[Connection\w*Error\]"):
            await session.conversations.count()


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (aiohttp.ServerDisconnectedError(), ConnectionFailed),
        (aiohttp.ClientOSError(104, "Connection reset by peer"), ConnectionFailed),
        (aiohttp.ClientPayloadError("Response payload is not completed"), ConnectionFailed),
        (aiohttp.ServerTimeoutError(), RequestTimeout),
        (aiohttp.ConnectionTimeoutError(), RequestTimeout),
        (TimeoutError(), RequestTimeout),
        (aiohttp.ClientConnectionResetError(), ConnectionFailed),
        (aiohttp.InvalidURL("x"), ConnectionFailed),
        (OSError(24, "Too many open files"), ConnectionFailed),
        (TransferEncodingError("xyz"), ConnectionFailed),  # without aiohttp's C extension
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
async def test_foreign_exception(mock: aioresponses, foreign, ours):
    """No exception of aiohttp or the system comes out: each is translated, chained to nothing."""
    async with ReamazeSession("acme", "me@acme.com", "s3cret", retry=ONCE) as session:
        mock.get("https://acme.reamaze.io/api/v1/conversations?page=1", exception=foreign)
        with pytest.raises(ours) as caught:
            await session.conversations.count()
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize(
    "foreign", [aiohttp.ClientPayloadError("bad: b'echo'"), TransferEncodingError("echo")]
)
async def test_words_of_the_server_in_a_reason(mock: aioresponses, foreign):
    """What is wrong with an answer is told in our words: the server's may repeat anything."""
    async with ReamazeSession("acme", "me@acme.com", "s3cret", retry=ONCE) as session:
        mock.get("https://acme.reamaze.io/api/v1/conversations?page=1", exception=foreign)
        with pytest.raises(ConnectionFailed, match=r"\(the answer is .*\)") as caught:
            await session.conversations.count()
    assert "echo" not in str(caught.value)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nX-Echo: echo\r\n"])
async def test_hung_up_in_the_middle_of_a_head(head):
    """A head that breaks off is told in our words, not as an object of aiohttp's."""
    async with Peer(head, hangs_up=True) as peer, at(peer, retry=ONCE) as session:
        with pytest.raises(ConnectionFailed) as caught:
            await session.conversations.count()
    assert caught.value.reason == "the answer is cut short or damaged"


async def test_hung_up_in_the_middle_of_a_request(mock: aioresponses):
    """That a request can't be written is told without its address and without an empty number."""
    lost = aiohttp.ClientOSError(None, "Can not write request body for https://acme.reamaze.io/x")
    async with ReamazeSession("acme", "me@acme.com", "s3cret", retry=ONCE) as session:
        mock.delete("https://acme.reamaze.io/api/v1/contacts/a/notes/1", exception=lost)
        with pytest.raises(ConnectionFailed, match="may have been done") as caught:
            await session.contacts.delete_note("a", 1)
    assert caught.value.reason == "it was closed while the request was sent"


# --- time -----------------------------------------------------------------------------------------


@every_loop
@pytest.mark.parametrize("fault", [Fault.HANG, Fault.FREEZE], ids=str)
async def test_server_that_stalls(sandbox, connect, timer, fault):
    """No answer, or half of one, within `timeout` is a `RequestTimeout`, and the server is left."""
    session = await connect(sandbox, retry=ONCE, timeout=timer.seconds)
    sandbox.script = lambda request: timer.hanging(fault)
    with pytest.raises(RequestTimeout, match=r"within 54321 s"):
        await session.conversations.count()
    await sandbox.idle()
    assert len(sandbox.requests) == 1


async def test_connecting_takes_for_ever(sandbox, connect, borrow):
    """`timeout` includes connecting: a name that nobody resolves ends in it too."""

    class Silent(aiohttp.abc.AbstractResolver):
        async def resolve(self, *_: Any, **__: Any) -> Any:
            await asyncio.Event().wait()

        async def close(self) -> None:
            pass

    http = borrow(connector=aiohttp.TCPConnector(resolver=Silent()))
    url = sandbox.base_url.replace("127.0.0.1", "localhost")
    session = await connect(sandbox, base_url=url, retry=ONCE, timeout=0.05, http=http)
    with pytest.raises(RequestTimeout):
        await session.conversations.count()


async def test_timeout_of_the_caller_taken_for_ours(sandbox, session):
    """A caller's own `asyncio.timeout` stays the caller's `TimeoutError`."""
    sandbox.script = lambda request: Fault.HANG
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.01):
            await session.conversations.count()
    assert not isinstance(caught.value, ReamazeError)


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.FREEZE], ids=str)
async def test_cancelled_request_keeps_its_connection(sandbox, session, fault):
    """A cancelled call gives up its connection: the server sees it go at once."""
    sandbox.script = lambda request: fault
    arrived = asyncio.Event()
    sandbox.before = lambda request: arrived.set()
    task = asyncio.create_task(session.conversations.count())
    await arrived.wait()
    await turns()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await sandbox.idle()


# --- size -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("room", "fits"), [(0, True), (-1, False)])
async def test_body_at_the_bound(sandbox, connect, room, fits):
    """A body of exactly the bound is read, one byte more is a clear error, not tried again."""
    session = await connect(sandbox, max_response=len(EMPTY) + room)
    sandbox.script = lambda request: Answer(200, EMPTY)
    if fits:
        assert await session.conversations.count() == 0
    else:
        with pytest.raises(DecodeError, match=r"larger than .* MiB\. .* larger `max_response`\.$"):
            await session.conversations.count()
    assert len(sandbox.requests) == 1


async def test_default_bound(sandbox, session):
    """A bomb of 64 MiB is past the default bound of 32."""
    sandbox.script = lambda request: Fault.BOMB
    with pytest.raises(DecodeError, match=r"page 1: .*larger than 32 MiB"):
        await session.conversations.count()


async def test_gzip_bomb_in_memory(sandbox, connect):
    """Of a bomb no more is unpacked than the bound and a little: memory doesn't grow with it."""
    session = await connect(sandbox, max_response=2**20)
    sandbox.script = lambda request: Fault.BOMB
    with pytest.raises(DecodeError):
        await session.conversations.count()  # once, so that the sandbox has made it
    tracemalloc.start()
    with pytest.raises(DecodeError):
        await session.conversations.count()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize(("status", "sent"), [(500, 2), (429, 2), (403, 1)])
async def test_error_with_a_body_beyond_the_bound(sandbox, connect, status, sent):
    """What an error's body holds beyond the bound isn't read: the status says what it means."""
    session = await connect(sandbox, max_response=2**16, retry=Retry(attempts=2, max_delay=0))
    large = Answer(status, b"x" * 2**18, headers={"Retry-After": "0"})
    sandbox.script = lambda request: large if len(sandbox.requests) < 2 or sent == 1 else None
    if sent == 1:
        with pytest.raises(PermissionDenied):
            await session.conversations.count()
    else:
        assert await session.conversations.count() > 0
    assert len(sandbox.requests) == sent


# --- where it may go ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_followed(sandbox, session, status):
    """A redirect is an error that tells where it points, without its query; nobody goes there."""
    async with Peer(http_answer(EMPTY)) as elsewhere:
        headers = {"Location": f"{elsewhere.url}/login?secret=1"}
        sandbox.script = lambda request: Answer(status, headers=headers)
        with pytest.raises(UnexpectedRedirect, match=f"HTTP {status}") as caught:
            await session.conversations.count()
        assert caught.value.location.endswith("/login")
        assert (elsewhere.heads, len(sandbox.requests)) == ([], 1)


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without proxies but those that a test sets."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
async def test_token_told_to_a_proxy(sandbox, connect, proxied, name):
    """Who asks this machine asks it directly: no proxy hears of it, nor of the token."""
    async with Peer(http_answer(EMPTY)) as proxy:
        proxied.setenv(name, proxy.url)
        session = await connect(sandbox)
        assert await session.conversations.count(filter="all") == 500
        assert proxy.heads == []


async def refused_by_proxy() -> ConnectionFailed:
    """How a session on an account ends whose proxy makes no tunnel."""
    async with ReamazeSession("acme", "me@acme.example", "s3cret", retry=ONCE) as session:
        with pytest.raises(ConnectionFailed) as caught:
            await session.conversations.count()
    return caught.value


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY"])
async def test_proxy_without_scheme(proxied, name):
    """`HOST:PORT` alone is understood too, as other programs do."""
    async with Peer(http_answer(b"", status="403 Forbidden")) as proxy:
        proxied.setenv(name, proxy.url.removeprefix("http://"))
        await refused_by_proxy()
        assert proxy.heads


def test_no_proxy_ignored(proxied):
    """`no_proxy` keeps the proxy out."""
    proxied.setenv("https_proxy", "http://proxy.example:3128")
    assert transport._proxy_for("https://acme.reamaze.io") == URL("http://proxy.example:3128")
    proxied.setenv("no_proxy", "reamaze.io")
    assert transport._proxy_for("https://acme.reamaze.io") is None


async def test_tunnel_through_a_proxy(proxied):
    """A proxy is asked for a tunnel: it hears its own login, percent-decoded, and never ours."""
    async with Peer(http_answer(b"", status="403 Forbidden")) as proxy:
        proxied.setenv("https_proxy", proxy.url.replace("//", "//me:p%40ss@"))
        failure = await refused_by_proxy()
        assert (failure.reason, failure.sent) == ("the proxy answers HTTP 403", False)
        assert proxy.heads[0].startswith("CONNECT acme.reamaze.io:443 ")
        login = base64.b64encode(b"me:p@ss").decode()
        assert f"Proxy-Authorization: Basic {login}" in proxy.heads[0]
        assert "\r\nAuthorization" not in proxy.heads[0]


async def test_proxy_that_is_not_there(proxied):
    """A proxy that can't be reached is named, without its login; nobody is asked past it."""
    proxy = f"127.0.0.1:{unused_port()}"
    proxied.setenv("https_proxy", f"http://me:s3cret@{proxy}")
    failure = await refused_by_proxy()
    assert failure.reason.endswith(f", through the proxy {proxy}")
    assert (failure.sent, "s3cret" in str(failure)) == (False, False)


@pytest.mark.parametrize("proxy", ["socks5://me:s3cret@127.0.0.1:9", "http://[::", "http://"])
async def test_proxy_of_another_kind(proxied, proxy):
    """A proxy that we can't speak to is refused on entering, without telling its password."""
    proxied.setenv("https_proxy", proxy)
    with pytest.raises(InvalidParameter, match=r"https_proxy must be an http proxy") as caught:
        await ReamazeSession("acme", "me@acme.example", "s3cret").open()
    assert "s3cret" not in str(caught.value)
    proxied.delenv("https_proxy")
    proxied.setenv("ALL_PROXY", proxy)
    with pytest.raises(InvalidParameter, match=r"all_proxy must be an http proxy"):
        await ReamazeSession("acme", "me@acme.example", "s3cret").open()


async def test_proxy_for_all_schemes_ignored(proxied):
    """A proxy that is named for all schemes is used, unless the scheme has one of its own."""
    proxied.setenv("ALL_PROXY", "http://127.0.0.1:9")
    failure = await refused_by_proxy()
    assert failure.reason.endswith(", through the proxy 127.0.0.1:9")


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Security-Policy: " + "x" * 9000],
        ["X-Long: " + "x" * 40_000],
        [f"X-{number}: {number}" for number in range(300)],
    ],
    ids=["9 kB", "40 kB", "300 headers"],
)
async def test_headers_that_proxies_add(headers):
    """Large headers, and many, are read as browsers read them."""
    body = b'{"total_count": 41}'
    async with Peer(http_answer(body, *headers)) as peer, session_on(peer) as session:
        assert await session.conversations.count() == 41


async def test_header_without_end():
    """A header beyond any bound is called so, and not a fault of the network."""
    answer = http_answer(b"{}", "X: " + "x" * 200_000)
    async with Peer(answer) as peer, session_on(peer) as session:
        with pytest.raises(ConnectionFailed, match="headers are too large"):
            await session.conversations.count()


def session_on(peer: Peer) -> ReamazeSession:
    """A session that asks it once."""
    retry = Retry(1)
    return ReamazeSession("acme", "me@acme.example", "token", base_url=peer.url, retry=retry)


async def test_certificate_tried_again(mock: aioresponses):
    """A certificate that isn't trusted is final, and the advice is SSL_CERT_FILE."""
    key = Mock(ssl=True, host="acme.reamaze.io", port=443)
    error = aiohttp.ClientConnectorCertificateError(key, CertificateError("self-signed"))
    mock.get(re.compile(".*"), exception=error)
    async with ReamazeSession("acme", "me@acme.example", "token") as session:
        with pytest.raises(ConnectionFailed, match="SSL_CERT_FILE") as caught:
            await session.conversations.count()
    assert caught.value.is_final
    assert session.limiter.state.in_flight == 0


@pytest.mark.parametrize("trusting", [True, False])
async def test_netrc_instead_of_the_token(sandbox, connect, borrow, proxied, tmp_path, trusting):
    """A netrc entry for the host does no harm, also where the caller's session reads it."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password wrong\n")
    netrc.chmod(0o600)
    proxied.setenv("NETRC", str(netrc))
    http = borrow(trust_env=True) if trusting else None
    session = await connect(sandbox, http=http)
    assert await session.conversations.count(filter="all") == 500


# --- a caller's own aiohttp session ---------------------------------------------------------------


async def test_borrowed_session_closed(sandbox, connect, borrow):
    """A caller's session is used, and still open when ours is closed."""
    http = borrow(headers={"X-Mine": "1"})
    session = await connect(sandbox, http=http)
    await session.conversations.count()
    await session.close()
    assert not http.closed
    assert sandbox.requests[0].headers["x-mine"] == "1"


BORROWED: dict[str, dict[str, Any]] = {
    "auth": {"auth": ("other", "wrong")},
    "authorization": {"headers": {"Authorization": "Basic wrong"}},
    "accept": {"headers": {"Accept": "text/html", "Accept-Encoding": "br"}},
    "base-url": {"base_url": "http://elsewhere.example/"},
    "raising": {"raise_for_status": True},
    "zipped": {"auto_decompress": False},
    "hurried": {"timeout": aiohttp.ClientTimeout(total=1e-9)},
    "jar": {"cookie_jar": aiohttp.DummyCookieJar},
}


@pytest.mark.parametrize("options", BORROWED.values(), ids=BORROWED)
async def test_borrowed_session_with_a_mind_of_its_own(sandbox, connect, borrow, options):
    """What a caller's session is set to for other work doesn't spoil ours."""
    options = dict(options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as above
        if "auth" in options:
            options["auth"] = aiohttp.BasicAuth(*options["auth"])
    if "cookie_jar" in options:
        options["cookie_jar"] = options["cookie_jar"]()
    session = await connect(sandbox, http=borrow(**options))
    assert await session.conversations.count(filter="all") == 500
    with pytest.raises(NotFound):
        await session.request("GET", "/people")


async def test_borrowed_session_with_middlewares(sandbox, connect, borrow):
    """A caller's middlewares are replaced: one that repeats would break the count."""

    async def twice(request: Any, handler: Callable[..., Awaitable[Any]]) -> Any:
        await handler(request)
        return await handler(request)

    session = await connect(sandbox, http=borrow(middlewares=[twice]))
    await session.conversations.count()
    assert len(sandbox.requests) == 1


async def test_borrowed_session_that_is_closed(sandbox, connect, borrow):
    """A closed session of the caller's is told in one clear sentence, not tried again."""
    http = borrow()
    session = await connect(sandbox, http=http)
    await http.close()
    with pytest.raises(SessionUnusable, match="given as `http` is closed"):
        await session.conversations.count()


async def test_borrowed_session_of_another_loop(sandbox, connect):
    """Nor is one that was made in another event loop, as by a fixture: it is told at once."""

    async def make() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    http = await asyncio.to_thread(asyncio.run, make())
    with pytest.raises(SessionUnusable, match="given as `http` is of another event loop"):
        await connect(sandbox, http=http)
    await http.close()


async def test_borrowed_session_closed_in_the_middle(sandbox, connect, borrow):
    """Also when it is closed while a request is under way."""
    http = borrow()
    session = await connect(sandbox, http=http)
    held = sandbox.hold()
    task = asyncio.create_task(session.conversations.count())
    await held.arrived.wait()
    await http.close()
    with pytest.raises(SessionUnusable, match="given as `http` is closed"):
        await task


async def test_connections_left_open(sandbox, session):
    """Closing our session closes its connections."""
    await session.conversations.count()
    assert sandbox.connections == 1
    await session.close()
    await turns()
    assert sandbox.connections == 0
