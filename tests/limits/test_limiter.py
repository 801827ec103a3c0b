"""The waiting: order, cancellation, one timer, one gate, in virtual time."""

import asyncio
import logging
from collections import Counter
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import every_loop, turns
from virtual import VirtualLoop, play

from benchmarks.limiter_servers import Fixed
from reamaze_async.errors import InvalidParameter, SessionUnusable
from reamaze_async.limits.limiter import (
    IN_BULK,
    MOST_OVERTAKEN,
    AdaptiveLimit,
    Limiter,
    LimiterState,
    Outcome,
    RateLimit,
)

LIST, GET = "GET /conversations", "GET /conversations/*"
OK, REFUSED = Outcome(200), Outcome(429, retry_after=30.0)
NEVER_SENT = Outcome(None, sent=False)


def now() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


async def request(
    limit: Limiter, seconds: float = 0.5, outcome: Outcome = OK, endpoint: str = LIST
) -> float:
    """One request; when it began."""
    await limit.acquire(endpoint)
    began = now()
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        limit.answered(endpoint, Outcome(None))
        raise
    limit.answered(endpoint, outcome)
    return began


# --- what is refused, what is said ----------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(0,), (True,), (1.5,), (60, 0), (60, float("nan"))])
def test_limit_that_is_none(arguments):
    """Numbers that make no limit are refused when it is made."""
    with pytest.raises(InvalidParameter, match=r"^(requests|per)=.* must be a "):
        RateLimit(*arguments)


def test_limit_that_says_nothing_of_itself():
    """A limit shows its numbers."""
    assert repr(RateLimit(60)) == "RateLimit(60, per=60.0)"
    assert repr(AdaptiveLimit()) == "AdaptiveLimit()"


def test_state_outside_a_loop():
    """The state can be read before any loop runs."""
    assert RateLimit(60).state == LimiterState(requests=60, per=60.0)
    assert AdaptiveLimit().state == LimiterState()


def test_state_that_lies():
    """The state tells who waits, for how long, and why."""

    async def main() -> list[LimiterState]:
        limit, states = RateLimit(2, 60.0), []
        tasks = [asyncio.create_task(request(limit)) for _ in range(3)]
        await turns()
        states.append(limit.state)
        await asyncio.sleep(1.0)
        states.append(limit.state)
        await asyncio.gather(*tasks)
        return states

    first, second = play(main())
    assert (first.paused_for, first.waiting, first.in_flight) == (None, 1, 2)
    assert (second.paused_for, second.waiting) == (pytest.approx(59.5, abs=0.1), 1)
    assert (second.refused, second.requests, second.per) == (False, 2, 60.0)


def test_answer_without_a_request():
    """An answer that belongs to no request is a mistake, and says so."""

    async def main() -> None:
        with pytest.raises(RuntimeError, match="without an acquire"):
            AdaptiveLimit().answered(LIST, OK)

    play(main())


def test_limiter_that_is_none():
    """Both limits follow the public protocol, for the type checker and at work."""
    limits: list[Limiter] = [RateLimit(60), AdaptiveLimit()]
    assert all(isinstance(limit.state, LimiterState) for limit in limits)


# --- order ----------------------------------------------------------------------------------------


def test_caller_who_overtakes():
    """Who came first begins first, also among endpoints that share one limit."""

    async def caller(limit: Limiter, name: int, order: list[int]) -> None:
        await request(limit, 0.1, endpoint=LIST if name % 2 else GET)
        order.append(name)

    async def main() -> list[int]:
        limit, order = RateLimit(1, 10.0), []
        await asyncio.gather(*(caller(limit, name, order) for name in range(6)))
        return order

    assert play(main()) == list(range(6))


def test_listing_that_starves_a_single_call():
    """A caller with one request waits for one round of the others, not for all of them."""

    async def main() -> tuple[float, float]:
        limit = RateLimit(1, 1.0)
        listing = [asyncio.create_task(many(limit, 10)) for _ in range(4)]
        await asyncio.sleep(2.0)
        asked = now()
        began = await request(limit)
        await asyncio.gather(*listing)
        return began - asked, now()

    async def many(limit: Limiter, number: int) -> None:
        for _ in range(number):
            await request(limit)

    waited, total = play(main())
    assert waited < 9 < total


