"""The way to Redis: what goes wrong there comes as one error."""

import asyncio

import pytest
from redis import asyncio as redis_client
from redis.exceptions import ResponseError
from redis_servers import RedisServer, any_program

from reamaze_async.redis import link
from reamaze_async.redis.link import Away, Link
from reamaze_async.redis.shared import SharedLimit
from reamaze_async.wire.credentials import Secret


def a_call():
    """Any call."""
    return SharedLimit(None, 60.0, 60.0, "a").call([], 0.0, "life")


async def test_script_that_the_server_has_forgotten(server):
    """A server that doesn't know the script gets it again."""
    way = Link(Secret(server.url), "acme")
    await way.ask("a", a_call())
    client = redis_client.Redis.from_url(server.url)
    await client.script_flush()
    assert (await way.ask("b", a_call())).is_whole
    await client.connection_pool.disconnect()
    await way.close()


async def test_server_that_never_answers(server, monkeypatch):
    """A client of the caller's without a time-out is waited for no longer than ours."""
    monkeypatch.setattr(link, "TIMEOUT", 0.1)
    client = redis_client.Redis.from_url(server.url)
    await client.ping()
    server.send(19)  # SIGSTOP
    with pytest.raises(Away, match=r"no answer within 0\.1 s"):
        await Link(client, "acme").ask("a", a_call())
    server.kill()
    await client.connection_pool.disconnect()


async def test_key_that_is_something_else(server):
    """What Redis will always refuse is told as that."""
    client = redis_client.Redis.from_url(server.url)
    await client.set("{reamaze:acme}:log", "text")
    with pytest.raises(Away, match="WRONGTYPE") as refused:
        await Link(client, "acme").ask("a", a_call())
    assert refused.value.is_final
    await client.connection_pool.disconnect()


@pytest.mark.parametrize("turns", range(12))
async def test_cancellation_that_is_swallowed(server, turns):
    """Whenever a call is cancelled, it ends so, though redis-py's time-outs of nothing eat it."""
    way = Link(Secret(server.url), "acme")
    await way.ask("a", a_call())

    async def ask() -> None:
        while True:
            await way.ask("b", a_call())

    task = asyncio.create_task(ask())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=60)
    assert task.cancelled()
    await way.close()


def test_replica_that_is_written_to():
    """A server that can't be written to now is away, and not wrong."""
    server = RedisServer(any_program(), "--replicaof", "127.0.0.1 1").start()
    way = Link(Secret(server.url), "acme")

    async def ask() -> None:
        try:
            await way.ask("a", a_call())
        finally:
            await way.close()

    try:
        with pytest.raises(Away) as refused:
            asyncio.run(ask())
    finally:
        server.close()
    assert not refused.value.is_final


async def test_server_that_has_no_memory_left(server):
    """A server that is full now, and has room again later, is away, and not wrong."""
    client = redis_client.Redis.from_url(server.url)
    await Link(client, "acme").ask("a", a_call())
    await client.config_set("maxmemory", "1")
    names_a_limit = SharedLimit((40, 60.0), 60.0, 60.0, "b").call([], 0.0, "life")
    with pytest.raises(Away, match="maxmemory") as refused:
        await Link(client, "acme").ask("b", names_a_limit)
    assert not refused.value.is_final
    await client.connection_pool.disconnect()


@pytest.mark.parametrize("code", ["OOM", "MISCONF", "NOREPLICAS", "READONLY"])
async def test_refusal_that_passes_out_of_a_script(code, monkeypatch):
    """Redis 5 and 6 wrap what a command within the script is refused for: it is found in there."""

    async def refuse(*_: object) -> None:
        answer = (
            f"Error running script (call to f_1f): @user_script:63: @user_script: 63: -{code} now"
        )
        raise ResponseError(answer)

    client = redis_client.Redis()
    monkeypatch.setattr(client, "evalsha", refuse)
    with pytest.raises(Away, match=code) as refused:
        await Link(client, "acme").ask("a", a_call())
    assert not refused.value.is_final
