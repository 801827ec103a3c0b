"""The recipe of a web app, on a real uvicorn."""

import asyncio
import importlib
import json
import signal
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

import aiohttp
import pytest
from loops import turns

from reamaze_async.sandbox import Answer, Limit, Sandbox

pytest.importorskip("fastapi", reason="needs: pip install --group recipes")
pytest.importorskip("uvicorn", reason="needs: pip install --group recipes")
ClientDisconnect = pytest.importorskip("starlette.requests").ClientDisconnect

REFUSAL = Answer(422, b'{"errors": {"page": ["is unlucky"]}}', {"Content-Type": "application/json"})
"""Something that no second try mends."""

OBSERVED = """
import asyncio

import web_app
from web_app import app

web_app.PATIENCE = 600.0  # of a person before a machine that stands still for a while

@app.get("/patience/{seconds}")
async def be(seconds: float) -> None:
    web_app.PATIENCE = seconds

@app.get("/work")
async def work() -> int:
    return sum("reamaze" in task.get_name() for task in asyncio.all_tasks())
"""
MIDDLEWARE = """
@app.middleware("http")
async def as_many_apps_have(request, call_next):
    return await call_next(request)
"""


@pytest.fixture(params=["as it is", "below a middleware"])
def wrapped(request, tmp_path):
    """The name of a module: the app, with or without a middleware before it, and our questions."""
    more = MIDDLEWARE if request.param == "below a middleware" else ""
    (tmp_path / "wrapped.py").write_text(OBSERVED + more)
    return "wrapped"


@pytest.fixture
async def stuck():
    """A sandbox of 100 pages, of which four are ever answered."""
    async with Sandbox(3000, seed=7, size="small") as sandbox:
        sandbox.script = lambda request: "hang" if request.page > 4 else None
        yield sandbox


async def under_way(sandbox):
    """Return when something is."""
    while not sandbox.in_flight:
        await turns(1)


async def at_rest(app, sandbox):
    """Return when the app does nothing any more; how many requests there were."""
    async with asyncio.timeout(60):
        await sandbox.idle()
        while await (await app.get("/work")).json():
            pass
    return len(sandbox.requests)


async def rows_until_the_end(answer):
    """The lines of an answer: the conversations, and what the last line says."""
    *rows, last = [json.loads(line) async for line in answer.content]
    return rows, last["end"]


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Gives a module's app, in this process."""

    def served(module):
        for name in ("web_app", "wrapped"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(module).app

    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.syspath_prepend(tmp_path)
    return served


async def leaving(app, session, spec):
    """Ask an app for conversations as a server does whose client leaves while row 35 is sent."""
    gone = asyncio.Event()
    rows = count()
    messages = iter([{"type": "http.request"}])

    async def receive():
        for message in messages:
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.body" and next(rows) == 35:
            gone.set()
            if spec == "2.4":
                raise OSError
            for _ in range(100):  # The server lets go of the row a little later.
                await asyncio.sleep(0)

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": spec}, "method": "GET"}
    scope |= {"path": "/conversations", "query_string": b"", "headers": []}
    await app(scope | {"state": {"session": session}}, receive, send)


async def test_stream_that_loses_something(serve, sandbox, wrapped):
    """All conversations come, in order, and the last line says that they are all."""
    app = await serve(sandbox, wrapped)
    async with app.get("/conversations?filter=all") as answer:
        rows, end = await rows_until_the_end(answer)
    assert [row["slug"] for row in rows] == [found.slug for found in sandbox.conversations]
    assert end == {"complete": True, "conversations": 500}


async def test_count(serve, sandbox, wrapped):
    """It is the server's own, by one request."""
    app = await serve(sandbox, wrapped)
    async with app.get("/conversations/count") as answer:
        assert await answer.json() == {"count": 500}
    assert len(sandbox.requests) == 1


async def test_empty_list(serve, wrapped):
    """Of nothing there is a last line."""
    async with Sandbox(0) as sandbox:
        app = await serve(sandbox, wrapped)
        async with app.get("/conversations") as answer:
            assert await rows_until_the_end(answer) == ([], {"complete": True, "conversations": 0})


async def test_client_that_leaves(serve, stuck, wrapped):
    """A client that leaves after 100 rows ends the work upstream, and what is under way."""
    app = await serve(stuck, wrapped)
    async with app.get("/conversations") as answer:
        for _ in range(100):
            await answer.content.readline()
        await under_way(stuck)
        answer.close()
    assert await at_rest(app, stuck) <= 4 + 8


@pytest.mark.parametrize("spec", ["2.3", "2.4"])
async def test_client_that_leaves_while_a_row_is_sent(stuck, connect, served, wrapped, spec):
    """Then, too, all work upstream has ended when the app returns, however the server tells it."""
    with suppress(OSError, ClientDisconnect):
        await leaving(served(wrapped), await connect(stuck), spec)
    assert [task for task in asyncio.all_tasks() if "reamaze" in task.get_name()] == []


async def test_client_that_stalls_and_leaves(serve, wrapped):
    """So does one that doesn't even read on, while the app can't write."""
    async with Sandbox(3000, seed=7, size="large", latency=0.05) as sandbox:
        app = await serve(sandbox, wrapped)
        async with app.get("/conversations") as answer:
            await answer.content.readline()
            answer.connection.transport.pause_reading()
            seen = 0
            while seen < len(sandbox.requests):
                seen = len(sandbox.requests)
                await asyncio.sleep(1.0)
            answer.close()
        assert await at_rest(app, sandbox) <= seen + 8 < 90


async def test_wrong_token(serve, sandbox, wrapped):
    """A wrong token is told by a status and our sentence, before an answer begins."""
    app = await serve(sandbox, wrapped, REAMAZE_API_TOKEN="wrong")
    for path in ("/conversations", "/conversations/count"):
        async with app.get(path) as answer:
            told = await answer.json()
        assert answer.status == 502
        assert told["detail"].startswith("GET /api/v1/conversations page 1: HTTP 403")


async def test_pause_for_the_limit(serve, wrapped):
    """While the limit pauses all requests, who asks is told when to come again."""
    limit = Limit(1, per=60.0, aligned=False, retry_after="seconds")
    async with Sandbox(60, limit=limit) as sandbox:
        app = await serve(sandbox, wrapped)
        asked = (("/conversations/count", 200), ("/patience/1", 200), ("/conversations", 503))
        for path, status in asked:
            async with app.get(path) as answer:
                await answer.read()
            assert answer.status == status
        assert 0 < int(answer.headers["Retry-After"]) <= 60


async def test_page_that_fails_for_good(serve, sandbox, wrapped):
    """What is cut off in the middle can't be taken for the whole."""
    sandbox.script = lambda request: REFUSAL if request.page == 5 else None
    app = await serve(sandbox, wrapped)
    async with app.get("/conversations") as answer:
        rows, end = await rows_until_the_end(answer)
    assert len(rows) == end["conversations"] == 120
    assert not end["complete"]
    assert "page 5: HTTP 422" in end["detail"]


async def test_sigterm(serve, stuck, wrapped):
    """SIGTERM ends streams after the time that uvicorn gives them, and all requests upstream."""
    app = await serve(stuck, wrapped)
    async with app.get("/conversations") as answer:
        await answer.content.readline()
        app.process.send_signal(signal.SIGTERM)
        with suppress(aiohttp.ClientError):
            lines = [line async for line in answer.content]
            assert b'"end"' not in lines[-1]
        await app.process.wait()
    await stuck.idle()
    assert len(stuck.requests) <= 4 + 8
