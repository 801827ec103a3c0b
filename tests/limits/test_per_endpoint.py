"""Endpoints: one limit for all, until one is seen to have its own."""

import asyncio
from collections.abc import Callable
from math import inf
from random import Random

import pytest
from virtual import play

from benchmarks.limiter_servers import Fixed, Server, TokenBucket
from reamaze_async.errors import InvalidParameter
from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.limits.gate import Backoff
from reamaze_async.limits.limiter import AdaptiveLimit
from reamaze_async.limits.per_endpoint import (
    ENOUGH,
    JUDGED,
    EventKind,
    FixedLimit,
    PerEndpoint,
)
from reamaze_async.limits.throttle import Outcome, Throttle

LIST, GET = "GET /conversations", "GET /conversations/*"
OK, REFUSED = Outcome(200), Outcome(429, retry_after=40.0)


def endpoints(make: Callable[[], Throttle] = Backoff) -> PerEndpoint:
    """A limit for all endpoints, with a coin that falls always the same."""
    return PerEndpoint(make, Random(1).random)


def send(limit: PerEndpoint, endpoint: str, now: float, outcome: Outcome = OK) -> EventKind | None:
    """One request that begins now and takes a tenth of a second; what there is to tell."""
    turn = limit.began(endpoint, now)
    event = limit.ended(turn, now + 0.1, outcome)
    return event.kind if event else None


def paused(
    at: float = 0.0, limit: PerEndpoint | None = None, outcome: Outcome = REFUSED
) -> PerEndpoint:
    """A limit whose listing was just refused, for 40 seconds if no other outcome is given."""
    limit = limit or endpoints()
    assert limit.delay(LIST, at) == 0.0
    assert send(limit, LIST, at, outcome) is EventKind.PAUSED
    return limit


class Crowd:
    """So many endpoints under one limit, each with a task that never stops asking."""

    def __init__(self, server: Server, number: int, latency: float = 0.25, seed: int = 1) -> None:
        self.server, self.number, self.latency = server, number, latency
        self.limit, self.luck = AdaptiveLimit(), Random(seed)
        self.answered = self.refused = self.late_refusals = 0

    def play(self, seconds: float) -> "Crowd":
        """Let them ask for so long; late is what comes in the second half."""
        play(self._all(seconds))
        return self

    async def _all(self, seconds: float) -> None:
        await asyncio.gather(*(self._ask(str(place), seconds) for place in range(self.number)))

    async def _ask(self, endpoint: str, seconds: float) -> None:
        while (now := asyncio.get_running_loop().time()) < seconds:
            await self.limit.acquire(endpoint)
            await asyncio.sleep(self.latency * self.luck.uniform(0.1, 0.4))
            is_let_in = self.server.take(asyncio.get_running_loop().time())
            await asyncio.sleep(self.latency * self.luck.uniform(0.2, 1.2))
            self.limit.answered(endpoint, OK if is_let_in else Outcome(429))
            self.answered += is_let_in
            self.refused += not is_let_in
            self.late_refusals += not is_let_in and now > seconds / 2


def test_endpoint_that_waits_for_another():
    """While one endpoint is refused, another may try soon, one request at a time."""
    limit = paused()
    assert limit.delay(LIST, 1.0) == pytest.approx(39.1)
    assert 0.5 < limit.delay(GET, 0.2) < 1.0
    assert limit.delay(GET, 1.2) == 0.0
    limit.began(GET, 1.2)
    assert limit.delay(GET, 1.3) == inf


def tried(limit: PerEndpoint, now: float, refuses_others: bool = True) -> list[EventKind | None]:
    """Ask as the limit lets, until GET is apart or its trial is over; what there was to tell."""
    told = []
    while now < 35.0 and GET not in limit._own and limit.is_refused:
        endpoint = GET if limit.delay(GET, now) == 0.0 else LIST
        if limit.delay(endpoint, now) == 0.0:
            refused = endpoint == LIST and refuses_others
            told.append(send(limit, endpoint, now, Outcome(429) if refused else OK))
        now += 0.2
    return told


