"""The recipe of a web app, on a real uvicorn."""

import asyncio
import importlib
import json
import signal
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import aiohttp
import pytest

from reamaze_async.sandbox import Answer, Limit, Sandbox

pytest.importorskip("fastapi", reason="needs: pip install --group recipes")
pytest.importorskip("uvicorn", reason="needs: pip install --group recipes")
ClientDisconnect = pytest.importorskip("starlette.requests").ClientDisconnect

REFUSAL = Answer(422, b'{"errors": {"page": ["is unlucky"]}}', {"Content-Type": "application/json"})
"""Something that no second try mends."""

IMPATIENT = "import web_app; web_app.PATIENCE = 1.0; app = web_app.app"
MIDDLEWARE = """
from {module} import app

@app.middleware("http")
async def as_many_apps_have(request, call_next):
    return await call_next(request)
"""


@pytest.fixture(params=["as it is", "below a middleware"])
def wrapped(request, tmp_path):
    """Makes the name of a module: the app's own, or of one that puts a middleware before it."""

    def wrapped(module):
        if request.param == "as it is":
            return module
        (tmp_path / "wrapped.py").write_text(MIDDLEWARE.format(module=module))
        return "wrapped"

    return wrapped


@pytest.fixture
async def slow():
    """A sandbox of 100 pages, of which eight at once take 13 s."""
    async with Sandbox(3000, seed=7, size="small", latency=1.0) as sandbox:
        yield sandbox


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


async def grace(app, seconds=0.3):
    """Seconds to allow: more where the machine is busy, by the longest round trip meanwhile."""
    began, longest = time.monotonic(), 0.0
    while (asked := time.monotonic()) < began + seconds:
        async with app.get("/nowhere") as answer:
            await answer.read()
        longest = max(longest, time.monotonic() - asked)
        await asyncio.sleep(0.01)
    return max(0.2, 10 * longest)


async def test_stream_that_loses_something(serve, sandbox, wrapped):
    """All conversations come, in order, and the last line says that they are all."""
    app = await serve(sandbox, wrapped("web_app"))
    async with app.get("/conversations?filter=all") as answer:
        rows, end = await rows_until_the_end(answer)
    assert [row["slug"] for row in rows] == [found.slug for found in sandbox.conversations]
    assert end == {"complete": True, "conversations": 500}


async def test_count(serve, sandbox):
    """It is the server's own, by one request."""
    app = await serve(sandbox, "web_app")
    async with app.get("/conversations/count") as answer:
        assert await answer.json() == {"count": 500}
    assert len(sandbox.requests) == 1


async def test_empty_list(serve):
    """Of nothing there is a last line."""
    async with Sandbox(0) as sandbox:
        app = await serve(sandbox, "web_app")
        async with app.get("/conversations") as answer:
            assert await rows_until_the_end(answer) == ([], {"complete": True, "conversations": 0})


async def test_client_that_leaves(serve, slow, wrapped):
    """A client that leaves after 100 rows ends the work upstream within a fifth of a second."""
    app = await serve(slow, wrapped("web_app"))
    soon = await grace(app)
    async with app.get("/conversations") as answer:
        for _ in range(100):
            await answer.content.readline()
        answer.close()
    left = time.monotonic()
    soon = max(soon, await grace(app, 1.5))  # In this time, eight more would have come.
    assert [request.number for request in slow.requests if request.at > left + soon] == []
    assert slow.in_flight == 0


@pytest.mark.parametrize("spec", ["2.3", "2.4"])
async def test_client_that_leaves_while_a_row_is_sent(slow, connect, served, wrapped, spec):
    """Then, too, all work upstream has ended when the app returns, however the server tells it."""
    with suppress(OSError, ClientDisconnect):
        await leaving(served(wrapped("web_app")), await connect(slow), spec)
    assert [task for task in asyncio.all_tasks() if "reamaze" in task.get_name()] == []


async def test_client_that_stalls_and_leaves(serve, wrapped):
    """So does one that doesn't even read on, while the app can't write."""
    async with Sandbox(3000, seed=7, size="large", latency=0.2) as sandbox:
        app = await serve(sandbox, wrapped("web_app"))
        soon = await grace(app)
        async with app.get("/conversations") as answer:
            await answer.content.readline()
            answer.connection.transport.pause_reading()
            seen = 0
            while seen < len(sandbox.requests):
                seen = len(sandbox.requests)
                await asyncio.sleep(1.0)
            answer.close()
        left = time.monotonic()
        soon = max(soon, await grace(app, 1.5))
        assert [request.number for request in sandbox.requests if request.at > left + soon] == []
    assert seen < 80


async def test_wrong_token(serve, sandbox, wrapped):
    """A wrong token is told by a status and our sentence, before an answer begins."""
    app = await serve(sandbox, wrapped("web_app"), REAMAZE_API_TOKEN="wrong")
    for path in ("/conversations", "/conversations/count"):
        async with app.get(path) as answer:
            told = await answer.json()
        assert answer.status == 502
        assert told["detail"].startswith("GET /api/v1/conversations page 1: HTTP 403")


async def test_pause_for_the_limit(serve, wrapped, tmp_path):
    """While the limit pauses all requests, who asks is told when to come again."""
    (tmp_path / "impatient.py").write_text(IMPATIENT)
    limit = Limit(1, per=60.0, aligned=False, retry_after="seconds")
    async with Sandbox(60, limit=limit) as sandbox:
        app = await serve(sandbox, wrapped("impatient"))
        for path, status in (("/conversations/count", 200), ("/conversations", 503)):
            async with app.get(path) as answer:
                await answer.read()
            assert answer.status == status
        assert 0 < int(answer.headers["Retry-After"]) <= 60


async def test_page_that_fails_for_good(serve, sandbox, wrapped):
    """What is cut off in the middle can't be taken for the whole."""
    sandbox.script = lambda request: REFUSAL if request.page == 5 else None
    app = await serve(sandbox, wrapped("web_app"))
    async with app.get("/conversations") as answer:
        rows, end = await rows_until_the_end(answer)
    assert len(rows) == end["conversations"] == 120
    assert not end["complete"]
    assert "page 5: HTTP 422" in end["detail"]


async def test_sigterm(serve, slow, wrapped):
    """SIGTERM ends streams after the time that uvicorn gives them, and all requests upstream."""
    app = await serve(slow, wrapped("web_app"))
    async with app.get("/conversations") as answer:
        await answer.content.readline()
        app.process.send_signal(signal.SIGTERM)
        with suppress(aiohttp.ClientError):
            lines = [line async for line in answer.content]
            assert b'"end"' not in lines[-1]
        await app.process.wait()
    await slow.idle()
    assert len(slow.requests) < 50
    assert slow.connections == 0
