"""One request until it has an answer, over real sockets: turns, slots, and what is tried again."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from traceback import TracebackException
from typing import Any

import pytest
from loops import every_loop, turns

from reamaze_async import (
    AdaptiveLimit,
    APIError,
    ConnectionFailed,
    DecodeError,
    LimiterState,
    Outcome,
    RateLimit,
    RateLimited,
    ReamazeError,
    RequestTimeout,
    Retry,
    ServerError,
)
from reamaze_async.http.requester import Counts, Requester
from reamaze_async.http.transport import Transport
from reamaze_async.sandbox import Answer, Fault, Limit, Request, Sandbox
from reamaze_async.wire.credentials import Credentials, Secret
from reamaze_async.wire.request import any_request, list_request
from reamaze_async.wire.response import Response

AGAIN = Answer(429, headers={"Retry-After": "0"})
CREATED = Answer(201, b"{}")
LIST = "GET /conversations"


class Witness:
    """A limiter that lets everything pass, or nothing, and keeps what it was told."""

    def __init__(self, paused_for: float | None = 0.0) -> None:
        self.state = LimiterState(paused_for)
        self.acquired: list[str] = []
        self.outcomes: list[Outcome] = []

    async def acquire(self, endpoint: str) -> None:
        if self.state.paused_for is None:
            await asyncio.Event().wait()
        self.acquired.append(endpoint)

    def answered(self, endpoint: str, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


def failing(fault: Fault | Answer, times: int) -> Callable[[Request], Fault | Answer | None]:
    """A script by which the first so many requests go wrong."""
    return lambda request: fault if request.number <= times else None


# --- what is tried again --------------------------------------------------------------------------

PASSING = [
    *(Answer(status) for status in (408, 500, 502, 503, 504, 520, 524, 527, 530)),
    *(Fault.CUT, Fault.CLOSE, Fault.RESET, Fault.RESET_INSIDE),
    *(Fault.MAINTENANCE, Fault.GARBAGE, Fault.BAD_UTF8, Fault.EMPTY, Fault.NESTED),
]
LASTING = [
    *(Answer(status) for status in (300, 304, 307, 400, 401, 403, 404, 405, 406, 409, 422, 501)),
    Fault.ERROR_IN_200,
    Fault.BOMB,
]


def name(value: Any) -> str:
    """For the test's id."""
    return str(value.status if isinstance(value, Answer) else value)


@pytest.mark.parametrize("trouble", PASSING, ids=name)
async def test_passing_trouble_not_outlived(sandbox, session, trouble):
    """What may pass is tried again, up to four times after the first."""
    sandbox.script = failing(trouble, 4)
    assert (await session.conversations.page(1, filter="all")).total_count == 500
    assert len(sandbox.requests) == 5


@pytest.mark.parametrize("trouble", PASSING, ids=name)
@pytest.mark.parametrize("attempts", [1, 3])
async def test_attempts_counted_wrong(sandbox, connect, trouble, attempts):
    """`attempts` counts all tries: after the last one its failure is told."""
    session = await connect(sandbox, retry=Retry(attempts, max_delay=0))
    sandbox.script = lambda request: trouble
    with pytest.raises(ReamazeError, match="page 1"):
        await session.conversations.page(1)
    assert len(sandbox.requests) == attempts


async def test_error_that_nobody_raises(sandbox, session, monkeypatch):
    """A 429 that is waited for makes no error, whose body would be redacted for nothing."""
    judged = []

    def judge(_: object, response: Response) -> None:
        judged.append(response.status)

    monkeypatch.setattr("reamaze_async.http.requester.error_of", judge)
    sandbox.script = {(1, 1): Answer(429, headers={"Retry-After": "0"})}
    assert await session.conversations.count(filter="all") == 500
    assert (session.limiter.state.throttled, judged) == (1, [200])


async def test_timeout_not_tried_again(sandbox, connect, timer):
    """An attempt that takes too long is tried again, and each try has the whole time."""
    session = await connect(sandbox, timeout=timer.seconds, retry=Retry(3, max_delay=0))
    script = failing(Fault.HANG, 2)
    sandbox.script = lambda request: timer.hanging(script(request))
    assert await session.conversations.count(filter="all") == 500
    assert len(sandbox.requests) == 3


@pytest.mark.parametrize("trouble", LASTING, ids=name)
async def test_lasting_trouble_tried_again(sandbox, session, trouble):
    """What won't pass is told after one try."""
    sandbox.script = lambda request: trouble
    with pytest.raises(APIError if isinstance(trouble, Answer) else DecodeError):
        await session.conversations.page(1)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PUT", "/a")])
