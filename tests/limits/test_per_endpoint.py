"""Endpoints: one limit for all, until one is seen to have its own."""

from math import inf

import pytest

from reamaze_async.errors import InvalidParameter
from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.limits.gate import Backoff
from reamaze_async.limits.per_endpoint import ENOUGH_TRIALS, Change, Configured, Lanes
from reamaze_async.limits.throttle import Outcome

LIST, GET = "GET /conversations", "GET /conversations/*"
OK, REFUSED = Outcome(200), Outcome(429, retry_after=40.0)


def send(lanes: Lanes, endpoint: str, now: float, outcome: Outcome = OK) -> Change | None:
    """One request that begins now and takes a tenth of a second; what there is to tell."""
    turn = lanes.began(endpoint, now)
    notice = lanes.ended(turn, now + 0.1, outcome)
    return notice.change if notice else None


def paused(at: float = 0.0, lanes: Lanes | None = None) -> Lanes:
    """Lanes whose listing was just refused for 40 seconds."""
    lanes = lanes or Lanes(Backoff)
    assert lanes.delay(LIST, at) == 0.0
    assert send(lanes, LIST, at, REFUSED) is Change.PAUSED
    return lanes


def test_endpoint_that_waits_for_another():
    """While one endpoint is refused, another may try soon, one request at a time."""
    lanes = paused()
    assert lanes.delay(LIST, 1.0) == pytest.approx(39.1)
    assert 0.5 < lanes.delay(GET, 0.2) < 1.0
    assert lanes.delay(GET, 1.2) == 0.0
    lanes.began(GET, 1.2)
    assert lanes.delay(GET, 1.3) == inf


def test_limit_of_its_own_that_is_not_seen():
    """An endpoint that goes on answering gets a lane of its own, and is told of once."""
    lanes, told = paused(), []
    for number in range(ENOUGH_TRIALS):
        assert lanes.delay(GET, 2.0 + number) == 0.0
        told.append(send(lanes, GET, 2.0 + number))
    assert told == [None] * (ENOUGH_TRIALS - 1) + [Change.APART]
    lanes.began(GET, 10.0)
    assert lanes.delay(GET, 10.0) == 0.0
    assert lanes.delay(LIST, 10.0) > 0.0


def test_limit_of_its_own_that_takes_others_with_it():
    """A 429 in a lane of its own stops nobody else."""
    lanes = paused()
    for number in range(ENOUGH_TRIALS):
        lanes.delay(GET, 2.0 + number)
        send(lanes, GET, 2.0 + number)
    assert send(lanes, LIST, 41.0) is Change.RESUMED
    assert send(lanes, GET, 50.0, REFUSED) is Change.PAUSED
    assert (lanes.delay(LIST, 51.0), lanes.delay(GET, 51.0) > 30) == (0.0, True)


def test_proof_by_the_other_s_refusal():
    """Let in once, and then the refused endpoint refused again: that is proof enough."""
    lanes = paused()
    lanes.delay(GET, 2.0)
    send(lanes, GET, 2.0)
    send(lanes, LIST, 41.0, REFUSED)
    lanes.began(GET, 42.0)
    assert lanes.delay(GET, 42.0) == 0.0


def test_shared_limit_that_is_tried_again_and_again():
    """Where one limit holds for all, trials cost 429s in the first pauses and ever fewer later."""
    lanes, now, refused = Lanes(Backoff), 0.0, []
    for pause in range(40):
        paused(now, lanes)
        if lanes.delay(GET, now + 2.0) == 0.0:
            send(lanes, GET, now + 2.0, REFUSED)
            refused.append(pause)
        assert send(lanes, LIST, now + 41.0) is Change.RESUMED
        now += 100.0
    assert len(refused) <= 6
    assert refused[0] == 0


def test_trial_that_opens_the_gate():
    """A trial that is let in says nothing of the endpoint that was refused."""
    lanes = paused()
    lanes.delay(GET, 2.0)
    send(lanes, GET, 2.0)
    assert lanes.delay(LIST, 3.0) == pytest.approx(37.1)
    assert lanes.is_refused


def test_trial_that_ends_after_the_pause():
    """A trial whose pause is over counts for nothing, refused or not."""
    lanes = paused()
    lanes.delay(GET, 2.0)
    trial = lanes.began(GET, 2.0)
    send(lanes, LIST, 41.0)
    assert lanes.ended(trial, 42.0, REFUSED) is None
    assert (lanes.delay(GET, 43.0), lanes.delay(LIST, 43.0)) == (0.0, 0.0)
    paused(50.0, lanes)
    assert lanes.delay(GET, 52.0) == 0.0


def test_trials_of_two_pauses():
    """What was let in during one pause proves nothing in the next."""
    lanes = Lanes(Backoff)
    for at in (0.0, 100.0):
        paused(at, lanes)
        for number in range(ENOUGH_TRIALS - 1):
            assert lanes.delay(GET, at + 2.0 + number) == 0.0
            assert send(lanes, GET, at + 2.0 + number) is None
        assert send(lanes, LIST, at + 41.0) is Change.RESUMED


def test_429_that_is_not_counted():
    """Every 429 is counted once: of the pace, of trials, of late ones."""
    lanes = Lanes(Backoff)
    late = lanes.began(LIST, 0.0)
    paused(0.0, lanes)
    lanes.delay(GET, 2.0)
    send(lanes, GET, 2.0, REFUSED)
    lanes.ended(late, 3.0, REFUSED)
    assert lanes.throttled == 3


def test_configured_number_that_lanes_multiply():
    """A configured number holds over all endpoints together, whatever lanes there are."""
    lanes = Configured(3, 60.0)
    turns = [lanes.began(endpoint, 0.0) for endpoint in (LIST, GET, "POST /contacts")]
    assert lanes.delay("PUT /contacts/*", 0.0) == inf
    lanes.ended(turns[0], 1.0, OK)
    assert lanes.delay(GET, 1.0) == pytest.approx(60.0, rel=1e-3)
    assert lanes.learned() == (3, 60.0)


def test_configured_number_that_is_none():
    """A number that is none is refused at once."""
    with pytest.raises(InvalidParameter, match="requests="):
        Configured(0, 60.0)


def test_rest_that_is_told_as_a_refusal():
    """A rest by the pace's own reckoning is told as such, and what was learned can be read."""
    lanes, now, told = Lanes(Adaptive), 0.0, []
    for number in range(80):
        now += lanes.delay(LIST, now)
        is_over = number in (21, 43)
        told.append(send(lanes, LIST, now, Outcome(429, retry_after=30.0) if is_over else OK))
        now += 0.1
    refused = [Change.PAUSED, Change.RESUMED]
    rest = [Change.RESTING, Change.RESUMED]
    assert [change for change in told if change] == refused + refused + rest
    assert lanes.learned() == (21, pytest.approx(32, abs=3))