def test_limit_of_its_own_that_is_not_seen():
    """An endpoint that is let in while the others are refused gets a throttle, told of once."""
    limit = paused(outcome=Outcome(429))
    told = tried(limit, 2.0)
    assert told == [None] * (ENOUGH - 1) + [EventKind.APART]
    limit.began(GET, 40.0)
    assert (limit.delay(GET, 40.0), limit.is_refused) == (0.0, True)


def test_server_s_word_that_isn_t_kept_during_a_trial():
    """Until the moment that a server has named nobody but the endpoint on trial is sent."""
    limit = paused()
    for number in range(ENOUGH):
        now = 2.0 + number
        assert (limit.delay(GET, now), limit.delay(LIST, now) > 0.0) == (0.0, True)
        kind = send(limit, GET, now)
    assert kind is EventKind.APART


def test_limit_of_its_own_that_takes_others_with_it():
    """A 429 in a lane of its own stops nobody else."""
    limit = paused()
    for number in range(ENOUGH):
        limit.delay(GET, 2.0 + number)
        send(limit, GET, 2.0 + number)
    assert send(limit, LIST, 41.0) is EventKind.RESUMED
    assert send(limit, GET, 50.0, REFUSED) is EventKind.PAUSED
    assert (limit.delay(LIST, 51.0), limit.delay(GET, 51.0) > 30) == (0.0, True)


def test_reset_that_is_taken_for_a_limit_of_its_own():
    """An endpoint that is let in because the window has begun anew is set apart never."""
    limit = paused(outcome=Outcome(429))
    told = tried(limit, 2.0, refuses_others=False)
    assert told[-1] is EventKind.RESUMED
    assert limit._own == {}


def apart_by_luck(luck: Random, share: float) -> int:
    """How often an endpoint is set apart while answers go this way or that, whoever asks."""
    limit, now, apart = endpoints(), 0.0, 0
    for _ in range(1000):
        now += 0.2
        endpoint = luck.choice("ABCDEF")
        if limit.delay(endpoint, now) == 0.0:
            outcome = OK if luck.random() < share else Outcome(429)
            apart += send(limit, endpoint, now, outcome) is EventKind.APART
    return apart


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_limit_of_its_own_that_is_luck(share):
    """Before one limit for all, whose answers don't know who asks, hardly anybody is set apart."""
    assert sum(apart_by_luck(Random(seed), share) > 0 for seed in range(60)) <= 4


@pytest.mark.slow
@pytest.mark.parametrize(("requests", "burst"), [(60, 60), (300, 10)])
def test_refill_that_lets_a_trial_in(requests, burst):
    """Ten endpoints that share one bucket are not told apart by its refills, and 429s get few."""
    runs = [Crowd(TokenBucket(requests, 60.0, burst), 10, 0.8, seed) for seed in range(8)]
    late = sum(run.play(3600.0).late_refusals for run in runs)
    assert late < 0.07 * sum(run.answered for run in runs)


def test_endpoints_that_all_find_out_for_themselves():
    """Forty endpoints under one window cost at most two 429s more for each."""
    many, one = (Crowd(Fixed(60, 60.0, 13.0), number).play(1800.0) for number in (40, 1))
    assert many.refused <= one.refused + 2 * 40


def test_way_back_that_is_missing():
    """A limit of its own that refuses more than a quarter is none: the endpoint is bound again."""
    limit = paused()
    for number in range(ENOUGH):
        limit.delay(GET, 2.0 + number)
        send(limit, GET, 2.0 + number)
    ends = [OK if number % 3 else Outcome(429) for number in range(JUDGED)]
    told = [send(limit, GET, 50.0 + number, end) for number, end in enumerate(ends)]
    assert told[-1] is EventKind.TOGETHER
    assert limit._own == {}
    assert send(limit, LIST, 250.0) is EventKind.RESUMED
    paused(300.0, limit)
    assert limit.delay(GET, 302.0) > 30.0