def test_newcomer_who_overtakes_a_late_timer():
    """While somebody waits a newcomer queues, even if the turn is free and the timer late."""

    async def main() -> list[float]:
        limit, loop = RateLimit(1, 10.0), asyncio.get_running_loop()
        await request(limit, 0.0)
        first = asyncio.create_task(request(limit, 0.0))
        await turns(3)
        assert isinstance(loop, VirtualLoop)
        loop.jump(20.0)
        return [await request(limit, 0.0), await first]

    second, first = play(main())
    assert first < second


# --- cancellation ---------------------------------------------------------------------------------


def test_cancelled_waiter_that_keeps_a_turn():
    """A waiter cancelled in the very step in which its turn came hands it on."""

    async def main() -> tuple[bool, bool]:
        limit = RateLimit(1, 60.0)
        await limit.acquire(LIST)
        first = asyncio.create_task(limit.acquire(LIST))
        second = asyncio.create_task(limit.acquire(LIST))
        await turns(3)
        limit.answered(LIST, NEVER_SENT)
        first.cancel()
        await turns(5)
        return first.cancelled(), second.done()

    assert play(main()) == (True, True)


def test_cancelled_waiter_that_is_woken():
    """A turn that comes between a waiter's cancelling and its noticing goes to the next."""

    async def main() -> tuple[bool, bool]:
        limit = RateLimit(1, 60.0)
        await limit.acquire(LIST)
        first = asyncio.create_task(limit.acquire(LIST))
        second = asyncio.create_task(limit.acquire(LIST))
        await turns(3)
        first.cancel()
        limit.answered(LIST, NEVER_SENT)
        await turns(5)
        return first.cancelled(), second.done()

    assert play(main()) == (True, True)


def test_cancelled_probe_that_leaves_the_gate_closed():
    """A probe that is cancelled hands its part on to the next waiter."""

    async def main() -> float:
        limit = AdaptiveLimit()
        await request(limit, outcome=REFUSED)
        probe = asyncio.create_task(request(limit, 99.0))
        after = asyncio.create_task(request(limit))
        await asyncio.sleep(35.0)
        probe.cancel()
        began = await after
        assert probe.cancelled()
        return began

    assert play(main()) == pytest.approx(35.5)


def test_deadline_that_leaves_a_hole():
    """A wait that is ended by a time-out leaves nothing behind."""

    async def main() -> LimiterState:
        limit = RateLimit(1, 60.0)
        await request(limit)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5.0):
                await limit.acquire(LIST)
        assert limit._timer is None
        return limit.state

    state = play(main())
    assert (state.waiting, state.in_flight) == (0, 0)


# --- the gate -------------------------------------------------------------------------------------


def test_late_refusal_that_closes_the_gate_again():
    """A 429 of a request sent before the gate closed must not close it again."""

    async def main() -> LimiterState:
        limit = AdaptiveLimit()
        late = asyncio.create_task(request(limit, 45.0, Outcome(429)))
        await asyncio.sleep(0.1)
        await request(limit, outcome=REFUSED)
        await request(limit)
        await late
        return limit.state

    state = play(main())
    assert (state.paused_for, state.refused, state.throttled) == (0.0, False, 2)


@pytest.mark.parametrize("limit", [RateLimit(100), AdaptiveLimit()], ids=repr)
def test_wave_that_begins_at_once(limit):
    """After a 429 one begins at the named moment, and the others when it has its answer."""

    async def main() -> list[float]:
        await request(limit, outcome=REFUSED)
        return await asyncio.gather(*(request(limit) for _ in range(5)))

    began = sorted(play(main()))
    assert began[0] == pytest.approx(30.5)
    assert all(time >= began[0] + 0.5 for time in began[1:])