@pytest.mark.parametrize("trouble", [*PASSING, *LASTING], ids=name)
async def test_write_happens_twice(sandbox, session, method, path, trouble):
    """A write that may have happened is never repeated, whatever went wrong."""
    sandbox.script = lambda request: trouble
    with suppress(ReamazeError):
        await session.request(method, f"/conversations{path}", json={})
    assert len(sandbox.requests) == 1


async def test_write_repeated_after_a_timeout(sandbox, connect, timer):
    """Nor when its answer didn't come in time."""
    session = await connect(sandbox, timeout=timer.seconds)
    sandbox.script = lambda request: timer.hanging(Fault.HANG)
    with pytest.raises(RequestTimeout):
        await session.request("POST", "/conversations", json={})
    assert len(sandbox.requests) == 1


async def test_write_given_up_at_a_429(sandbox, connect):
    """A write that was refused by the limit did not happen: it is sent again."""
    session = await connect(sandbox, rate_limit=Witness())
    sandbox.script = lambda request: AGAIN if request.number <= 3 else CREATED
    assert await session.request("POST", "/conversations", json={}) == b"{}"
    assert len(sandbox.requests) == 4


async def test_write_given_up_when_refused(sandbox, connect):
    """A write whose connection was refused did not happen: it is tried again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{free.getsockname()[1]}"
    witness = Witness()
    retry = Retry(3, max_delay=0)
    session = await connect(sandbox, base_url=origin, rate_limit=witness, retry=retry)
    with pytest.raises(ConnectionFailed):
        await session.request("POST", "/conversations", json={})
    assert len(witness.acquired) == 3


async def test_attempts_used_up_by_429s(sandbox, connect):
    """A 429 uses no attempt up."""
    session = await connect(sandbox, retry=Retry(2, max_delay=0), rate_limit=Witness())
    answers = [AGAIN, AGAIN, Answer(503), AGAIN, None]
    sandbox.script = lambda request: answers[request.number - 1]
    assert await session.conversations.count(filter="all") == 500


# --- slots ----------------------------------------------------------------------------------------


@pytest.fixture
async def requester(sandbox: Sandbox) -> AsyncIterator[Requester]:
    """One slot, and always the longest pause between tries."""
    login = Credentials(sandbox.email, Secret(sandbox.token))
    transport = Transport(sandbox.base_url, login, timeout=30, max_response=2**20)
    transport.open()
    yield Requester(transport, AdaptiveLimit(), Retry(max_delay=60), 1, luck=lambda: 1.0)
    await transport.close()


def body(_: object, answer: bytes) -> bytes:
    """Decodes nothing."""
    return answer


async def test_slot_held_during_a_pause(sandbox, requester):
    """While one request pauses before its next try, the slot serves others."""
    sandbox.script = failing(Answer(503), 1)
    pausing = asyncio.create_task(requester.run(any_request("GET", "/conversations", None), body))
    while not sandbox.requests:
        await turns(1)
    for _ in range(5):
        await requester.run(any_request("GET", "/conversations", None), body)
    assert not pausing.done()
    pausing.cancel()
    await asyncio.wait([pausing])


async def test_retry_that_nobody_hears_of(sandbox, requester, caplog):
    """A pause is logged: what was asked, what came, and when the next try goes."""
    caplog.set_level(logging.INFO, "reamaze_async")
    sandbox.script = failing(Answer(503), 1)
    request = list_request("/conversations", "", 4)
    pausing = asyncio.create_task(requester.run(request, body))
    while not caplog.messages:
        await turns(1)
    pausing.cancel()
    await asyncio.wait([pausing])
    [message] = caplog.messages
    assert message == "GET /api/v1/conversations page 4: HTTP 503, try 1 of 5; again in 0.5 s"


async def test_answers_that_nobody_can_look_at(sandbox, session, caplog):
    """Each answer is a line at DEBUG; of all 429s the first is one at INFO, as is each pause."""
    caplog.set_level(logging.DEBUG, "reamaze_async")
    limited = Answer(429, headers={"Retry-After": "0"})
    sandbox.script = {(1, 1): limited, (1, 2): limited}
    await session.conversations.page(1, filter="all")
    lines = [(one.levelname, one.getMessage()) for one in caplog.records]
    assert [level for level, _ in lines] == ["INFO", "DEBUG", "DEBUG"]
    asked = "GET /api/v1/conversations page 1: HTTP"
    assert [
        line.startswith(f"{asked} {status}, ")
        for status, (_, line) in zip((429, 429, 200), lines, strict=True)
    ] == [True, True, True]
    assert "the rate limit is reached" in lines[0][1]


@pytest.mark.parametrize(("headers", "least"), [({"Retry-After": "40"}, 39), ({}, 60)])
async def test_wait_that_helps_nobody(sandbox, connect, headers, least):
    """When waiting is given up, the error says after how long it is likely to work."""
    session = await connect(sandbox, retry=Retry(deadline=0.05))
    sandbox.script = lambda request: Answer(429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        await session.conversations.count()
    assert caught.value.retry_after is not None
    assert least <= caught.value.retry_after <= 60


async def test_secret_link_in_the_frames_of_an_error(sandbox, session):
    """A page that can't be read leaves no trace of what is in it in the frames of its error."""
    item = b'{"slug": "a", "perma_url": "https://perma.example/"}'
    body = b'{"page_count": 1, "total_count": "?", "conversations": [%b]}' % item
    sandbox.script = lambda request: Answer(200, body)
    with pytest.raises(DecodeError) as caught:
        await session.conversations.page(1)
    trace = TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame.locals for frame in trace.stack if "reamaze_async/" in frame.filename]
    assert ours
    assert "perma.example" not in f"{ours}{caught.value!r}"
    assert caught.value.__context__ is None


