"""A plain client for the sandbox: aiohttp and nothing of ours."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from reamaze_async.sandbox import Sandbox


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def items(self) -> list[Any]:
        """The things of a list, whatever stands around them."""
        return self.json if isinstance(self.json, list) else [*self.json.values()][-1]

    @property
    def slugs(self) -> list[str]:
        return [item["slug"] for item in self.json["conversations"]]


class Client:
    """Asks one sandbox."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.login = {"Authorization": aiohttp.encode_basic_auth(sandbox.email, sandbox.token)}
        self.http = http

    async def send(self, method: str, path: str, **options: Any) -> Reply:
        """Any request under `/api/v1`, logged in and asking for JSON unless `headers` say else."""
        headers = options.pop("headers", self.login | {"Accept": "application/json"})
        url = path if path.startswith("/") else f"/api/v1/{path}"
        async with self.http.request(
            method, url, headers=headers, allow_redirects=False, **options
        ) as answer:
            return Reply(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, **params: Any) -> Reply:
        """A GET with these query parameters."""
        return await self.send("GET", path, params=params)

    async def listed(self, **params: Any) -> Reply:
        """One page."""
        return await self.get("conversations", **params)

    async def post(self, path: str, **body: Any) -> Reply:
        """A POST with this body."""
        return await self.send("POST", path, json=body)

    async def put(self, path: str, **body: Any) -> Reply:
        """A PUT with this body."""
        return await self.send("PUT", path, json=body)

    async def pages(self, path: str, **params: Any) -> list[Any]:
        """The things of all pages, one page after another, until one is empty."""
        items, page = [], 1
        while found := (await self.get(path, page=page, **params)).items:
            items, page = items + found, page + 1
        return items

    async def everything(self, **params: Any) -> list[str]:
        """The slugs of all pages, one page after another."""
        slugs, page = [], 1
        while found := (await self.listed(page=page, **params)).slugs:
            slugs, page = slugs + found, page + 1
        return slugs


Connect = Callable[[Sandbox], Awaitable[Client]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes clients; closes them at the end."""
    sessions: list[aiohttp.ClientSession] = []

    async def connect(sandbox: Sandbox) -> Client:
        sessions.append(aiohttp.ClientSession(sandbox.base_url))
        return Client(sandbox, sessions[-1])

    yield connect
    for session in sessions:
        await session.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A calm one."""
    async with Sandbox(500, seed=5) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox, connect: Connect) -> Client:
    """A client of the calm one."""
    return await connect(sandbox)