def test_answers_told_in_another_order_by_another_task():
    """Each answer ends a request: of whichever task, of several endpoints, in any order."""

    async def main() -> list[int]:
        limit, left = AdaptiveLimit(), []
        for endpoint in (LIST, LIST, GET):
            await asyncio.create_task(limit.acquire(endpoint))
        for endpoint in (GET, LIST, LIST):
            limit.answered(endpoint, OK)
            left.append(limit.state.in_flight)
        return left

    assert play(main()) == [2, 1, 0]


def test_endpoint_that_is_refused_and_stops_all():
    """An endpoint with a limit of its own goes on while another waits for minutes."""

    async def main() -> float:
        limit = AdaptiveLimit()
        await request(limit, outcome=Outcome(429, retry_after=600.0))
        stuck = asyncio.create_task(request(limit))
        for _ in range(50):
            await request(limit, 0.1, endpoint=GET)
        done = now()
        await stuck
        return done

    assert play(main()) < 10


def test_limit_that_others_had_used_up():
    """When the very first request is refused, the pace afterwards is not one per pause."""

    async def main() -> float:
        limit = AdaptiveLimit()
        await request(limit, outcome=REFUSED)
        for _ in range(60):
            await request(limit, 0.1)
        return now()

    assert play(main()) < 45


# --- loops ----------------------------------------------------------------------------------------


def test_limit_that_outlives_its_loop():
    """A limit made at module level serves one loop after the other, and keeps what it knows."""
    limit = RateLimit(1, 60.0)
    loop = VirtualLoop()

    async def cut_short() -> None:
        await request(limit)
        asyncio.create_task(request(limit))  # noqa: RUF006  (the loop's end is what cancels it)
        await turns(3)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(cut_short())
    assert limit.state.waiting == 0
    assert play(request(limit)) == pytest.approx(60.5, rel=1e-3)


@every_loop
async def test_loop_that_is_no_asyncio_loop():
    """Waiting, waking and cancelling work on every loop."""
    limit = RateLimit(2, 0.02)
    tasks = [asyncio.create_task(request(limit, 0.001)) for _ in range(5)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, float) for result in done] == [True, True, True, False, True]


def test_waiter_of_another_loop():
    """Two loops at once are told apart in one sentence."""
    limit = RateLimit(1, 60.0)

    async def other() -> None:
        with pytest.raises(SessionUnusable, match="another event loop"):
            await limit.acquire(LIST)

    async def main() -> None:
        await limit.acquire(LIST)
        waiter = asyncio.create_task(limit.acquire(LIST))
        await turns(3)
        await asyncio.to_thread(asyncio.run, other())
        waiter.cancel()

    asyncio.run(main())


# --- what people see ------------------------------------------------------------------------------


def test_pause_that_nobody_hears_of(caplog):
    """One line at each pause and one when it goes on; late refusals and probes add none."""
    caplog.set_level(logging.INFO, "reamaze_async")

    async def main() -> None:
        limit = AdaptiveLimit()
        late = asyncio.create_task(request(limit, 1.0, REFUSED))
        await request(limit, outcome=REFUSED)
        await request(limit, outcome=REFUSED)
        await asyncio.gather(late, request(limit))

    play(main())
    assert [record.getMessage() for record in caplog.records] == [
        "rate limit reached (429), waiting 30 s before one probe",
        "going on after 61 s",
    ]


def test_rest_that_nobody_hears_of(caplog):
    """A rest until the next window is told, with what was learned."""
    caplog.set_level(logging.INFO, "reamaze_async")
    server = Fixed(20, 30.0)

    async def main() -> None:
        limit = AdaptiveLimit()
        for _ in range(150):
            await limit.acquire(LIST)
            is_let_in = server.take(now())
            await asyncio.sleep(0.1)
            limit.answered(LIST, OK if is_let_in else Outcome(429))

    play(main())
    rests = [
        text for text in caplog.messages if text.startswith("used up about 20 requests per 30")
    ]
    assert len(rests) >= 2


