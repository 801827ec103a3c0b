"""The rate limit: pure, with time passed in, and over the socket."""

from itertools import accumulate
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.sandbox import Limit, Sandbox

GAPS = st.lists(st.floats(0, 3).map(lambda gap: round(gap, 3)), max_size=60)
LIMITS = st.builds(
    Limit,
    requests=st.integers(1, 5),
    per=st.sampled_from([1.0, 2.5]),
    window=st.sampled_from(["fixed", "sliding", "bucket"]),
    aligned=st.booleans(),
    refused_count=st.booleans(),
)


def passed(limit, times):
    """The moments at which a request is let through."""
    counter = limit.counter()
    return [now for now in times if counter.wait(now) == 0]


def most_within(times, per):
    """The most of them in any half-open stretch of `per`."""
    return max((sum(t <= u < t + per for u in times) for t in times), default=0)


@given(GAPS, LIMITS)
def test_no_window_holds_too_many(gaps, limit):
    """Sliding: never more than allowed in any period; others: at most twice that, around a seam."""
    within = most_within(passed(limit, accumulate(gaps)), limit.per - 1e-6)
    assert within <= limit.requests * (1 if limit.window == "sliding" else 2)


@given(GAPS, LIMITS)
def test_wait_that_is_told_is_enough(gaps, limit):
    """Who waits so long is let through, whatever the window."""
    counter, now = limit.counter(), 0.0
    for gap in gaps:
        now += gap
        wait = counter.wait(now)
        if wait:
            now += wait + 1e-6
            assert counter.wait(now) == 0


@given(GAPS, LIMITS)
def test_no_longer_wait_than_a_period_or_two(gaps, limit):
    """A wait is never negative, nor endless."""
    counter = limit.counter()
    assert all(0 <= counter.wait(now) <= 2 * limit.per + 1e-6 for now in accumulate(gaps))


def test_fixed_windows_aligned_to_the_clock():
    """A new count at each whole multiple of the period."""
    counter = Limit(2, per=60).counter()
    assert [counter.wait(at) for at in (59, 59.5, 59.75, 60, 61, 119)] == [0, 0, 0.25, 0, 0, 1]


def test_fixed_windows_not_aligned():
    """A window begins with the first request after the last has ended."""
    counter = Limit(2, per=60, aligned=False).counter()
    assert [counter.wait(at) for at in (59, 60, 61, 119, 120, 121)] == [0, 0, 58, 0, 0, 58]


def test_sliding_window_is_a_log():
    """One leaves, one may enter."""
    counter = Limit(2, per=60, window="sliding").counter()
    assert [counter.wait(at) for at in (0, 30, 59, 60, 61, 90)] == [0, 0, 1, 0, 29, 0]


def test_sliding_window_that_refusals_extend():
    """Hammering keeps it shut, where refused requests count too."""
    limit = Limit(1, per=10, window="sliding", refused_count=True)
    assert passed(limit, range(0, 40, 9)) == [0]
    assert passed(limit, range(0, 40, 10)) == [0, 10, 20, 30]


def test_bucket_fills_up_slowly():
    """One comes back each `per / requests` seconds, and never more than it holds."""
    counter = Limit(2, per=60, window="bucket").counter()
    assert [counter.wait(at) for at in (0, 0, 0, 15, 30, 30)] == [0, 0, 30, 15, 0, 30]
    assert [counter.wait(at) for at in (900, 900, 900)] == [0, 0, 30]


@pytest.mark.parametrize(
    ("how", "told"), [(None, None), ("seconds", "1"), ("date", "Thu, 01 Jan 1970 00:00:12 GMT")]
)
def test_what_a_refusal_tells(how, told):
    """Rounded up, so that nobody comes back too early."""
    assert Limit(1, retry_after=how).header(0.5, 10.9) == told


@pytest.mark.parametrize("wrong", [{"requests": 0}, {"requests": nan}, {"requests": 1, "per": 0}])
def test_limits_that_make_no_sense(wrong):
    """Refused at once."""
    with pytest.raises(ValueError, match="at least one request"):
        Limit(**wrong)


async def test_429_by_default(connect):
    """Text, and no header that tells when to come back."""
    async with Sandbox(1, limit=Limit(1), clock=lambda: 90.0) as sandbox:
        client = await connect(sandbox)
        assert (await client.listed()).status == 200
        reply = await client.listed()
        assert (reply.status, reply.body) == (429, b"Retry later\n")
        assert reply.headers["Content-Type"] == "text/plain"
        assert "Retry-After" not in reply.headers


@pytest.mark.parametrize(
    ("told", "value"), [("seconds", "31"), ("date", "Thu, 01 Jan 1970 00:02:00 GMT")]
)
async def test_429_that_tells_when(connect, told, value):
    """Whole seconds, or an HTTP date; never too early."""
    limit = Limit(1, retry_after=told, body="json")
    async with Sandbox(1, limit=limit, clock=lambda: 89.4) as sandbox:
        client = await connect(sandbox)
        await client.listed()
        reply = await client.listed()
        assert reply.headers["Retry-After"] == value
        assert reply.json == {"error": "Too Many Requests"}
        assert reply.headers["Date"] == "Thu, 01 Jan 1970 00:01:29 GMT"


async def test_limit_ends(connect):
    """With the window, by the clock that is given."""
    now = [0.0]
    async with Sandbox(1, limit=Limit(2, per=10), clock=lambda: now[0]) as sandbox:
        client = await connect(sandbox)
        assert [(await client.listed()).status for _ in range(3)] == [200, 200, 429]
        now[0] = 10.0
        assert (await client.listed()).status == 200


async def test_limit_for_all_endpoints_or_each(connect):
    """One count per token, or one for each method and kind of path."""
    for each, status in ((False, 429), (True, 404)):
        limit = Limit(1, per_endpoint=each)
        async with Sandbox(1, limit=limit, clock=lambda: 0.0) as sandbox:
            client = await connect(sandbox)
            await client.listed()
            assert (await client.get("conversations/x")).status == status
            assert (await client.get("conversations/y")).status == 429


async def test_limit_counts_a_token_that_is_let_in(connect):
    """What is turned away for its path or login costs nothing."""
    async with Sandbox(1, limit=Limit(1), clock=lambda: 0.0) as sandbox:
        client = await connect(sandbox)
        await client.get("nowhere")
        await client.send("GET", "conversations", headers={})
        assert (await client.listed()).status == 200
