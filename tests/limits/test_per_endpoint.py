"""Endpoints: one limit for all, until one is seen to have its own."""

from math import inf

import pytest

from benchmarks.limiter_servers import Fixed
from reamaze_async.errors import InvalidParameter
from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.limits.gate import Backoff
from reamaze_async.limits.per_endpoint import ENOUGH_TRIALS, EventKind, FixedLimit, PerEndpoint
from reamaze_async.limits.throttle import Outcome

LIST, GET = "GET /conversations", "GET /conversations/*"
OK, REFUSED = Outcome(200), Outcome(429, retry_after=40.0)


def send(limit: PerEndpoint, endpoint: str, now: float, outcome: Outcome = OK) -> EventKind | None:
    """One request that begins now and takes a tenth of a second; what there is to tell."""
    turn = limit.began(endpoint, now)
    event = limit.ended(turn, now + 0.1, outcome)
    return event.kind if event else None


def paused(at: float = 0.0, limit: PerEndpoint | None = None) -> PerEndpoint:
    """A limit whose listing was just refused for 40 seconds."""
    limit = limit or PerEndpoint(Backoff)
    assert limit.delay(LIST, at) == 0.0
    assert send(limit, LIST, at, REFUSED) is EventKind.PAUSED
    return limit


def test_endpoint_that_waits_for_another():
    """While one endpoint is refused, another may try soon, one request at a time."""
    limit = paused()
    assert limit.delay(LIST, 1.0) == pytest.approx(39.1)
    assert 0.5 < limit.delay(GET, 0.2) < 1.0
    assert limit.delay(GET, 1.2) == 0.0
    limit.began(GET, 1.2)
    assert limit.delay(GET, 1.3) == inf


def test_limit_of_its_own_that_is_not_seen():
    """An endpoint that goes on answering gets a lane of its own, and is told of once."""
    limit, told = paused(), []
    for number in range(ENOUGH_TRIALS):
        assert limit.delay(GET, 2.0 + number) == 0.0
        told.append(send(limit, GET, 2.0 + number))
    assert told == [None] * (ENOUGH_TRIALS - 1) + [EventKind.APART]
    limit.began(GET, 10.0)
    assert limit.delay(GET, 10.0) == 0.0
    assert limit.delay(LIST, 10.0) > 0.0


def test_limit_of_its_own_that_takes_others_with_it():
    """A 429 in a lane of its own stops nobody else."""
    limit = paused()
    for number in range(ENOUGH_TRIALS):
        limit.delay(GET, 2.0 + number)
        send(limit, GET, 2.0 + number)
    assert send(limit, LIST, 41.0) is EventKind.RESUMED
    assert send(limit, GET, 50.0, REFUSED) is EventKind.PAUSED
    assert (limit.delay(LIST, 51.0), limit.delay(GET, 51.0) > 30) == (0.0, True)


def test_proof_by_the_other_s_refusal():
    """Let in once, and then the refused endpoint refused again: that is proof enough."""
    limit = paused()
    limit.delay(GET, 2.0)
    send(limit, GET, 2.0)
    send(limit, LIST, 41.0, REFUSED)
    limit.began(GET, 42.0)
    assert limit.delay(GET, 42.0) == 0.0


def test_shared_limit_that_is_tried_again_and_again():
    """Where one limit holds for all, trials cost 429s in the first pauses and ever fewer later."""
    limit, now, refused = PerEndpoint(Backoff), 0.0, []
    for pause in range(40):
        paused(now, limit)
        if limit.delay(GET, now + 2.0) == 0.0:
            send(limit, GET, now + 2.0, REFUSED)
            refused.append(pause)
        assert send(limit, LIST, now + 41.0) is EventKind.RESUMED
        now += 100.0
    assert len(refused) <= 6
    assert refused[0] == 0


def test_trial_that_opens_the_gate():
    """A trial that is let in says nothing of the endpoint that was refused."""
    limit = paused()
    limit.delay(GET, 2.0)
    send(limit, GET, 2.0)
    assert limit.delay(LIST, 3.0) == pytest.approx(37.1)
    assert limit.is_refused


def test_trial_that_ends_after_the_pause():
    """A trial whose pause is over counts for nothing, refused or not."""
    limit = paused()
    limit.delay(GET, 2.0)
    trial = limit.began(GET, 2.0)
    send(limit, LIST, 41.0)
    assert limit.ended(trial, 42.0, REFUSED) is None
    assert (limit.delay(GET, 43.0), limit.delay(LIST, 43.0)) == (0.0, 0.0)
    paused(50.0, limit)
    assert limit.delay(GET, 52.0) == 0.0


def test_trials_of_two_pauses():
    """What was let in during one pause proves nothing in the next."""
    limit = PerEndpoint(Backoff)
    for at in (0.0, 100.0):
        paused(at, limit)
        for number in range(ENOUGH_TRIALS - 1):
            assert limit.delay(GET, at + 2.0 + number) == 0.0
            assert send(limit, GET, at + 2.0 + number) is None
        assert send(limit, LIST, at + 41.0) is EventKind.RESUMED


def test_429_that_is_not_counted():
    """Every 429 is counted once: of the pace, of trials, of late ones."""
    limit = PerEndpoint(Backoff)
    late = limit.began(LIST, 0.0)
    paused(0.0, limit)
    limit.delay(GET, 2.0)
    send(limit, GET, 2.0, REFUSED)
    limit.ended(late, 3.0, REFUSED)
    assert limit.throttled == 3


def test_configured_number_that_lanes_multiply():
    """A configured number holds over all endpoints together, whatever limit there are."""
    limit = FixedLimit(3, 60.0)
    turns = [limit.began(endpoint, 0.0) for endpoint in (LIST, GET, "POST /contacts")]
    assert limit.delay("PUT /contacts/*", 0.0) == inf
    limit.ended(turns[0], 1.0, OK)
    assert limit.delay(GET, 1.0) == pytest.approx(60.0, rel=1e-3)
    assert limit.learned() == (3, 60.0)


def test_configured_number_that_is_none():
    """A number that is none is refused at once."""
    with pytest.raises(InvalidParameter, match="requests="):
        FixedLimit(0, 60.0)


def test_rest_that_is_told_as_a_refusal():
    """A rest by the throttle's own reckoning is told as such, and what was learned can be read."""
    limit, server, now, told = PerEndpoint(Adaptive), Fixed(20, 30.0), 0.0, []
    for _ in range(200):
        now += limit.delay(LIST, now)
        told.append(send(limit, LIST, now, OK if server.take(now) else Outcome(429)))
        now += 0.1
    kinds = [kind for kind in told if kind]
    assert kinds.count(EventKind.RESTING) >= 4
    assert kinds.count(EventKind.PAUSED) < kinds.count(EventKind.RESUMED)
    assert limit.learned() == (20, pytest.approx(30, rel=0.05))
