"""One connection, over a plain socket."""

import asyncio
import json

import pytest

from reamaze_async.sandbox import Fault, Sandbox


@pytest.fixture
async def wire(sandbox):
    """A connection without a client."""
    port = int(sandbox.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.transport.abort()


@pytest.fixture
def listing(client):
    """A list request in bytes."""
    head = "GET /api/v1/conversations.json HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
    return f"{head}{client.login['Authorization']}\r\n\r\n".encode()


PING = b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = PING.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


async def test_many_requests_at_once_are_answered_in_order(wire, sandbox):
    """One after another, on the same connection, until asked to close."""
    reader, writer = wire
    writer.write(PING + PING + LAST)
    assert (await reader.read()).count(b"HTTP/1.1 404 Not Found") == 3
    assert [request.number for request in sandbox.requests] == [1, 2, 3]


async def test_next_request_waits_for_a_held_one(wire, sandbox):
    """Answers never overtake each other on a connection."""
    reader, writer = wire
    hold = sandbox.hold(when=lambda request: request.number == 1)
    writer.write(PING + LAST)
    await hold.arrived.wait()
    assert len(sandbox.requests) == 1
    hold.release()
    assert (await reader.read()).count(b"HTTP/1.1 404 Not Found") == 2


async def test_nonsense_ends_the_connection(wire, sandbox):
    """With 400, and nothing noted."""
    reader, writer = wire
    writer.write(b"hello\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert sandbox.requests == []


async def test_slow_writer_is_waited_for(wire, sandbox):
    """A request that comes in pieces is one request."""
    reader, writer = wire
    for byte in LAST:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    assert (await reader.read()).startswith(b"HTTP/1.1 404")
    assert len(sandbox.requests) == 1


async def test_connections_are_counted(wire, sandbox):
    """While they are open."""
    _, writer = wire
    writer.write(PING)
    assert await wire[0].readuntil(b"\r\n\r\n")
    assert sandbox.connections == 1


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.RESET_INSIDE])
async def test_reset_is_a_reset(wire, sandbox, listing, fault):
    """The kernel says so, not just an end of the stream."""
    reader, writer = wire
    sandbox.script = {(1, 1): fault}
    writer.write(listing)
    with pytest.raises(ConnectionResetError):
        await reader.read()


async def test_cut_is_a_polite_end(wire, sandbox, listing):
    """In the middle of the body."""
    reader, writer = wire
    sandbox.script = {(1, 1): Fault.CUT}
    writer.write(listing)
    head, body = (await reader.read()).split(b"\r\n\r\n", 1)
    assert f"Content-Length: {len(body) * 2}"[:-1] in head.decode()


async def test_stall_and_then_the_next(connect):
    """What was sent after a stalled request is served after it."""
    async with Sandbox(40, stall=0.0) as sandbox:
        client = await connect(sandbox)
        sandbox.script = {(1, 1): Fault.STALL}
        assert (await client.listed()).body == (await client.listed()).body


async def test_freeze_ends_with_the_sandbox(wire, sandbox, listing):
    """Closing cuts it off."""
    reader, writer = wire
    sandbox.script = {(1, 1): Fault.FREEZE}
    writer.write(listing)
    await reader.readuntil(b"\r\n\r\n")
    await sandbox.close()
    rest = await reader.read()
    assert rest.startswith(b'{"page_size":30')
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(rest)
