"""A limit that nobody knows: learned from any kind of server, and never a reason to stand still."""

from math import inf
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bench_limiter import CONCURRENCY, Simulation, jobs_of, measure
from benchmarks.limiter_kinds import Kind, aligned, fixed, log
from benchmarks.limiter_rivals import SharedPause
from benchmarks.limiter_servers import (
    Both,
    Fixed,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Unlimited,
)
from reamaze_async.limits.adaptive import Adaptive
from reamaze_async.limits.rate_model import Flow
from reamaze_async.limits.throttle import Outcome, Permit
from reamaze_async.limits.window_length import Period
from reamaze_async.limits.window_model import Windows

OK, REFUSED = Outcome(200), Outcome(429)

KINDS = [
    Kind("no limit", "none", 1, 60, lambda *_: Unlimited()),
    Kind("fixed", "fixed", 60, 60, fixed(60, 60)),
    Kind("aligned", "fixed", 120, 60, aligned(120, 60)),
    Kind("with seconds", "fixed", 60, 60, fixed(60, 60), "seconds"),
    Kind("with a date", "fixed", 120, 60, fixed(120, 60), "date"),
    Kind("short", "fixed", 40, 4, fixed(40, 4), latency=0.1),
    Kind("2 s", "fixed", 40, 2, fixed(40, 2), latency=0.1),
    Kind("6 s", "fixed", 60, 6, fixed(60, 6), latency=0.1),
    Kind("15 s", "fixed", 150, 15, fixed(150, 15), latency=0.1),
    Kind("90 s", "fixed", 90, 90, fixed(90, 90)),
    Kind("15 s, another client", "fixed", 90, 15, fixed(90, 15), latency=0.1, others=0.3),
    Kind("long", "fixed", 500, 600, fixed(500, 600)),
    Kind("used before", "fixed", 60, 60, fixed(60, 60), used=0.9),
    Kind("used up", "fixed", 120, 60, aligned(120, 60), used=1.0),
    Kind("another client", "fixed", 120, 60, fixed(120, 60), others=0.3),
    Kind("raised", "fixed", 120, 60, fixed(120, 60), changed_to=240),
    Kind("raised, 30 s", "fixed", 50, 30, fixed(50, 30), changed_to=100),
    Kind("lowered", "fixed", 120, 60, fixed(120, 60), changed_to=60),
    Kind("log", "sliding", 60, 60, log(60, 60)),
    Kind("log, tells, used", "sliding", 37, 6, log(37, 6), "seconds", used=0.5),
    Kind("log, 2 s", "sliding", 20, 2, log(20, 2), latency=0.1),
    Kind("log, 7 s", "sliding", 70, 7, log(70, 7), latency=0.1),
    Kind("log, 15 s", "sliding", 150, 15, log(150, 15), latency=0.1),
    Kind("log, 90 s", "sliding", 90, 90, log(90, 90)),
    Kind("log, short", "sliding", 40, 4, log(40, 4), latency=0.1),
    Kind("counter", "sliding", 60, 60, lambda luck, _: SlidingCounter(60, 60, luck.random())),
    Kind("bucket", "sliding", 60, 60, lambda *_: TokenBucket(60, 60, 60)),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_kind_of_server_that_is_not_learned(kind):
    """Whatever counts the requests: near the ideal time, few 429s, and a handful behind a wave."""
    figures = measure(kind, ["ours"], seeds=4, windows=10)["ours"]
    assert fmean(figures.times) <= {"none": 1.0, "fixed": 1.15, "sliding": 1.35}[kind.family]
    assert fmean(figures.shares) <= {"none": 0.0, "fixed": 0.06, "sliding": 0.07}[kind.family]
    assert figures.row <= CONCURRENCY + (6 if kind.per <= 60 else 12)


@pytest.mark.parametrize("kind", KINDS[1:], ids=lambda kind: kind.name)
def test_learner_that_is_worse_than_a_pause(kind):
    """Never slower by a fifth than one shared pause, and with far fewer 429s."""
    jobs = jobs_of(kind, 10)
    ours = Simulation(kind, 5, jobs).finish(Adaptive())
    pause = Simulation(kind, 5, jobs).finish(SharedPause())
    assert ours.time <= 1.2 * pause.time
    assert ours.refused < pause.refused


@pytest.mark.parametrize("limit", [Fixed, SlidingLog])
def test_two_limits_that_are_taken_for_one(limit):
    """So many a second and so many a minute: the minute's pause isn't taken for every window's."""
    kind = Kind("", "fixed", 120, 60, lambda *_: Both(limit(10, 1), limit(120, 60)), latency=0.1)
    for seed in range(0, 28, 7):
        ours = Simulation(kind, seed, 1200).finish(Adaptive())
        pause = Simulation(kind, seed, 1200).finish(SharedPause())
        assert ours.time <= 1.2 * pause.time
        assert ours.refused < pause.refused


def test_limit_that_is_not_there():
    """Where nothing is refused nothing is held back, however many are under way."""
    pace = Adaptive()
    turns = [Permit("GET /conversations", number / 10) for number in range(500)]
    for turn in turns:
        assert pace.delay(turn.began) == 0.0
        pace.began(turn)
    for turn in turns:
        pace.ended(turn, 60.0, OK)
    assert (pace.learned(), pace.is_closed) == (None, False)


@pytest.mark.parametrize("retry_after", [0.5, 7.0, 41.0, 3600.0])
def test_request_before_its_time(retry_after):
    """After a 429 nothing begins before the moment that the server named, and then one alone."""
    pace = Adaptive()
    early, late = Permit("a", 0.0), Permit("b", 0.1)
    pace.began(early)
    pace.began(late)
    pace.ended(early, 1.0, Outcome(429, retry_after=retry_after))
    pace.ended(late, 1.2, OK)
    assert pace.delay(1.2) == pytest.approx(1.0 + retry_after - 1.2)
    assert (pace.is_refused, pace.is_closed) == (True, True)
    pace.began(Permit("a", 1.0 + retry_after))
    assert pace.delay(9999.0) == inf


def refused_at_once(number: int, end: Outcome = REFUSED) -> tuple[Adaptive, list[float]]:
    """Pace after so many requests at once came back so; the moments at which it would ask then."""
    pace, asks = Adaptive(), []
    turns = [Permit("GET /conversations", 0.0) for _ in range(number)]
    for turn in turns:
        pace.began(turn)
    for late, turn in enumerate(turns):
        now = 0.1 + late / 1000
        pace.ended(turn, now, end)
        asks.append(now + pace.delay(now))
    return pace, asks


@pytest.mark.parametrize(("retry_after", "due"), [(None, 1.0), (5.0, 5.1)])
def test_wave_that_is_taken_for_several_refusals(retry_after, due):
    """However many are refused at once, the probe is due as after one."""
    _, asks = refused_at_once(8, Outcome(429, retry_after=retry_after))
    assert asks == [pytest.approx(due)] * 8


def test_late_refusal_that_moves_an_open_gate():
    """A late refusal changes nothing once the probe is under way, or was let in."""
    pace, late = Adaptive(), [Permit("a", 0.0), Permit("a", 0.0)]
    for turn in (refused := Permit("a", 0.0), *late):
        pace.began(turn)
    pace.ended(refused, 0.1, REFUSED)
    now = 0.1 + pace.delay(0.1)
    pace.began(probe := Permit("a", now))
    pace.ended(late[0], now, REFUSED)
    assert pace.delay(now + 60.0) == inf
    pace.ended(probe, now + 0.1, OK)
    pace.ended(late[1], now + 0.2, REFUSED)
    assert (pace.is_closed, pace.delay(now + 0.2)) == (False, 0.0)


def test_word_of_the_server_that_is_always_too_short():
    """A server that says `Retry-After: 0` on every 429 is asked ever more seldom."""
    pace, now, delays = Adaptive(), 0.0, []
    for _ in range(8):
        pace.began(turn := Permit("a", now))
        pace.ended(turn, now, Outcome(429, retry_after=0.0))
        delays.append(pace.delay(now))
        now += delays[-1]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (0.0, 15.0)


outcomes = st.sampled_from(
    [OK, OK, OK, REFUSED, Outcome(None), Outcome(None, sent=False), Outcome(503)]
)
steps = st.lists(st.tuples(outcomes, st.floats(0, 3), st.integers(1, 8)), min_size=1, max_size=120)
"""Of each request: how it ends, how long it takes, how many are under way at once."""


def when_one_may_begin(pace, now, under_way, width):
    """End requests under way, until no more than `width` are and one more depends on none."""
    while under_way and (len(under_way) >= width or pace.delay(now) == inf):
        now = max(now, under_way[0][0])
        _, turn, outcome = under_way.pop(0)
        pace.ended(turn, now, outcome)
    return now


@given(steps)
def test_pace_that_stands_still(steps):
    """Whatever the answers, when nothing is under way the next begins within the hour."""
    pace, now, under_way = Adaptive(), 0.0, []
    for outcome, seconds, width in steps:
        now = when_one_may_begin(pace, now, under_way, width)
        assert pace.delay(now) <= 3600.0
        now += pace.delay(now)
        pace.began(turn := Permit("GET /conversations", now))
        under_way.append((now + seconds, turn, outcome))
        under_way.sort(key=lambda request: request[0])


@given(steps)
def test_row_of_refusals_that_is_sent_knowingly(steps):
    """Behind a closed gate one request is under way at most: the probe."""
    pace, now, under_way = Adaptive(), 0.0, []
    for outcome, seconds, width in steps:
        now = when_one_may_begin(pace, now, under_way, width)
        if pace.is_closed:
            now += pace.delay(now)
            pace.began(probe := Permit("GET /conversations", now))
            assert pace.delay(now + 9999.0) == inf
            pace.ended(probe, now + seconds, outcome)
            now += seconds
            continue
        now += pace.delay(now)
        pace.began(turn := Permit("GET /conversations", now))
        under_way.append((now + seconds, turn, outcome))
        under_way.sort(key=lambda request: request[0])


def test_window_that_stays_a_bucket():
    """A pause much longer than the time before it turns an even pace back into windows."""
    pace = Adaptive()
    pace._model = Flow(pace._traffic, 5.0, 0.0)
    now = 0.0
    for answer in [OK] * 20 + [REFUSED, Outcome(429, retry_after=50.0), OK]:
        now += pace.delay(now)
        pace.began(turn := Permit("GET /conversations", now))
        now += 0.1
        pace.ended(turn, now, answer)
    assert pace.learned() == (20, pytest.approx(55, abs=3))


def test_limit_that_is_learned_and_not_told():
    """What was learned can be read: requests and seconds, of windows as of an even pace."""
    windows, bucket = Adaptive(), Adaptive()
    Simulation(KINDS[1], 1, 300).finish(windows)
    Simulation(KINDS[-1], 1, 300).finish(bucket)
    assert windows.learned() == (60, pytest.approx(60, rel=0.03))
    assert bucket.learned() == (pytest.approx(60, abs=6), 60.0)


def test_lucky_early_ask_that_is_told_as_learned():
    """A length that an early ask was let in after once, maybe by luck, is not what is shown."""
    pace = Adaptive()
    pace._model = Windows(pace._traffic, 20)
    pace._model.period = Period(60.0, 20.0)
    pace._model.period.next_ask(0.0, 1.0, 1.0, pace._traffic)
    pace._model.period.worked(30.0, 1.0)
    assert (pace._model.period.good, pace.learned()) == (30.0, (20, 60.0))