async def test_turn_used_after_its_gate_closed(sandbox, connect):
    """A request that has its turn and waits for a slot isn't sent when a 429 comes meanwhile."""
    session = await connect(sandbox, concurrency=1)
    held = sandbox.hold(1)
    refused = asyncio.create_task(session.conversations.count())
    await held.arrived.wait()
    other = asyncio.create_task(session.conversations.get(sandbox.conversations[0].slug))
    while session.limiter.state.in_flight < 2:
        await turns(1)
    sandbox.script = {(1, 1): Answer(429, headers={"Retry-After": "1"})}
    began = time.monotonic()
    held.release()
    await asyncio.gather(refused, other)
    assert all(request.at - began >= 0.99 for request in sandbox.requests[1:])


async def test_turns_hoarded(sandbox, connect):
    """Who waits for a slot on an endpoint takes no turn yet: others could have used it."""
    session = await connect(sandbox, concurrency=2)
    held = sandbox.hold()
    tasks = [asyncio.create_task(session.conversations.count()) for _ in range(10)]
    await held.arrived.wait()
    await turns(100)
    assert session.limiter.state.in_flight == 2
    held.release()
    await asyncio.gather(*tasks)


async def test_slots_overrun(sandbox, connect):
    """In flight are never more than `concurrency`, over all endpoints, tries and callers."""
    session = await connect(sandbox, concurrency=3)
    sandbox.script = lambda request: Answer(503) if request.number % 4 == 1 else None
    slug = sandbox.conversations[0].slug
    held = sandbox.hold()
    calls = [session.conversations.count() for _ in range(20)]
    calls += [session.conversations.get(slug) for _ in range(20)]
    tasks = [asyncio.ensure_future(call) for call in calls]
    await held.arrived.wait()
    await turns(100)
    assert sandbox.in_flight == 3
    held.release()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert sandbox.most_in_flight == 3


@every_loop
async def test_slots_lost_to_cancelled_requests(sandbox, connect):
    """Requests cancelled at any point, waiting or under way, give back what they held."""
    session = await connect(sandbox, concurrency=2)
    for patience in range(0, 60, 3):
        held = sandbox.hold()
        tasks = [asyncio.create_task(session.conversations.count()) for _ in range(5)]
        await turns(patience)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        held.release()
    assert session.limiter.state.in_flight == session.limiter.state.waiting == 0
    assert await session.conversations.count(filter="all") == 500


# --- the limiter ----------------------------------------------------------------------------------


async def test_limiter_of_the_callers_own_ignored(sandbox, connect):
    """Any object that follows `Limiter` is asked before each send, and told how each ended."""
    witness = Witness()
    session = await connect(sandbox, rate_limit=witness)
    sandbox.script = failing(Answer(503), 1)
    assert len([_ async for _ in session.conversations.list(filter="all")]) == 500
    await session.conversations.get(sandbox.conversations[0].slug)
    assert witness.acquired == [LIST] * 18 + ["GET /conversations/*"]
    assert [outcome.status for outcome in witness.outcomes] == [503] + [200] * 18


OUTCOMES: list[tuple[Fault | Answer, int | None, float | None]] = [
    (Answer(429, headers={"Retry-After": "7"}), 429, 7.0),
    (Answer(429), 429, None),
    (Answer(404, headers={"Retry-After": "7"}), 404, None),
    (Fault.ERROR_503, 503, None),
    (Fault.MAINTENANCE, 200, None),
    (Fault.CUT, None, None),
    (Fault.RESET, None, None),
    (Fault.HANG, None, None),
]


