"""Fetching one file: what goes out, where it may go, and how it ends."""

import asyncio
import tracemalloc
from collections.abc import Awaitable, Callable
from hashlib import sha256

import pytest
from file_host import file_host, response

from reamaze_async.attachments import fetching
from reamaze_async.attachments.addresses import Refused, is_public
from reamaze_async.attachments.fetching import Content, Dead, Failed, Fetcher

MIB = 2**20


async def fetch(url: str, path, may_ask: Callable[[str], bool] = lambda _: True, **how) -> Content:
    """Fetch one file."""
    async with Fetcher(may_ask, **({"most": MIB} | how)) as fetcher:
        return await fetcher.fetch(url, path)


async def fetch_one(url: str, path, expected: int | None) -> Content:
    """Fetch one file that is said to have so many bytes."""
    async with Fetcher(lambda _: True, most=MIB) as fetcher:
        return await fetcher.fetch(url, path, expected)


def end_with_the_connection(
    body: bytes, header: bytes = b""
) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """A response without any length."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + header + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    return write


async def test_file_changed_on_the_way(tmp_path):
    """The bytes are the server's, and so are size and digest."""
    async with file_host() as host:
        body = bytes(range(256)) * 999
        content = await fetch(host.serve("/a", body), tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == body
    assert content == (len(body), sha256(body).hexdigest())


@pytest.mark.parametrize("header", [b"", b"Transfer-Encoding: identity\r\n"])
async def test_cut_where_nothing_tells_the_length(tmp_path, header):
    """A body that ends where the connection does is whole if it is no smaller than was said."""
    async with file_host() as host:
        host.answers["/a"] = end_with_the_connection(b"content", header)
        with pytest.raises(Failed, match="7 bytes came, of 9"):
            await fetch_one(host.base + "/a", tmp_path / "a", 9)
        assert (await fetch_one(host.base + "/a", tmp_path / "a", 7)).size == 7
        assert (await fetch_one(host.base + "/a", tmp_path / "a", 5)).size == 7  # That is no cut.
        assert (await fetch_one(host.base + "/a", tmp_path / "a", None)).size == 7
        assert "accept-encoding: identity" in host.heads[0].lower()


async def test_signed_address_changed_on_the_way(tmp_path):
    """What is asked is what was written, escaped or not: a signature may be of just that."""
    async with file_host() as host:
        for path in ("/a%2Fb%28c%29?sig=a%2Fb%3D+x&y=%7E", "/(d)?sig=a/b=&y=~"):
            await fetch(host.serve(path), tmp_path / "a")
        host.serve("/%E6%96%87%20a?x")
        await fetch(host.base + "/\u6587 a?x", tmp_path / "a")
    assert host.asked == [*host.answers]


async def test_login_that_goes_out(tmp_path, monkeypatch):
    """No credentials, no cookies, no netrc, no proxy, no referer: not at first, not after it."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with file_host() as host:
        host.answers["/a"] = response(302, b"", {"Location": "/b", "Set-Cookie": "x=1"})
        host.serve("/b")
        await fetch(host.base + "/a", tmp_path / "a")
        heads = "".join(host.heads).lower()
    assert host.asked == ["/a", "/b"]
    assert not [name for name in ("authorization", "cookie", "referer") if name in heads]


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"]
)
async def test_private_network_in_disguise(tmp_path, name):
    """Whatever it is called, an address of a private network is not connected to."""
    async with file_host() as host:
        url = host.serve("/a").replace("127.0.0.1", name)
        with pytest.raises(Refused):
            await fetch(url, tmp_path / "a", is_public)
    assert host.asked == []


async def test_redirect_to_a_private_network(tmp_path):
    """A redirect is checked where it connects, like the first address."""
    async with file_host() as host:
        inner = host.serve("/secret").replace("127.0.0.1", "localhost")
        url = host.redirect("/a", inner)
        asked: list[str] = []

        def may_ask(address: str) -> bool:
            asked.append(address)
            return len(asked) == 1

        with pytest.raises(Refused, match="private network"):
            await fetch(url, tmp_path / "a", may_ask)
    assert host.asked == ["/a"]


async def test_name_that_stands_for_a_private_host(tmp_path):
    """What counts is the address that a name stands for when it is connected to."""
    async with file_host() as host:
        port = host.base.rpartition(":")[2]
        with pytest.raises(Refused, match="is on a private network"):
            await fetch(f"http://localhost:{port}/a", tmp_path / "a", is_public)


async def test_endless_redirects(tmp_path):
    """Five redirects are followed, and no sixth."""
    async with file_host() as host:
        for number in range(6):
            host.redirect(f"/{number}", f"/{number + 1}")
        host.serve("/6")
        with pytest.raises(Refused, match="more than 5 redirects"):
            await fetch(host.base + "/0", tmp_path / "a")
        await fetch(host.base + "/1", tmp_path / "a")


@pytest.mark.parametrize("told", [True, False])
async def test_file_too_large(tmp_path, told):
    """A larger file is refused, at once if it says so, else as soon as it is."""
    async with file_host() as host:
        if told:
            host.answers["/a"] = response(200, b"", {"X": "y"}).replace(b"gth: 0", b"gth: 1048577")
        else:
            host.answers["/a"] = endless
        with pytest.raises(Refused, match="larger than 1 MiB"):
            await fetch(host.base + "/a", tmp_path / "a")


async def endless(writer: asyncio.StreamWriter) -> None:
    """A file without an end, and without a word on its size."""
    writer.write(b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 2**16 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_address_whose_time_is_over(tmp_path, status):
    """It is dead, whichever way it says so."""
    async with file_host() as host:
        host.answers["/a"] = response(status, b"no")
        with pytest.raises(Dead, match=f"HTTP {status}"):
            await fetch(host.base + "/a", tmp_path / "a")


CUT = "the answer is cut short or damaged"


@pytest.mark.parametrize(
    ("answer", "may_pass", "told"),
    [
        (response(500, b""), True, "HTTP 500"),
        (response(429, b""), True, "HTTP 429"),
        (response(400, b""), False, "HTTP 400"),
        (response(304, b""), False, "HTTP 304"),
        (b"HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nabc", True, CUT),
        (b"HTTP/1.1 200 x\r\nX-Key: s3cret", True, CUT),
        (b"nonsense\r\n\r\n", True, "the answer is no HTTP"),
    ],
    ids=["500", "429", "400", "304", "cut", "cut head", "nonsense"],
)
async def test_failure_that_looks_like_a_file(tmp_path, answer, may_pass, told):
    """What isn't a whole file has failed, says why in our words, and whether that may pass."""

    async def once(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with file_host() as host:
        host.answers["/a"] = once
        with pytest.raises(Failed) as caught:
            await fetch(host.base + "/a", tmp_path / "a")
    assert (caught.value.may_pass, str(caught.value)) == (may_pass, told)


@pytest.mark.parametrize("how", [{"stall": 0.05}, {"longest": 0.05}])
async def test_server_that_is_slow(tmp_path, how):
    """A server that stalls, or takes for ever, is given up."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nabc")
        await writer.drain()
        await asyncio.Event().wait()

    async with file_host() as host:
        host.answers["/a"] = drip
        with pytest.raises(Failed, match="no whole answer"):
            await fetch(host.base + "/a", tmp_path / "a", **how)


async def test_nobody_at_home(tmp_path):
    """A host that doesn't answer, or doesn't exist, has failed."""
    for url in ("http://127.0.0.1:1/a", "http://no.such.host.invalid/a", "http://a..b/"):
        with pytest.raises((Failed, Refused)):
            await fetch(url, tmp_path / "a")


async def test_memory_that_grows_with_the_file(tmp_path):
    """A file of 48 MiB takes no more memory than a few chunks."""

    async def large(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 x\r\nContent-Length: %d\r\n\r\n" % (48 * MIB))
        for _ in range(48 * 16):
            writer.write(b"x" * fetching.CHUNK)
            await writer.drain()

    async with file_host() as host:
        host.answers["/a"] = large
        tracemalloc.start()
        content = await fetch(host.base + "/a", tmp_path / "a", most=100 * MIB)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert content.size == 48 * MIB
    assert peak < 8 * MIB
