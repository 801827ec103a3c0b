"""One connection, over a plain socket."""

import asyncio

import pytest


@pytest.fixture
async def wire(sandbox):
    """A connection without a client."""
    port = int(sandbox.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()
    await writer.wait_closed()


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