def test_limit_of_its_own_that_nobody_hears_of(caplog):
    """An endpoint's own limit is told once."""
    caplog.set_level(logging.INFO, "reamaze_async")

    async def main() -> None:
        limit = RateLimit(100)
        await request(limit, outcome=REFUSED)
        for _ in range(20):
            await request(limit, 0.1, endpoint=GET)

    play(main())
    assert caplog.messages[1:] == [
        "GET /conversations/* has a limit of its own: it answers while others are refused"
    ]


# --- properties -----------------------------------------------------------------------------------

callers = st.lists(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0.001, 4)), min_size=1, max_size=6),
    min_size=1,
    max_size=5,
)
"""Of each caller, of each of its requests: the rest before it, and its latency."""


@given(callers, st.integers(1, 4), st.floats(0.5, 10), st.floats(0, 1))
def test_server_that_sees_one_too_many(callers, allowed, per, way):
    """Whatever the callers and latencies, no window is too full as the server counts it."""
    arrivals: list[float] = []

    async def caller(limit: Limiter, requests: list[tuple[float, float]]) -> None:
        for rest, seconds in requests:
            await asyncio.sleep(rest)
            began = await request(limit, seconds)
            arrivals.append(began + way * seconds)

    async def main() -> None:
        limit = RateLimit(allowed, per)
        await asyncio.gather(*(caller(limit, requests) for requests in callers))

    play(main())
    arrivals.sort()
    assert len(arrivals) == sum(map(len, callers))
    windows = zip(arrivals, arrivals[allowed:], strict=False)
    assert all(last - first > per for first, last in windows)


fates = st.lists(
    st.tuples(st.floats(0, 60), st.floats(0.001, 4), st.sampled_from(["stay", "stay", "cancel"])),
    min_size=2,
    max_size=12,
)
"""Of each caller: when it comes, its latency, whether it gives up after ten seconds."""


@given(fates, st.booleans())
def test_request_before_the_named_moment(fates, configured):
    """After a 429 nothing begins before its time, whichever task asks, and all who stay begin."""
    begun: list[float] = []

    async def caller(limit: Limiter, at: float, seconds: float, fate: str) -> str:
        await asyncio.sleep(at)
        try:
            async with asyncio.timeout(10.0 if fate == "cancel" else None):
                began = await request(limit, seconds)
        except TimeoutError:
            return "gave up"
        begun.append(began)
        return "began"

    async def main() -> tuple[float, Counter[str], LimiterState]:
        limit = RateLimit(100) if configured else AdaptiveLimit()
        await request(limit, outcome=REFUSED)
        refused = now()
        ends = await asyncio.gather(*(caller(limit, *fate) for fate in fates))
        return refused, Counter(ends), limit.state

    refused, ends, state = play(main())
    assert all(time >= refused + 30.0 for time in begun)
    assert ends["began"] >= sum(fate == "stay" for _, _, fate in fates)
    assert (state.waiting, state.in_flight) == (0, 0)


@given(callers, st.integers(1, 8), st.randoms(use_true_random=False))
def test_row_of_refusals_that_grows(callers, allowed, luck):
    """All requests get through; behind a wave each probe waits longer than the last by a fifth."""
    rows: list[int] = [0]

    async def main() -> None:
        limit, window = AdaptiveLimit(), [0.0, 0]

        async def send(requests: list[tuple[float, float]]) -> None:
            for rest, seconds in requests:
                await asyncio.sleep(rest)
                while await refused(seconds):
                    pass

        async def refused(seconds: float) -> bool:
            await limit.acquire(LIST)
            if now() >= window[0] + 20.0:
                window[:] = [now(), 0]
            window[1] += 1
            over = window[1] > allowed
            await asyncio.sleep(seconds * luck.random())
            rows.append(rows[-1] + 1 if over else 0)
            limit.answered(LIST, Outcome(429 if over else 200))
            return over

        await asyncio.gather(*map(send, callers))

    play(main())
    assert max(rows) <= len(callers) + log(20.0, 1.22)


# --- people before batch jobs ---------------------------------------------------------------------


async def page(limit: Limiter) -> float:
    """One page of a listing; when it began."""
    IN_BULK.set(True)
    return await request(limit, 0.1)


