"""Whoever reads a list of conversations: this package, loops written by hand, other libraries.

Each function reads all pages of a list and returns the number of its conversations. Except for
`by_hand` and what is said otherwise, a rival gives no promise: no order, no de-duplication, no
retries, no limit. What isn't installed is left out.
"""

import asyncio
import os
import ssl
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from reamaze_async import Conversation, ReamazeSession, export, sync

from .prerendered import EMAIL, TOKEN

PATH = "/api/v1/conversations"


@dataclass(frozen=True, slots=True)
class Job:
    """What to read, and how.

    Attributes:
        url: the server's origin.
        in_flight: requests under way at once.
        authority: a file with the certificate to trust over TLS.
        email: whose account it is.
        token: of that account.
    """

    url: str
    in_flight: int = 8
    authority: str | None = None
    email: str = EMAIL
    token: str = TOKEN

    def page(self, number: int) -> str:
        """The URL of a page."""
        return f"{self.url}{PATH}?page={number}"

    @property
    def is_tls(self) -> bool:
        """Whether it goes over TLS."""
        return self.url.startswith("https")


# --- by hand --------------------------------------------------------------------------------------


class Envelope(msgspec.Struct, gc=False):
    """A page, as the loops by hand decode it."""

    page_count: int
    conversations: list[Conversation]


class RawEnvelope(msgspec.Struct, gc=False):
    """A page with its items undecoded."""

    page_count: int
    conversations: list[msgspec.Raw]


class RawKey(msgspec.Struct, gc=False):
    """What the raw loop decodes of an item."""

    slug: str


def _http(job: Job) -> aiohttp.ClientSession:
    headers = {
        "Authorization": aiohttp.encode_basic_auth(job.email, job.token),
        "Accept": "application/json",
    }
    return aiohttp.ClientSession(headers=headers, raise_for_status=True)


async def _pages(job: Job, kind: type[Any]) -> AsyncIterator[Any]:
    """The pages in order, `in_flight` of them under way; none is kept once it is handed out."""
    decode = msgspec.json.Decoder(kind).decode
    async with _http(job) as http:

        async def fetch(number: int) -> Any:
            async with http.get(job.page(number)) as response:
                return decode(await response.read())

        page = await fetch(1)
        numbers = iter(range(2, page.page_count + 1))
        waiting = deque(
            asyncio.create_task(fetch(number)) for number in islice(numbers, job.in_flight)
        )
        yield page
        while waiting:
            page = await waiting.popleft()
            for number in islice(numbers, 1):
                waiting.append(asyncio.create_task(fetch(number)))
            yield page


async def _conversations(job: Job) -> AsyncIterator[Conversation]:
    seen = set()
    async for page in _pages(job, Envelope):
        for conversation in page.conversations:
            if conversation.slug not in seen:
                seen.add(conversation.slug)
                yield conversation


async def by_hand(job: Job) -> int:
    """An ordered loop that a good programmer writes: the same Structs, duplicates dropped."""
    count = 0
    async for _ in _conversations(job):
        count += 1
    return count


async def by_hand_raw(job: Job) -> int:
    """The same for raw items, each with its slug."""
    key = msgspec.json.Decoder(RawKey).decode
    seen = set()
    async for page in _pages(job, RawEnvelope):
        for item in page.conversations:
            if (slug := key(item).slug) not in seen:
                seen.add(slug)
                bytes(item)
    return len(seen)


async def by_hand_lines(job: Job) -> int:
    """An item a line of a file, each once, a write a page; nothing is made sure of."""
    key = msgspec.json.Decoder(RawKey).decode
    seen: set[str] = set()
    with tempfile.TemporaryFile() as file:
        async for page in _pages(job, RawEnvelope):
            lines = []
            for item in page.conversations:
                if (slug := key(item).slug) not in seen:
                    seen.add(slug)
                    lines.append(item)
            file.write(b"\n".join([*lines, b""]))
    return len(seen)


async def by_hand_lines_unread(job: Job) -> int:
    """The same without a look at their keys: what comes twice is written twice."""
    count = 0
    with tempfile.TemporaryFile() as file:
        async for page in _pages(job, RawEnvelope):
            file.write(b"\n".join([*page.conversations, b""]))
            count += len(page.conversations)
    return count


# --- this package ---------------------------------------------------------------------------------


def _session(job: Job) -> ReamazeSession:
    how: dict[str, Any] = {"base_url": job.url, "concurrency": job.in_flight}
    return ReamazeSession("acme", job.email, job.token, **how)


async def ours(job: Job, **how: Any) -> int:
    """Iterate, typed."""
    count = 0
    async with _session(job) as session:
        async for _ in session.conversations.list(**how):
            count += 1
    return count


async def ours_unordered(job: Job) -> int:
    """Iterate as pages come."""
    return await ours(job, ordered=False)


async def ours_raw(job: Job) -> int:
    """Iterate over the items' own bytes."""
    count = 0
    async with _session(job) as session:
        async for _ in session.conversations.list().raw():
            count += 1
    return count


async def ours_pages(job: Job) -> int:
    """Iterate by pages."""
    count = 0
    async with _session(job) as session:
        async for page in session.conversations.list().pages():
            count += len(page.items)
    return count


