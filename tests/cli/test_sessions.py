"""A session on a sandbox inside the process."""

from shells import served

from reamaze_async.cli import sessions
from reamaze_async.cli.sessions import Source


async def test_the_same_address_the_second_time(monkeypatch):
    """An interrupted `--sandbox` export finds the same place, else it could not be gone on with."""
    with served(1) as gone:
        port = int(gone.base_url.rpartition(":")[2])
    monkeypatch.setattr(sessions, "PORT", port)
    for _ in range(2):
        async with Source(login=None, settings={}).opened() as session:
            assert session._client.origin == f"http://127.0.0.1:{port}"


async def test_another_address_if_that_is_taken(monkeypatch):
    """Two such exports at once don't collide."""
    with served(1) as taken:
        port = int(taken.base_url.rpartition(":")[2])
        monkeypatch.setattr(sessions, "PORT", port)
        async with Source(login=None, settings={}).opened() as session:
            assert session._client.origin != taken.base_url
            assert await session.conversations.count(filter="all") == 95