def test_single_call_behind_pages():
    """Who waits for an answer begins before pages that have waited longer."""

    async def main() -> tuple[float, list[float]]:
        limit = RateLimit(1, 10.0)
        pages = [asyncio.create_task(page(limit)) for _ in range(5)]
        await asyncio.sleep(1.0)
        return await request(limit), await asyncio.gather(*pages)

    single, pages = play(main())
    assert min(pages) < single < sorted(pages)[1]


def test_pages_that_starve_behind_single_calls():
    """However many single calls there are, a page begins after a bounded number of them."""

    async def main() -> int:
        limit = RateLimit(1, 1.0)
        await request(limit, 0.1)
        bulk = asyncio.create_task(page(limit))
        calls = [asyncio.create_task(request(limit, 0.1)) for _ in range(3 * MOST_OVERTAKEN)]
        began = await bulk
        return sum(call < began for call in await asyncio.gather(*calls))

    assert play(main()) == MOST_OVERTAKEN


@pytest.mark.parametrize("make", [lambda: RateLimit(10, 10.0), AdaptiveLimit])
def test_background_that_uses_it_all(make):
    """Beside an export in the background, a single call begins at once."""

    async def main() -> tuple[float, int]:
        limit, server, waits = make(), Fixed(10, 10.0), []

        async def send(way: Limiter) -> None:
            await way.acquire(LIST)
            is_let_in = server.take(now())
            await asyncio.sleep(0.05)
            way.answered(LIST, OK if is_let_in else Outcome(429))
            if not is_let_in:
                await send(way)

        export = asyncio.create_task(many(send, limit.background(0.8), 200))
        await asyncio.sleep(100.0)
        for _ in range(8):
            asked = now()
            await send(limit)
            waits.append(now() - asked)
            await asyncio.sleep(11.0)
        await export
        return sorted(waits)[4], limit.state.in_flight

    async def many(send, way: Limiter, number: int) -> None:
        for _ in range(number):
            await send(way)

    wait, in_flight = play(main())
    assert wait < 1.0
    assert in_flight == 0


@pytest.mark.parametrize("share", [0, -0.1, 1.1, True, "0.5", float("nan")])
def test_share_that_is_none(share):
    """A share that is none is refused, in a sentence that says what one is."""
    with pytest.raises(InvalidParameter, match=r"^share=.* above 0 and at most 1"):
        RateLimit(60).background(share)


def test_background_that_is_another_limit():
    """What runs in the background counts for the limit, and is told by its state."""

    async def main() -> tuple[LimiterState, LimiterState]:
        limit = RateLimit(10, 60.0)
        quiet = limit.background(0.5)
        tasks = [asyncio.create_task(request(quiet)) for _ in range(7)]
        await turns(3)
        states = limit.state, quiet.state
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return states

    own, its = play(main())
    assert own == its
    assert (own.in_flight, own.waiting) == (5, 2)
    assert repr(RateLimit(10).background(0.5)) == "RateLimit(10, per=60.0).background(0.5)"


def test_pause_of_another_that_is_told():
    """What a caller is told to wait for is its own endpoint's and share's, not somebody else's."""

    async def main() -> tuple[float | None, float | None]:
        limit = RateLimit(10, 60.0)
        quiet = limit.background(0.5)
        for _ in range(5):
            await request(quiet, 0.1)
        return limit.paused_for(LIST), quiet.paused_for(LIST)

    own, background = play(main())
    assert own == 0.0
    assert background == pytest.approx(59.6, abs=0.2)


def test_turn_of_pages_that_have_given_up():
    """Pages that were overtaken and then cancelled leave no turn to pages that come later."""

    async def main() -> tuple[float, float]:
        limit = RateLimit(1, 1.0)
        await request(limit, 0.1)
        pages = asyncio.create_task(page(limit))
        await asyncio.gather(*(request(limit, 0.1) for _ in range(MOST_OVERTAKEN)))
        pages.cancel()
        await turns(3)
        late = asyncio.create_task(page(limit))
        await turns(3)
        call = await request(limit, 0.1)
        return call, await late

    call, late = play(main())
    assert call < late
