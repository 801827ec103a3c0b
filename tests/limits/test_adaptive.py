"""A limit that nobody knows: learned from any kind of server, and never a reason to stand still."""

from math import inf
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bench_limiter import CONCURRENCY, Simulation, jobs_of, measure
from benchmarks.limiter_interactive_kinds import just_above
from benchmarks.limiter_kinds import Kind, aligned, counter, fixed, log
from benchmarks.limiter_rivals import SharedPause
from benchmarks.limiter_servers import (
    Both,
    Fixed,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Unlimited,
)
from reamaze_async.limits.adaptive import LONGEST_REST, Adaptive
from reamaze_async.limits.throttle import Outcome, Permit

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
    assert fmean(figures.shares) <= {"none": 0.0, "fixed": 0.06, "sliding": 0.17}[kind.family]
    assert figures.row <= CONCURRENCY + (6 if kind.per <= 60 else 12)


@pytest.mark.parametrize("kind", KINDS[1:], ids=lambda kind: kind.name)
def test_learner_that_is_worse_than_a_pause(kind):
    """Never slower by a fifth than one shared pause, and with fewer 429s."""
    seeds, jobs = range(5, 33, 7), jobs_of(kind, 10)
    ours = [Simulation(kind, seed, jobs).finish(Adaptive()) for seed in seeds]
    pause = [Simulation(kind, seed, jobs).finish(SharedPause()) for seed in seeds]
    assert sum(run.time for run in ours) <= 1.2 * sum(run.time for run in pause)
    assert sum(run.refused for run in ours) < sum(run.refused for run in pause)


@pytest.mark.parametrize("limit", [Fixed, SlidingLog])
def test_two_limits_that_are_taken_for_one(limit):
    """So many a second and so many a minute: the minute's pause isn't taken for every window's."""
    kind = Kind("", "fixed", 120, 60, lambda *_: Both(limit(10, 1), limit(120, 60)), latency=0.1)
    ours = [Simulation(kind, seed, 1200).finish(Adaptive()) for seed in range(0, 56, 7)]
    pause = [Simulation(kind, seed, 1200).finish(SharedPause()) for seed in range(0, 56, 7)]
    assert fmean(run.time for run in ours) <= 1.3 * fmean(run.time for run in pause)
    assert sum(run.refused for run in ours) < 0.5 * sum(run.refused for run in pause)


def test_wave_after_wave_by_chance():
    """Refused as a whole, a wave that was sent since refusals seemed random is the only one."""
    kind = Kind("", "sliding", 72, 12, log(72, 12), latency=0.1, others=0.3)
    assert Simulation(kind, 126, 720).finish(Adaptive()).longest_row <= 2 * CONCURRENCY + 2


def test_part_of_a_window_that_is_taken_for_all_of_it():
    """Others took most of a window once: the next ones are used again as a whole."""
    throttle, server, now, begun = Adaptive(), Fixed(10, 10.0), 0.0, []
    while now < 350.0:
        now += max(1e-3, throttle.delay(now))
        server.limit_to(3 if 300.0 < now < 310.0 else 10)
        throttle.began(permit := Permit("GET /conversations", now))
        throttle.ended(permit, now + 0.05, OK if server.take(now) else REFUSED)
        begun.append(now := now + 0.05)
    assert sum(310.0 < at < 350.0 for at in begun) >= 0.9 * 10 * 4


@pytest.mark.parametrize(("first", "last"), [(30.0, 300.0), (60.0, 500.0), (120.0, 400.0)])
def test_rest_after_rest_where_nothing_is_refused_any_more(first, last):
    """A server that has refused everything for minutes is soon used as if it never had."""
    pace, now, late = Adaptive(), 0.0, 0
    while now < last + 900:
        turn = Permit("GET /conversations", now := now + pace.delay(now))
        pace.began(turn)
        is_ill = first <= (now := now + 0.25) < last
        pace.ended(turn, now, REFUSED if is_ill else OK)
        late += now > last and not is_ill
    assert late > 0.8 * 900 / 0.25


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


@pytest.mark.parametrize("retry_after", [None, 5.0])
def test_wave_that_is_taken_for_several_refusals(retry_after):
    """However many are refused at once, the probe is due as after one."""
    refused = Outcome(429, retry_after=retry_after)
    assert refused_at_once(8, refused)[1][-1] == pytest.approx(
        refused_at_once(1, refused)[1][-1], abs=0.1
    )


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


def test_rest_that_an_answer_under_way_has_lengthened():
    """A probe is refused while an answer is overdue: once that is lost, the next one is near."""
    pace, (let_in, refused, lost) = Adaptive(), [Permit("a", 0.0) for _ in range(3)]
    for permit in (let_in, refused, lost):
        pace.began(permit)
    pace.ended(let_in, 0.1, OK)
    pace.ended(refused, 0.2, REFUSED)
    pace.began(probe := Permit("a", now := 0.2 + pace.delay(0.2)))
    pace.ended(probe, now + 0.1, REFUSED)
    pace.ended(lost, 5.0, Outcome(None))
    assert pace.delay(5.0) < 5.0


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