@pytest.mark.parametrize(("trouble", "status", "after"), OUTCOMES)
async def test_limiter_told_wrong(sandbox, connect, timer, trouble, status, after):
    """The limiter hears once of each turn what came: the status and what the server asks for."""
    witness = Witness()
    retry = Retry(attempts=1, deadline=1e-9)
    session = await connect(sandbox, rate_limit=witness, retry=retry, timeout=timer.seconds)
    sandbox.script = lambda request: timer.hanging(trouble)
    with pytest.raises(ReamazeError):
        await session.conversations.page(1)
    [outcome] = witness.outcomes
    assert (outcome.status, outcome.retry_after, outcome.sent) == (status, after, True)


async def test_turn_lost_by_a_refused_connection(sandbox, connect):
    """A request that never left gives its turn back at once."""
    witness = Witness()
    nobody = "http://127.0.0.1:9"
    session = await connect(sandbox, rate_limit=witness, base_url=nobody, retry=Retry(1))
    with pytest.raises(ConnectionFailed):
        await session.conversations.count()
    assert witness.outcomes == [Outcome(None, sent=False)]


async def test_turn_lost_by_a_cancellation(sandbox, connect):
    """A request cancelled on its way ends its turn, as one that may have been counted."""
    witness = Witness()
    session = await connect(sandbox, rate_limit=witness)
    held = sandbox.hold()
    task = asyncio.create_task(session.conversations.count())
    await held.arrived.wait()
    task.cancel()
    await asyncio.wait([task])
    assert witness.outcomes == [Outcome(None, sent=True)]


async def test_date_of_an_http_retry_after(sandbox, connect):
    """`Retry-After` as a date is told as seconds, by the server's own clock."""
    witness = Witness()
    session = await connect(sandbox, rate_limit=witness, retry=Retry(1, deadline=1e-9))
    headers = {
        "Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT",
        "Date": "Wed, 21 Oct 2015 07:28:00 GMT",
    }
    sandbox.script = lambda request: Answer(429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        await session.conversations.count()
    assert caught.value.retry_after == witness.outcomes[0].retry_after


@pytest.mark.parametrize("limit", [lambda: RateLimit(100), AdaptiveLimit])
async def test_request_sent_while_the_gate_is_closed(sandbox, connect, limit):
    """After a 429 nothing is sent before its time: no task, no endpoint, no write."""
    session = await connect(sandbox, rate_limit=limit())
    sandbox.script = {(1, 1): Answer(429, headers={"Retry-After": "1"})}
    tasks = [asyncio.create_task(session.conversations.count())]
    while not session.limiter.state.refused:
        await turns(1)
    next_one = sandbox.hold()
    slug = sandbox.conversations[0].slug
    calls = [session.conversations.count() for _ in range(10)]
    calls += [session.conversations.get(slug), session.request("POST", "/conversations")]
    tasks += [asyncio.create_task(call) for call in calls]
    await next_one.arrived.wait()
    assert sandbox.requests[1].at - sandbox.requests[0].at >= 0.99
    await session.close()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [lambda: RateLimit(100), AdaptiveLimit])
async def test_probes_in_a_crowd(sandbox, connect, limit):
    """When the wait is over one probe goes, alone until its answer; then all the others."""
    session = await connect(sandbox, rate_limit=limit())
    sandbox.script = {(1, 1): Answer(429, headers={"Retry-After": "1"})}
    tasks = [asyncio.create_task(session.conversations.count(filter="all")) for _ in range(8)]
    while not session.limiter.state.refused:
        await turns(1)
    await sandbox.idle()
    asked = len(sandbox.requests)
    probe = sandbox.hold()
    tasks += [asyncio.create_task(session.conversations.count(filter="all")) for _ in range(8)]
    await probe.arrived.wait()
    await turns(100)
    assert len(sandbox.requests) == asked + 1
    probe.release()
    assert set(await asyncio.gather(*tasks)) == {500}


async def test_rate_limit_exceeded_as_the_server_counts(connect):
    """Whatever the latency, the server sees never more than `requests` in any window of `per`."""
    limit = Limit(5, per=0.2, window="sliding")
    async with Sandbox(500, size="small", limit=limit, jitter=0.05) as sandbox:
        session = await connect(sandbox, rate_limit=RateLimit(5, per=0.2), concurrency=20)
        listing = session.conversations.list(filter="all")
        assert len([_ async for _ in listing]) == 500
        assert listing.stats.throttled == 0
        times = [request.at for request in sandbox.requests]
    assert all(later - at >= 0.2 for at, later in zip(times, times[5:], strict=False))


