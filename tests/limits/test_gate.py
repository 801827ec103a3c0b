"""The gate: one refusal is one event, and only a probe opens."""

from itertools import pairwise
from math import inf, nan

import pytest

from reamaze_async.limits.gate import LONGEST_WAIT, Backoff, Gate, GateEvent, wait_after
from reamaze_async.limits.throttle import Outcome, Permit

OK, REFUSED, LOST = Outcome(200), Outcome(429), Outcome(None)


def permit(began: float) -> Permit:
    """A request that begins at this time."""
    return Permit("GET /conversations", began)


def closed(until: float = 10.0) -> tuple[Gate, Permit]:
    """A gate closed by a 429 at 1.0, and a request that was under way when that came."""
    gate, first, late = Gate(), permit(0.0), permit(0.5)
    assert gate.ended(first, 1.0, REFUSED) is GateEvent.REFUSED
    gate.close(until)
    return gate, late


def test_late_refusal_that_counts_twice():
    """A 429 of a request sent before the gate closed is no news, neither then nor later."""
    gate, late = closed()
    assert gate.ended(late, 1.5, REFUSED) is None
    assert gate.delay(1.5) == 8.5
    gate.began(probe := permit(10.0))
    assert gate.ended(probe, 11.0, OK) is GateEvent.OPENED
    assert gate.ended(permit(0.7), 12.0, REFUSED) is None
    assert gate.delay(12.0) == 0.0


@pytest.mark.parametrize("is_open", [False, True])
def test_late_refusal_that_names_a_later_moment(is_open):
    """A late 429 that says to come back later than anybody waits is heard, also by an open gate."""
    gate, late = closed()
    if is_open:
        gate.began(probe := permit(10.0))
        gate.ended(probe, 11.0, OK)
    now = 12.0 if is_open else 1.5
    assert gate.ended(late, now, Outcome(429, retry_after=60.0)) is GateEvent.POSTPONED
    assert gate.ended(permit(0.6), now, Outcome(429, retry_after=0.5)) is None


def test_late_success_that_opens():
    """An answer to a request sent before the 429 does not open the gate."""
    gate, late = closed()
    assert gate.ended(late, 1.5, OK) is None
    assert gate.delay(2.0) == 8.0


def test_second_probe():
    """While a probe is under way nobody else begins."""
    gate, _ = closed()
    gate.began(permit(10.0))
    assert gate.delay(10.0) == gate.delay(99.0) == inf


def test_probe_that_dies():
    """A probe that gets no answer hands its part on to the next, at once."""
    gate, _ = closed()
    gate.began(probe := permit(10.0))
    assert gate.ended(probe, 12.0, LOST) is None
    assert gate.delay(12.0) == 0.0
    gate.began(second := permit(12.0))
    assert gate.ended(second, 12.5, REFUSED) is GateEvent.STILL_REFUSED


@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_answer_that_leaves_the_gate_closed(status):
    """Any answer to the probe but a 429 opens the gate: the limit has let it in."""
    gate, _ = closed()
    gate.began(probe := permit(10.0))
    assert gate.ended(probe, 11.0, Outcome(status)) is GateEvent.OPENED


# --- how long -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusals", "retry_after", "seconds"),
    [
        (1, None, 1.0),
        (2, None, 2.0),
        (5, None, 16.0),
        (6, None, 30.0),
        (999, None, 30.0),
        (1, 41.0, 41.0),
        (9, 41.0, 41.0),
        (1, 0.0, 0.0),
        (4, 0.0, 4.0),
        (1, -5.0, 0.0),
        (3, nan, 4.0),
        (1, 1e18, LONGEST_WAIT),
        (1, inf, LONGEST_WAIT),
    ],
)
def test_wait_that_is_absurd(refusals, retry_after, seconds):
    """The server's word is kept to the second while it makes sense, and bounded where not."""
    assert wait_after(refusals, retry_after) == seconds


def test_probes_that_come_ever_faster():
    """Without a word of the server each refused probe doubles the wait, and success forgets."""
    throttle, now, waits = Backoff(), 0.0, []
    for _ in range(4):
        now += throttle.delay(now)
        throttle.began(probe := permit(now))
        throttle.ended(probe, now, REFUSED)
        waits.append(throttle.delay(now))
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert throttle.is_refused
    assert all(a < b for a, b in pairwise(waits))


def test_success_that_is_not_forgotten():
    """After the probe's success the next refusal waits for one second again."""
    throttle = Backoff()
    throttle.began(first := permit(0.0))
    throttle.ended(first, 0.0, REFUSED)
    throttle.began(probe := permit(1.0))
    throttle.ended(probe, 1.5, OK)
    assert (throttle.is_closed, throttle.learned()) == (False, None)
    throttle.began(again := permit(2.0))
    throttle.ended(again, 2.0, REFUSED)
    assert throttle.delay(2.0) == 1.0


def test_moment_that_a_late_refusal_names():
    """Nothing begins before it, and then one probe."""
    throttle = Backoff()
    first, late = permit(0.0), permit(0.1)
    throttle.began(first)
    throttle.began(late)
    throttle.ended(first, 1.0, REFUSED)
    assert throttle.ended(late, 1.5, Outcome(429, retry_after=60.0))
    assert throttle.delay(1.5) == 60.0