def test_limit_that_is_learned_and_not_told():
    """What was learned can be read: requests and seconds, of windows as of a steady rate."""
    windows, bucket = Adaptive(), Adaptive()
    Simulation(KINDS[1], 1, 300).finish(windows)
    Simulation(KINDS[-1], 1, 600).finish(bucket)
    assert windows.learned() == (60, pytest.approx(60, rel=0.03))
    assert bucket.learned() == (pytest.approx(60, abs=6), 60.0)


@pytest.mark.parametrize("kind", KINDS[1:], ids=lambda kind: kind.name)
def test_limit_that_is_told_after_one_probe(kind):
    """Nothing is told of a limit while no window was seen from its opening to the next."""
    throttle, told = Adaptive(), []
    simulation = Simulation(kind, 3, jobs_of(kind, 3))
    end = throttle.ended
    throttle.ended = lambda *facts: (end(*facts), told.append(throttle.learned()))[0]
    simulation.finish(throttle)
    known = next((number for number, learned in enumerate(told) if learned), len(told))
    assert known >= min(kind.requests, len(told)) * (1 - kind.used)


@pytest.mark.parametrize("says", ["none", "seconds"])
@pytest.mark.parametrize("limit", [fixed, log])
def test_rest_of_a_window_that_is_told_as_the_limit(limit, says):
    """Others had used nine tenths of the first window: nothing is told before a whole one."""
    throttle, told = Adaptive(), []
    simulation = Simulation(Kind("", "fixed", 60, 60, limit(60, 60), says, used=0.9), 49, 150)
    end = throttle.ended
    throttle.ended = lambda *facts: (end(*facts), told.append(throttle.learned()))[0]
    simulation.finish(throttle)
    counts = {learned[0] for learned in told if learned}
    assert counts
    assert counts <= {60, 61}


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5])
def test_minute_that_is_told_of_after_seconds(seed):
    """A limit by the minute isn't told before a minute was watched, however likely it looks."""
    throttle, told = Adaptive(), []
    kind = Kind("short", "fixed", 5, 1, fixed(5, 1), "seconds", latency=0.05)
    simulation = Simulation(kind, seed, 200)
    end = throttle.ended

    def ended(permit, now, outcome):
        told.append((now, throttle.learned()))
        return end(permit, now, outcome)

    throttle.ended = ended
    simulation.finish(throttle)
    assert all(now - told[0][0] >= learned[1] - 1 for now, learned in told if learned)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_share_of_a_window_that_is_exceeded(share):
    """Of a limit that was learned, at most the share begins in a window."""
    throttle, now = Adaptive(), 0.0
    Simulation(KINDS[1], 1, 300).finish(throttle)
    now, begun = 1e4, 0
    while throttle.delay(now, share) == 0.0 and begun < 100:
        throttle.began(permit := Permit("GET /conversations", now))
        throttle.ended(permit, now + 0.1, OK)
        now, begun = now + 0.1, begun + 1
    assert begun == 60 * share


def test_absurd_word_that_is_believed_for_ever():
    """After one `Retry-After` of ten minutes before windows of 4 s, the next pauses are short."""
    kind = Kind("", "fixed", 40, 4, fixed(40, 4), latency=0.1, first_retry_after=600.0)
    plain = Kind("", "fixed", 40, 4, fixed(40, 4), latency=0.1)
    absurd, usual = (Simulation(kind, 5, 1000).finish(Adaptive()) for kind in (kind, plain))
    assert absurd.time <= 600.0 + 1.1 * usual.time


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_random_refusals_that_slow_us_down(share):
    """Where refusals don't depend on our rate, they cost their pauses and hardly more."""
    kind = Kind("", "none", 1, 60, lambda *_: Unlimited(), shed=share)
    times = [
        fmean(Simulation(kind, seed, 1000).finish(make()).time for seed in range(0, 42, 7))
        for make in (Adaptive, SharedPause)
    ]
    assert times[0] <= 1.2 * times[1]


@pytest.mark.parametrize("told", ["seconds", "date"])
def test_length_that_the_server_names(told):
    """Where each 429 says when to come back, so that nobody asks before, the length is learned."""
    throttle = Adaptive()
    Simulation(Kind("", "fixed", 60, 60, fixed(60, 60), told), 2, 360).finish(throttle)
    assert throttle.learned() == (60, pytest.approx(60, rel=0.25))


def test_word_of_a_few_seconds_that_is_not_heard():
    """A server that says to come back in three seconds has no windows of one."""
    throttle, now = Adaptive(), 0.0
    for outcome in [*[OK] * 6, Outcome(429, retry_after=3.0), OK]:
        now += throttle.delay(now)
        throttle.began(permit := Permit("GET /conversations", now))
        now += 0.05
        throttle.ended(permit, now, outcome)
    assert throttle._posterior.per > 1.0


