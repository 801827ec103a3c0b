"""Writes over real sockets: sent once, and an error says whether it may have happened."""

import asyncio
from typing import Any

import pytest
from loops import turns

from reamaze_async import (
    APIError,
    ConnectionFailed,
    DecodeError,
    InvalidParameter,
    LimiterState,
    NotFound,
    Outcome,
    RateLimited,
    ReamazeError,
    RequestTimeout,
    ServerError,
    SessionUnusable,
    UnexpectedRedirect,
    UnprocessableEntity,
)
from reamaze_async.http.client import ClosedMeanwhile
from reamaze_async.http.slots import NoTurn
from reamaze_async.resources.writing import may_have_happened, warn
from reamaze_async.sandbox import Answer, Fault

FACTS: dict[str, Any] = {"method": "POST", "path": "/api/v1/contacts"}

ENDS = [
    (ConnectionFailed(**FACTS, reason="reset"), True),
    (ConnectionFailed(**FACTS, reason="refused", sent=False), False),
    (RequestTimeout(**FACTS, timeout=1), True),
    (DecodeError(**FACTS, reason="it is HTML"), True),
    (ServerError(503, **FACTS), True),
    (UnprocessableEntity(**FACTS), False),
    (NotFound(404, **FACTS), False),
    (APIError(408, **FACTS), True),
    (UnexpectedRedirect(302, **FACTS), True),
    (ClosedMeanwhile("closed before an answer came"), True),
    (SessionUnusable("closed"), False),
    (NoTurn(**FACTS, timeout=1), False),
    (RateLimited(**FACTS), False),
    (InvalidParameter("x"), False),
]


@pytest.mark.parametrize(("error", "may_have"), ENDS, ids=lambda it: type(it).__name__)
def test_doubt_where_there_is_none(error, may_have):
    """Only what may have been done is said to have been done, maybe."""
    assert may_have_happened(error) is may_have


def test_doubt_that_names_nothing():
    """The error says what to look for, as far as the caller gave it."""
    for origin_id, what in (("a-1", "look for origin_id='a-1' before"), (None, "look before")):
        error = ServerError(503, **FACTS)
        warn(error, origin_id)
        assert what in str(error)
        assert str(error).startswith("POST /api/v1/contacts: HTTP 503")
        assert isinstance(error, ReamazeError)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/conversations"), ("PUT", "/conversations/a"), ("DELETE", "/contacts/a/notes/1")],
)
async def test_write_to_any_endpoint(sandbox, session, method, path):
    """An error of `session.request` says, too, that it may have been done; or else nothing."""
    sandbox.script = lambda _: Fault.RESET
    with pytest.raises(ConnectionFailed, match=r"may have been done .* look before"):
        await session.request(method, path)
    sandbox.script = lambda _: Answer(422, b"{}")
    with pytest.raises(UnprocessableEntity, match="Correct the values"):
        await session.request(method, path)


async def test_session_closed_in_the_middle(sandbox, connect):
    """A write under way when the session closes may have been done; one that never began, not."""
    session, hold = await connect(sandbox), sandbox.hold()
    writing = asyncio.create_task(session.contacts.create(email="new@example.com"))
    await hold.arrived.wait()
    await session.close()
    with pytest.raises(SessionUnusable, match="may have been done"):
        await writing
    with pytest.raises(SessionUnusable, match=r"^This session is closed: make another one\.$"):
        await session.contacts.create(email="new@example.com")
    hold.release()


async def test_doubt_of_a_write_that_waits(sandbox, connect):
    """A write that had no turn, at its deadline or as the session closed, was never done."""
    session, hold = await connect(sandbox, concurrency=1), sandbox.hold()
    first, write = (asyncio.create_task(session.contacts.create(email=f"{n}@b.cd")) for n in "ab")
    await hold.arrived.wait()
    await session.close()
    for task, told in ((write, r"closed before it was sent\.$"), (first, "may have been done")):
        with pytest.raises(SessionUnusable, match=told):
            await task


async def test_doubt_of_a_write_that_was_refused(sandbox, session):
    """Nor was one that waits for the limit after a 429, when the session closes."""
    sandbox.script = lambda _: Answer(429, headers={"Retry-After": "600"})
    writing = asyncio.create_task(session.contacts.create(email="new@example.com"))
    while not session.limiter.state.refused:
        await turns(1)
    await session.close()
    with pytest.raises(SessionUnusable, match=r"closed before it was sent\.$"):
        await writing


class Once:
    """A limiter that lets one request pass."""

    def __init__(self) -> None:
        self.state = LimiterState()
        self.is_waited_for = asyncio.Event()
        self._passed = 0

    async def acquire(self, _endpoint: str) -> None:
        self._passed += 1
        if self._passed > 1:
            self.is_waited_for.set()
            await asyncio.Event().wait()

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        pass


async def test_doubt_of_a_write_that_reached_nobody(sandbox, connect):
    """Nor was one whose connection was refused, and that waits for its next try."""
    limit = Once()
    session = await connect(sandbox, rate_limit=limit)
    await sandbox.close()
    writing = asyncio.create_task(session.contacts.create(email="new@example.com"))
    await limit.is_waited_for.wait()
    await session.close()
    with pytest.raises(SessionUnusable, match=r"closed before it was sent\.$"):
        await writing
