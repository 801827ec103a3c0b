"""An even pace: the rate from what was let in between refusals, tests, and making up for waits."""

from math import inf

import pytest

from reamaze_async.limits.rate_model import CREDIT, FIRST_TEST, LAST_TEST, SLOWEST, Flow
from reamaze_async.limits.server_timing import Traffic
from reamaze_async.limits.throttle import Permit

LATENCY = 0.05


class Bucket:
    """A caller with one request at a time before a bucket that is refilled at a rate."""

    def __init__(self, rate: float, guess: float, size: float = 5.0) -> None:
        self.rate, self.size, self.tokens = rate, size, 0.0
        self.traffic = Traffic()
        self.flow = Flow(self.traffic, guess, 0.0)
        self.now, self.filled = 0.0, 0.0
        self.is_closed = False
        self.let_in = self.refused = 0

    def send(self) -> None:
        """Wait until the next may begin, send it, and tell the flow."""
        self.now += 0.0 if self.is_closed else self.flow.delay(self.now)
        turn = Permit("GET /conversations", self.now)
        self.traffic.under_way += 1
        self.flow.began(turn, is_probe=self.is_closed)
        gained = (self.now - self.filled) * self.rate
        self.tokens, self.filled = min(self.size, self.tokens + gained), self.now
        self.now += LATENCY
        self.traffic.under_way -= 1
        if self.tokens >= 1:
            self.tokens -= 1
            self._answered(turn)
        else:
            self._refused(turn)

    def _answered(self, turn: Permit) -> None:
        self.let_in += 1
        if self.is_closed:
            self.flow.opened(turn, self.now)
            self.is_closed = False
        self.flow.let_in(turn, self.now)

    def _refused(self, turn: Permit) -> None:
        self.refused += 1
        ask = self.flow.still_refused if self.is_closed else self.flow.refused
        self.now = max(self.now, ask(turn, self.now))
        self.is_closed = True


@pytest.mark.parametrize("guess", [0.5, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("rate", [0.2, 1.0, 5.0])
def test_rate_that_is_not_found(rate, guess):
    """From any guess the rate is found, with one 429 in twenty at most once it is."""
    bucket = Bucket(rate, guess * rate)
    for _ in range(200):
        bucket.send()
    refused, let_in, began = bucket.refused, bucket.let_in, bucket.now
    for _ in range(300):
        bucket.send()
    assert bucket.let_in - let_in >= 0.95 * rate * (bucket.now - began)
    assert bucket.refused - refused <= 15


def test_limit_that_was_lowered():
    """When the bucket is refilled at half the rate, the pace follows within some refusals."""
    bucket = Bucket(2.0, 2.0)
    for _ in range(200):
        bucket.send()
    bucket.rate, refused = 1.0, bucket.refused
    for _ in range(150):
        bucket.send()
    assert bucket.flow.rate == pytest.approx(1.0, rel=0.25)
    assert bucket.refused - refused < 30


def test_limit_that_was_raised():
    """When the bucket is refilled three times as fast, tests find it out."""
    bucket = Bucket(1.0, 1.0)
    for _ in range(200):
        bucket.send()
    bucket.rate = 3.0
    for _ in range(600):
        bucket.send()
    assert bucket.flow.rate > 2.0


def test_wave_behind_the_first_probe():
    """Until the first refusal no more are under way than were let in."""
    traffic = Traffic()
    flow = Flow(traffic, 100.0, 0.0)
    assert flow.delay(50.0) == 0.0
    traffic.under_way = 1
    assert flow.delay(50.0) == inf


def test_wait_that_is_never_made_up_for():
    """After a long silence a few may begin at once, and then the pace holds again."""
    flow, sent = Flow(Traffic(), 1.0, 0.0), 0
    while flow.delay(1000.0) == 0.0:
        flow.began(Permit("GET /conversations", 1000.0), is_probe=False)
        sent += 1
    assert sent == CREDIT


def test_test_at_every_turn():
    """Tests that find nothing become seldom: one in `LAST_TEST` requests."""
    bucket = Bucket(1.0, 1.0)
    for _ in range(700):
        bucket.send()
    refused = bucket.refused
    for _ in range(5 * LAST_TEST):
        bucket.send()
    assert bucket.refused - refused <= 8


def test_rate_of_nothing():
    """However many probes are refused, the pace never comes to a halt."""
    flow = Flow(Traffic(), 1.0, 0.0)
    for number in range(200):
        flow.still_refused(Permit("GET /conversations", 3600.0 * number), 3600.0 * number)
    assert flow.rate >= SLOWEST


def test_window_that_is_taken_for_a_bucket():
    """A pause much longer than the spell before it tells what was seen of a window."""
    flow = Flow(Traffic(), 5.0, 0.0)
    flow.opened(Permit("GET /conversations", 0.0), 0.0)
    for number in range(20):
        flow.let_in(Permit("GET /conversations", number / 5), number / 5)
    flow.refused(Permit("GET /conversations", 4.0), 4.1)
    flow.still_refused(Permit("GET /conversations", 9.0), 9.1)
    spell = flow.opened(Permit("GET /conversations", 20.0), 20.1)
    assert spell is not None
    assert (spell.let_in, spell.began, spell.last_refused) == (20, 0.0, 9.0)


def test_limit_that_is_gone():
    """A test that found no end for minutes ends the pace."""
    traffic = Traffic()
    flow = Flow(traffic, 1.0, 0.0)
    flow.refused(Permit("GET /conversations", 0.0), 0.0)
    for number in range(FIRST_TEST + 1):
        flow.let_in(Permit("GET /conversations", number), number)
    while flow.delay(9.0) == 0.0 and flow._extra is None:
        flow.began(Permit("GET /conversations", 9.0), is_probe=False)
    for number in range(400):
        assert not flow.is_free(10.0 + number / 2)
        flow.let_in(Permit("GET /conversations", 10.0), 10.0)
    assert flow.is_free(400.0)


def test_pause_for_another_limit_that_ruins_the_rate():
    """Probes refused for a minute sink the rate; it is tested soon, and rises again."""
    bucket = Bucket(5.0, 5.0)
    for _ in range(100):
        bucket.send()
    bucket.tokens -= 300.0
    for _ in range(100):
        bucket.send()
    assert bucket.flow.rate > 1.5


def test_idle_time_that_slows_the_next_burst_down():
    """Minutes in which nobody asked say nothing of what would have been let in."""
    bucket = Bucket(1.0, 1.0)
    for _ in range(8):
        for _ in range(30):
            bucket.send()
        bucket.now += 180.0
    assert bucket.flow.rate > 0.5
