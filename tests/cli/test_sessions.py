"""A session on a sandbox inside the process."""

import pytest
from shells import served

from reamaze_async.cli import sessions
from reamaze_async.cli.sessions import Account, Pace, Source, source_of


async def test_the_same_address_the_second_time(monkeypatch):
    """An interrupted `--sandbox` export finds the same place, or it could not be resumed."""
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


@pytest.mark.parametrize(
    ("per_minute", "limit"),
    [(10, "RateLimit(10, per=60.0).background(0.5)"), (None, "AdaptiveLimit().background(0.5)")],
)
def test_share_that_is_forgotten(per_minute, limit):
    """`--share` leaves the rest of the limit to others, whether the limit is known or learned."""
    account = Account(brand=None, email=None, base_url=None, sandbox=True)
    pace = Pace(timeout=30.0, max_response=32, requests_per_minute=per_minute, share=0.5)
    assert repr(source_of(account, pace).settings["rate_limit"]) == limit