def test_background_that_never_learns_of_a_raised_limit():
    """A client that uses a share alone finds out that the limit has risen, and uses that share."""
    throttle, server, now, begun = Adaptive(), Fixed(50, 60.0), 0.0, []
    while now < 4000.0:
        now += max(1e-3, throttle.delay(now, 0.9))
        server.limit_to(50 if now < 1000.0 else 200)
        throttle.began(permit := Permit("GET /conversations", now))
        now += 0.05
        throttle.ended(permit, now, OK if server.take(now) else REFUSED)
        begun.append(now)
    assert sum(at > 3400.0 for at in begun) > 0.8 * 0.9 * 200 * 10


@pytest.mark.parametrize("limit", [Fixed, SlidingLog])
@pytest.mark.parametrize("latency", [0.05, 0.25])
def test_demand_that_never_fills_a_short_window(limit, latency):
    """One request at a time, just above the limit, learns it too: a few 429s in ten minutes."""
    throttle, server, now, refused = Adaptive(), limit(60, 60.0), 0.0, 0
    for number in range(660):
        now, is_taken = max(now, number / 1.1), False
        while not is_taken:
            throttle.began(permit := Permit("GET /conversations", now := now + throttle.delay(now)))
            is_taken = server.take(now := now + latency / 2)
            throttle.ended(permit, now := now + latency / 2, OK if is_taken else REFUSED)
            refused += not is_taken
    assert refused < 30


def test_rate_that_two_quick_refusals_have_told():
    """A rate that a few requests have measured is soon measured again: nobody waits much longer."""
    asks = just_above(10, 10, demand=1.5)
    kind = Kind("", "sliding", 10, 10, counter(10, 10), asks=asks)
    assert measure(kind, ["ours"], seeds=4, windows=10)["ours"].over_pause <= 1.3


def test_answers_that_take_part_of_a_window():
    """A window lasts from sending to sending: an answer's time isn't waited for on top of it."""
    kind = Kind("", "sliding", 5, 1, log(5, 1), latency=0.25)
    assert measure(kind, ["ours"], seeds=4, windows=40)["ours"].time <= 1.15


def test_moment_that_a_late_refusal_names():
    """A late 429 that names a later moment moves the gate, and nothing begins before that."""
    pace, first, late = Adaptive(), Permit("a", 0.0), Permit("a", 0.0)
    pace.began(first)
    pace.began(late)
    pace.ended(first, 0.1, REFUSED)
    pace.ended(late, 0.2, Outcome(429, retry_after=60.0))
    assert pace.delay(0.2) == pytest.approx(60.0)


def test_limit_that_is_told_when_it_has_gone():
    """Once a test has found more than was known, the old limit is shown no longer."""
    throttle, simulation = Adaptive(), Simulation(KINDS[1], 1, 300)
    simulation.finish(throttle)
    assert throttle.learned() == (60, pytest.approx(60, rel=0.03))
    now = simulation.now
    for _ in range(300):
        now += throttle.delay(now)
        throttle.began(permit := Permit("GET /conversations", now))
        throttle.ended(permit, now := now + 0.1, OK)
    assert throttle.learned() is None
    assert throttle.delay(now) == 0.0


@given(steps, st.sampled_from([1.0, 0.5, 1e-6]), st.sampled_from([1.0, 1000.0]))
def test_wait_that_has_no_end(steps, share, slower):
    """Whatever the answers, latencies and shares: who waits as long as he is told may begin then.

    While something is under way that may hang on its end; else there is a moment, within the hour.
    """
    pace, now, under_way = Adaptive(), 0.0, []
    for outcome, seconds, width in steps:
        while under_way and (len(under_way) >= width or pace.delay(now, share) == inf):
            now = max(now, under_way[0][0])
            _, turn, end = under_way.pop(0)
            pace.ended(turn, now, end)
        wait = pace.delay(now, share)
        assert wait <= 3600.0
        now += wait
        assert pace.delay(now + 1e-6, share) == 0.0
        pace.began(turn := Permit("GET /conversations", now))
        under_way.append((now + slower * seconds, turn, outcome))
        under_way.sort(key=lambda request: request[0])


@pytest.mark.parametrize(("share", "bound"), [(1.0, LONGEST_REST), (0.5, 3600.0)])
def test_belief_that_would_wait_for_ever(share, bound):
    """A belief that sees room for nobody, or for no share, is asked again: there is a moment."""
    pace, asks = refused_at_once(1)
    pace.began(probe := Permit("GET /conversations", now := asks[-1]))
    pace._posterior.when = lambda _, now, part=1.0: inf if part == share else now
    pace._tested_at = inf  # no test is due
    pace.ended(probe, now := now + 0.1, OK)
    wait = pace.delay(now, share)
    assert 0.0 < wait <= bound + 1e-6
    assert pace.delay(now + wait + 1e-6, share) == 0.0
