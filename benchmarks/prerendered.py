"""A server of pages that were rendered beforehand, in a process of its own.

The sandbox renders the pages once; from then on a request costs the server a dictionary's look-up,
so that a client is never waited for because of it. One address serves one list in one way: so many
pages, as they are or gzipped, over TCP or TLS.
"""

import asyncio
import gzip
import multiprocessing
import re
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import product
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp

from reamaze_async.sandbox import Sandbox

Way = tuple[int, bool, bool]
"""The number of pages, whether they come over TLS, whether they are gzipped."""

EMAIL, TOKEN = "me@acme.com", "a-token-of-nobody"

_PAGE = re.compile(rb"GET \S*[?&]page=(\d+)")
_COUNTS = re.compile(rb'"page_count":\d+,"total_count":\d+')
_HEAD = (
    "HTTP/1.1 200 OK\r\nDate: Sun, 01 Feb 2026 12:00:00 GMT\r\n"
    "Content-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n%s"
    'ETag: W/"6dd1f6aab3bb2b4a30b6b0fa3a9d80ef"\r\n'
    "Cache-Control: max-age=0, private, must-revalidate\r\n"
    "X-Request-Id: 2a7c9b4e-4a0e-4d55-9a3c-1d6b0f8f1f4e\r\nX-Runtime: 0.182931\r\n"
    "X-Frame-Options: SAMEORIGIN\r\nX-Content-Type-Options: nosniff\r\n"
    "Vary: Accept-Encoding\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Prerendered:
    """Where the pages are.

    Attributes:
        urls: an origin for each way.
        authority: a file with the certificate to trust; None if it can't be made here.
        page_bytes: of a page as it is, on average.
    """

    urls: dict[Way, str]
    authority: str | None
    page_bytes: int


@contextmanager
def serve_prerendered(counts: tuple[int, ...]) -> Iterator[Prerendered]:
    """Serve lists of so many pages each, in every way."""
    with tempfile.TemporaryDirectory(prefix="bench-cost-") as folder:
        certificate = _make_certificate(Path(folder))
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_run, args=(there, counts, certificate), daemon=True)
        process.start()
        there.close()
        try:
            urls, page_bytes = here.recv()
            authority = str(Path(folder) / "authority.pem") if certificate else None
            yield Prerendered(urls, authority, page_bytes)
        finally:
            process.terminate()
            process.join()


def _make_certificate(folder: Path) -> str | None:
    """A certificate of 127.0.0.1 with its key, in a file; None without trustme."""
    try:
        import trustme
    except ImportError:
        return None
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "server.pem")
    )
    return str(folder / "server.pem")


def _run(pipe: Connection, counts: tuple[int, ...], certificate: str | None) -> None:
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(pipe, counts, certificate))


async def _serve(pipe: Connection, counts: tuple[int, ...], certificate: str | None) -> None:
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    rendered = await _render(max(counts))
    loop = asyncio.get_running_loop()
    urls: dict[Way, str] = {}
    servers = []
    for count, tls, zipped in product(sorted(set(counts)), (False, True), (False, True)):
        if tls and context is None:
            continue
        answers = [_answer(body, count, zipped=zipped) for body in rendered[:count]]
        server = await loop.create_server(
            lambda answers=answers: _Pages(answers), "127.0.0.1", 0, ssl=context if tls else None
        )
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        urls[count, tls, zipped] = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    pipe.send((urls, sum(map(len, rendered)) // len(rendered)))
    await asyncio.Event().wait()


async def _render(pages: int) -> list[bytes]:
    """The bodies of so many pages by the default filter, which leaves out about a fifth."""
    async with Sandbox(conversations=pages * 45 + 300) as sandbox:
        auth = aiohttp.encode_basic_auth(sandbox.email, sandbox.token)
        async with aiohttp.ClientSession(sandbox.base_url, headers={"Authorization": auth}) as http:
            bodies = []
            for number in range(1, pages + 1):
                async with http.get(f"/api/v1/conversations?page={number}") as response:
                    bodies.append(await response.read())
    return bodies


def _answer(body: bytes, pages: int, *, zipped: bool) -> bytes:
    body = _COUNTS.sub(b'"page_count":%d,"total_count":%d' % (pages, pages * 30), body, count=1)
    body = gzip.compress(body, 6) if zipped else body
    head = _HEAD % (len(body), "Content-Encoding: gzip\r\n" if zipped else "")
    return head.encode() + body


class _Pages(asyncio.Protocol):
    """A connection: requests without bodies in, pages out."""

    _transport: asyncio.Transport

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            found = _PAGE.match(request)
            self._transport.write(self._answers[int(found[1]) - 1 if found else 0])