def test_shared_limit_that_is_tried_again_and_again():
    """Where one limit holds for all, trials cost 429s in the first pauses and ever fewer later."""
    limit, now, refused = endpoints(), 0.0, []
    for pause in range(40):
        paused(now, limit)
        if limit.delay(GET, now + 2.0) == 0.0:
            send(limit, GET, now + 2.0, REFUSED)
            refused.append(pause)
        assert send(limit, LIST, now + 81.0) is EventKind.RESUMED
        now += 100.0
    assert len(refused) <= 6
    assert refused[0] == 0


def test_forty_endpoints_that_try_one_after_another():
    """In each pause one trial is refused at most, however many endpoints there are."""
    limit = paused()
    for number in range(40):
        if limit.delay(str(number), 2.0 + number / 2) == 0.0:
            send(limit, str(number), 2.0 + number / 2, REFUSED)
    assert limit.throttled == 2


def test_trial_that_opens_the_gate():
    """A trial that is let in says nothing of the endpoint that was refused."""
    limit = paused()
    limit.delay(GET, 2.0)
    send(limit, GET, 2.0)
    assert limit.delay(LIST, 3.0) == pytest.approx(37.1)
    assert limit.is_refused


def test_trial_that_nobody_goes_on_with():
    """An endpoint on trial that asks no more holds up no other's trial."""
    limit = paused()
    limit.ended(limit.began(GET, 2.0), 2.1, Outcome(200))
    assert limit.delay("POST /contacts", 2.2) > 30.0
    assert limit.delay("POST /contacts", 9.0) == 0.0


def test_trial_that_ends_after_the_pause():
    """A trial whose pause is over counts for nothing, refused or not."""
    limit = paused()
    limit.delay(GET, 2.0)
    trial = limit.began(GET, 2.0)
    send(limit, LIST, 41.0)
    paused(50.0, limit)
    assert limit.ended(trial, 51.0, REFUSED) is None
    assert limit.delay(GET, 52.0) == 0.0


def test_429_that_is_not_counted():
    """Every 429 is counted once: of the pace, of trials, of late ones."""
    limit = endpoints()
    late = limit.began(LIST, 0.0)
    paused(0.0, limit)
    limit.delay(GET, 2.0)
    send(limit, GET, 2.0, REFUSED)
    limit.ended(late, 3.0, REFUSED)
    assert limit.throttled == 3


def test_configured_number_that_lanes_multiply():
    """A configured number holds over all endpoints together, whatever limit there are."""
    limit = FixedLimit(3, 60.0, Random(1).random)
    turns = [limit.began(endpoint, 0.0) for endpoint in (LIST, GET, "POST /contacts")]
    assert limit.delay("PUT /contacts/*", 0.0) == inf
    limit.ended(turns[0], 1.0, OK)
    assert limit.delay(GET, 1.0) == pytest.approx(60.0, rel=1e-3)
    assert limit.learned() == (3, 60.0)


def test_configured_number_that_is_none():
    """A number that is none is refused at once."""
    with pytest.raises(InvalidParameter, match="requests="):
        FixedLimit(0, 60.0, Random(1).random)


def test_rest_that_is_told_as_a_refusal():
    """A rest by the throttle's own reckoning is told as such, and what was learned can be read."""
    limit, server, now, told = endpoints(Adaptive), Fixed(20, 30.0), 0.0, []
    for _ in range(200):
        now += limit.delay(LIST, now)
        told.append(send(limit, LIST, now, OK if server.take(now) else Outcome(429)))
        now += 0.1
    kinds = [kind for kind in told if kind]
    assert kinds.count(EventKind.RESTING) >= 4
    assert kinds.count(EventKind.PAUSED) < kinds.count(EventKind.RESUMED)
    assert limit.learned() == (20, pytest.approx(30, rel=0.05))
