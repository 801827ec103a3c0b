"""`--redis`: commands that share one limit."""

import asyncio
import sys
from collections.abc import Iterator

import pytest
from redis import Redis
from redis_servers import RedisServer, any_program

from reamaze_async.cli.options import without_password
from reamaze_async.cli.sessions import Account, Pace, key_of, source_of
from reamaze_async.limits.throttle import Outcome
from reamaze_async.redis import RedisLimit, link


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """An empty Redis, which isn't away while the machine stands still."""
    monkeypatch.setattr(link, "TIMEOUT", 60.0)
    server = RedisServer(any_program()).start()
    yield server
    server.close()


@pytest.mark.parametrize(
    "words", [("count",), ("get", "conversations", "SLUG"), ("request", "/staff")]
)
def test_command_that_shares_nothing(run, beside, server, monkeypatch, words):
    """Single requests take their turn from the Redis that is named, by an option or a variable."""
    words = [beside.conversations[0].slug if word == "SLUG" else word for word in words]
    told = run(*words, "--base-url", beside.base_url, "--redis", server.url)
    assert (told.status, told.err) == (0, "")
    monkeypatch.setenv("REAMAZE_REDIS_URL", server.url)
    assert run(*words, "--base-url", beside.base_url).status == 0
    assert turns_of("acme", server) == 2


def turns_of(key: str, server: RedisServer) -> int:
    """How many turns the processes of a key have had."""
    with Redis(unix_socket_path=server.url.removeprefix("unix://")) as client:
        return int(client.hget(f"{{reamaze:{key}}}:state", "begun") or 0)


@pytest.mark.parametrize("command", ["export", "sync"])
def test_pages_that_share_nothing(run, beside, server, tmp_path, command):
    """An export and a sync take each request's turn from there, with the number that was given."""
    file = tmp_path / "all.sqlite"
    options = ("--base-url", beside.base_url, "--redis", server.url)
    told = run(command, "conversations", *options, "--requests-per-minute", "500", "-o", str(file))
    assert told.status == 0
    assert turns_of("acme", server) == len(beside.requests) > 1
    with Redis(unix_socket_path=server.url.removeprefix("unix://")) as client:
        assert client.zrange("{reamaze:acme}:limits", 0, -1) == [b"500/60.0"]


@pytest.mark.parametrize(
    ("brand", "key"),
    [
        ("acme", "acme"),
        ("Acme.reamaze.io", "acme"),
        ("acme.reamaze.com", "acme.reamaze.com"),
        ("help.acme.com", "help.acme.com"),
    ],
)
def test_brand_with_two_keys(brand, key):
    """However a brand is written, its key is the same."""
    assert key_of(brand) == key


async def test_share_that_redis_ignores(server):
    """`--share` holds there too, and a sandbox inside has a key of its own."""
    account = Account(brand=None, email=None, base_url=None, sandbox=True)
    pace = Pace(timeout=30.0, max_response=32, requests_per_minute=4, share=0.5, redis=server.url)
    limit = source_of(account, pace).settings["rate_limit"]
    for _ in range(2):
        await limit.acquire("GET /conversations")
    assert limit.state.requests == 4
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(limit.acquire("GET /conversations"), 0.3)
    for _ in range(2):
        limit.answered("GET /conversations", Outcome(None, sent=False))
    await limit.session_closed()
    assert turns_of("sandbox", server) == 2


def test_url_that_is_none(run, beside):
    """A URL that can't be used is wrong usage, told before the first request, without secrets."""
    told = run("count", "--base-url", beside.base_url, "--redis", "http://me:geheim@host")
    assert told.status == 2
    assert "The Redis URL can't be used: write it as redis://" in told.err
    assert "geheim" not in told.err
    assert beside.requests == []


def test_redis_that_is_not_installed(run, beside, monkeypatch):
    """A missing extra is refused before the first request, naming what to install."""
    for name in [name for name in sys.modules if name.startswith("reamaze_async.redis")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "redis", None)
    told = run("count", "--base-url", beside.base_url, "--redis", "redis://localhost")
    assert (told.status, beside.requests) == (2, [])
    assert "pip install 'reamaze-async[redis]'" in told.err


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("redis://:geheim@host/0", "redis://:PASSWORD@host/0"),
        ("--redis=rediss://me:ge:he@im@host", "--redis=rediss://me:PASSWORD@host"),
        ("redis://host?password=geheim&db=1", "redis://host?password=PASSWORD&db=1"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("a:b@c", "a:b@c"),
    ],
)
def test_password_in_the_command_to_type_again(word, shown):
    """The command that goes on shows no password."""
    assert without_password(word) == shown


def test_repr_of_the_source(server):
    """Nor does the limit."""
    account = Account(brand=None, email=None, base_url=None, sandbox=True)
    pace = Pace(timeout=30.0, max_response=32, redis="redis://:geheim@localhost")
    source = source_of(account, pace)
    assert isinstance(source.settings["rate_limit"], RedisLimit)
    assert "geheim" not in repr(source)