async def _exported(job: Job, name: str) -> int:
    with tempfile.TemporaryDirectory(prefix="bench-cost-") as folder:
        async with _session(job) as session:
            return (await export(session.conversations.list(), Path(folder) / name)).items


async def ours_export(job: Job) -> int:
    """Export to NDJSON."""
    return await _exported(job, "all.ndjson")


async def ours_sqlite(job: Job) -> int:
    """Export to SQLite."""
    return await _exported(job, "all.sqlite")


async def ours_sync(job: Job) -> int:
    """A first sync."""
    with tempfile.TemporaryDirectory(prefix="bench-cost-") as folder:
        async with _session(job) as session:
            return (await sync(session, Path(folder) / "all.sqlite")).items


# --- other libraries ------------------------------------------------------------------------------


async def _in_workers(in_flight: int, fetch: Callable[[int], Awaitable[tuple[int, int]]]) -> int:
    """Pages by so many workers, as they come; `fetch` gives the page count and the items."""
    page_count, count = await fetch(1)
    numbers = iter(range(2, page_count + 1))

    async def work() -> int:
        return sum([(await fetch(number))[1] for number in numbers])

    return count + sum(await asyncio.gather(*[work() for _ in range(in_flight)]))


async def aiohttp_json(job: Job) -> int:
    """aiohttp, with the standard library's JSON, into dictionaries."""
    async with _http(job) as http:

        async def fetch(number: int) -> tuple[int, int]:
            async with http.get(job.page(number)) as response:
                page = await response.json()
            return page["page_count"], len(page["conversations"])

        return await _in_workers(job.in_flight, fetch)


async def _over_httpx(job: Job, decode: Callable[[bytes], Any]) -> int:
    import httpx

    trusted = ssl.create_default_context(cafile=job.authority) if job.is_tls else True
    async with httpx.AsyncClient(auth=(job.email, job.token), timeout=60, verify=trusted) as http:

        async def fetch(number: int) -> tuple[int, int]:
            answer = await http.get(job.page(number), headers={"Accept": "application/json"})
            page = decode(answer.raise_for_status().content)
            return page.page_count, len(page.conversations)

        return await _in_workers(job.in_flight, fetch)


async def httpx_msgspec(job: Job) -> int:
    """httpx, into the same Structs."""
    return await _over_httpx(job, msgspec.json.Decoder(Envelope).decode)


async def httpx_pydantic(job: Job) -> int:
    """httpx, into pydantic models."""
    from .pydantic_models import Page

    return await _over_httpx(job, Page.model_validate_json)


def requests_threads(job: Job) -> int:
    """Requests in threads, one session each, with the standard library's JSON."""
    import threading

    import requests

    own = threading.local()

    def fetch(number: int) -> tuple[int, int]:
        if not hasattr(own, "http"):
            own.http = requests.Session()
            own.http.auth = (job.email, job.token)
            own.http.verify = job.authority or True
        answer = own.http.get(job.page(number), headers={"Accept": "application/json"}, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        return page["page_count"], len(page["conversations"])

    page_count, count = fetch(1)
    with ThreadPoolExecutor(job.in_flight) as pool:
        return count + sum(n for _, n in pool.map(fetch, range(2, page_count + 1)))


def dlt_rest(job: Job) -> int:
    """The RESTClient of dlt, one page after another, as it is used in a pipeline."""
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    import requests
    from dlt.sources.helpers.rest_client import RESTClient
    from dlt.sources.helpers.rest_client.auth import HttpBasicAuth
    from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

    client = RESTClient(
        job.url,
        auth=HttpBasicAuth(job.email, job.token),
        paginator=PageNumberPaginator(base_page=1, total_path="page_count"),
        session=requests.Session(),
    )
    client.session.verify = job.authority or True
    return sum(len(page) for page in client.paginate(PATH, data_selector="conversations"))


Contender = Callable[[Job], "Awaitable[int] | int"]

CONTENDERS: dict[str, tuple[Contender, tuple[str, ...]]] = {
    "by hand": (by_hand, ()),
    "reamaze_async": (ours, ()),
    "reamaze_async, unordered": (ours_unordered, ()),
    "reamaze_async, pages()": (ours_pages, ()),
    "reamaze_async, raw()": (ours_raw, ()),
    "by hand, raw": (by_hand_raw, ()),
    "by hand, an item a line": (by_hand_lines, ()),
    "by hand, an item a line, keys unread": (by_hand_lines_unread, ()),
    "export to NDJSON": (ours_export, ()),
    "export to SQLite": (ours_sqlite, ()),
    "first sync": (ours_sync, ()),
    "aiohttp + json": (aiohttp_json, ()),
    "httpx + msgspec": (httpx_msgspec, ("httpx",)),
    "httpx + pydantic": (httpx_pydantic, ("httpx", "pydantic")),
    "requests, threads": (requests_threads, ("requests",)),
    "dlt RESTClient": (dlt_rest, ("dlt.sources.helpers", "requests")),
}
"""By name, and what has to be installed."""

BASELINE = "by hand"
PEERS = list(CONTENDERS)[list(CONTENDERS).index("aiohttp + json") :]


def is_installed(name: str) -> bool:
    """Whether a contender can run here."""
    try:
        return all(find_spec(package) for package in CONTENDERS[name][1])
    except ModuleNotFoundError:  # of a package's parent
        return False