async def test_limit_shared_by_two_sessions(connect):
    """Sessions that are given the same limiter keep one limit together."""
    limit = Limit(4, per=0.2, window="sliding")
    async with Sandbox(150, size="small", limit=limit, jitter=0.02) as sandbox:
        shared = RateLimit(4, per=0.2)
        sessions = [await connect(sandbox, rate_limit=shared) for _ in range(2)]
        calls = [session.conversations.page(n) for session in sessions for n in range(1, 6)]
        await asyncio.gather(*calls)
        assert {request.status for request in sandbox.requests} == {200}


async def test_limits_of_two_sessions_mixed(sandbox, connect):
    """Sessions that are given none have one each: a 429 of one doesn't stop the other."""
    one, other = [await connect(sandbox) for _ in range(2)]
    sandbox.script = {(1, 1): Answer(429, headers={"Retry-After": "3600"})}
    task = asyncio.create_task(one.conversations.count())
    while not one.limiter.state.refused:
        await turns(1)
    assert await other.conversations.count(filter="all") == 500
    task.cancel()
    await asyncio.wait([task])


async def test_pause_that_cannot_be_read(sandbox, session):
    """A limiter's state tells how long it is paused, and how many 429s there were."""
    sandbox.script = {(1, 1): Answer(429, headers={"Retry-After": "3600"})}
    task = asyncio.create_task(session.conversations.count())
    while not session.limiter.state.refused:
        await turns(1)
    assert 3590 < session.limiter.state.paused_for <= 3600
    assert session.limiter.state.throttled == 1
    task.cancel()
    await asyncio.wait([task])


# --- the deadline ---------------------------------------------------------------------------------


async def test_deadline_waited_for_in_vain(sandbox, connect):
    """When the pause is known to be longer than the deadline, a request is given up at once."""
    session = await connect(sandbox, retry=Retry(deadline=1000))
    sandbox.script = failing(Answer(429, headers={"Retry-After": "3000"}), 1)
    for _ in range(3):
        with pytest.raises(RateLimited, match=r"within 1000 s.* in (2999|3000) s,") as caught:
            await session.conversations.count()
        assert 2990 < caught.value.retry_after <= 3000
    assert len(sandbox.requests) == 1


async def test_deadline_while_waiting_for_a_turn(sandbox, connect):
    """A request that has no turn at its deadline is told so, and wasn't sent."""
    witness = Witness(paused_for=None)
    session = await connect(sandbox, rate_limit=witness, retry=Retry(deadline=0.02))
    with pytest.raises(RateLimited, match=r"no turn .* 0.02 s\. The rate limit"):
        await session.conversations.count()
    assert sandbox.requests == []


async def test_deadline_blamed_on_the_limit(sandbox, connect):
    """A request that waits for others' turns is given up, not told that the limit was reached."""
    session = await connect(sandbox, concurrency=1, retry=Retry(deadline=0.01))
    held = sandbox.hold(nth=1)
    first, *others = [asyncio.create_task(session.conversations.count()) for _ in range(3)]
    others.append(asyncio.create_task(session.conversations.get(sandbox.conversations[0].slug)))
    for other in others:  # of the same endpoint, for its queue; of another one, for a slot
        with pytest.raises(RequestTimeout, match=r"within 0.01 s. Other requests"):
            await other
    held.release()
    assert (await first, len(sandbox.requests)) == (await session.conversations.count(), 1)
    assert session.limiter.state.in_flight == 0


async def test_deadline_in_a_queue_behind_the_limit(sandbox, connect):
    """A request that waits for its turn to wait for the limit is given up at its deadline too."""
    witness = Witness(paused_for=None)
    session = await connect(sandbox, concurrency=1, rate_limit=witness, retry=Retry(deadline=0.02))
    calls = [session.conversations.count() for _ in range(3)]
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(end) for end in ends] == [RateLimited] * 3
    assert sandbox.requests == []


async def test_deadline_of_retries(sandbox, connect):
    """No try begins after the deadline."""
    session = await connect(sandbox, retry=Retry(attempts=100, max_delay=0, deadline=1e-9))
    sandbox.script = lambda request: Answer(503)
    with pytest.raises(ServerError):
        await session.conversations.count()
    assert len(sandbox.requests) == 1


async def test_tally_mixed_up(sandbox, requester):
    """Requests, tries after a failure, and 429s are counted apart."""
    counts = Counts()
    sandbox.script = failing(AGAIN, 1)
    await requester.run(any_request("GET", "/conversations", None), body, counts)
    assert (counts.requests, counts.retries, counts.throttled) == (2, 0, 1)
