"""What is believed: weights that follow the evidence, and moments on which enough of them agree."""

from bisect import bisect_left
from itertools import accumulate
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.limits.hypotheses import History
from reamaze_async.limits.posterior import Posterior


def refused_each(seconds: float, count: int, cycles: int) -> tuple[Posterior, History, float]:
    """Belief after windows of so many seconds that held `count` requests each."""
    history, now = History(), 0.0
    posterior = Posterior(history)
    history.latency = 0.0
    for cycle in range(cycles):
        history.let_in = 0
        start = cycle * seconds
        if cycle:
            posterior.opened(start)
        for number in range(count):
            history.note(now := start + number / 100)
            history.let_in += 1
        history.spent_at = now
        posterior.refused(now, by_test=False)
        for part in (0.3, 0.7, 0.95):
            posterior.still_refused(start + part * seconds)
    return posterior, history, now


@pytest.mark.parametrize(("seconds", "count"), [(60.0, 60), (10.0, 20), (4.0, 40), (300.0, 50)])
def test_length_that_is_not_found(seconds, count):
    """After a few windows the belief is in their length and their count."""
    posterior, _, now = refused_each(seconds, count, 4)
    assert posterior.per == pytest.approx(seconds, rel=0.1)
    assert posterior.cap == count
    assert posterior.known(now) == (count, posterior.per)


def test_share_that_was_asked_for_while_requests_were_under_way():
    """When they have ended there is a moment for it again, whoever asked for more meanwhile."""
    posterior, history, now = refused_each(10.0, 5, 4)
    history.under_way = 5
    assert posterior.when(0.4, now, 0.9) == inf
    history.under_way = 0
    for _ in range(5):
        history.note(now)
    posterior.when(0.4, now)
    assert posterior.when(0.4, now, 0.9) < now + 20.0


def test_moment_that_more_weight_puts_earlier():
    """The more weight must see room, the later that is."""
    posterior, _, now = refused_each(60.0, 60, 2)
    moments = [posterior.when(weight, now) for weight in (0.05, 0.25, 0.4, 0.8)]
    assert moments == sorted(moments)
    assert moments[-1] > now


@pytest.mark.parametrize("seconds", [1.0, 10.0, 60.0])
@pytest.mark.parametrize("weight", [0.0, 1e-17])
def test_weight_that_rounding_eats(seconds, weight):
    """However little weight must see room, and each rest makes it less, there is a moment."""
    for count in range(1, 9):
        posterior, _, now = refused_each(seconds, count, 4)
        assert posterior.when(weight, now) < inf


def test_room_that_is_given_twice():
    """What begins takes the room that it was given."""
    posterior, history, now = refused_each(10.0, 5, 4)
    now += 20.0
    begun = 0
    while posterior.when(0.4, now) <= now and begun < 99:
        history.under_way += 1
        begun += 1
    assert begun == 5


@pytest.mark.parametrize("under_way", [1, 5])
def test_moment_that_an_answer_changes(under_way):
    """Whether an answer is remembered or asked for anew, the moment is the same."""
    posterior, history, now = refused_each(10.0, 5, 4)
    history.under_way = under_way
    posterior.when(0.4, now)
    history.under_way -= 1
    history.note(now)
    remembered = posterior.when(0.4, now)
    posterior._surveys.clear()
    assert remembered == posterior.when(0.4, now)


@given(st.lists(st.floats(0.1, 20.0), min_size=2, max_size=12), st.floats(0.05, 0.95))
def test_hypothesis_that_is_not_asked_though_it_matters(seconds, weight):
    """Asking no more than can change the answer, the moment is that of asking all."""
    posterior, history, now = refused_each(10.0, 5, 2)
    for wait in seconds:
        history.note(now := now + wait)
        posterior.refused(now, by_test=False)
    seen = zip(
        [
            *posterior._windows.free_at(posterior._live),
            posterior._steady.free_at(),
            posterior.paused_until,
        ],
        posterior._asked,
        strict=True,
    )
    moments, weights = zip(*sorted(seen), strict=True)
    place = bisect_left(list(accumulate(weights)), weight * sum(weights))
    assert posterior.when(weight, now) == max(now, moments[place])


def test_refusals_by_chance_that_are_taken_for_a_limit():
    """Refused after runs of any length and let in at once, the belief is in chance."""
    history, now = History(), 0.0
    posterior = Posterior(history)
    for run in (3, 40, 11, 90, 1, 25, 7, 60, 2, 33):
        history.let_in = run
        for _ in range(run):
            history.note(now := now + 0.03)
        posterior.refused(now, by_test=False)
        posterior.opened(now := now + 1.0)
        history.let_in = 0
    assert posterior.by_chance > 0.5


def test_belief_that_never_changes():
    """After many windows of a minute, as many of ten seconds are believed."""
    posterior, history, _ = refused_each(60.0, 60, 20)
    start = 20 * 60.0
    for cycle in range(12):
        history.let_in, begin = 0, start + 10.0 * cycle
        posterior.opened(begin)
        for number in range(30):
            history.note(begin + number / 100)
            history.let_in += 1
        history.spent_at = begin + 0.3
        posterior.refused(begin + 0.3, by_test=False)
        posterior.still_refused(begin + 9.0)
    assert posterior.per == pytest.approx(10.0, rel=0.1)


def test_weights_that_are_no_shares():
    """All weights add up to one, and those that are asked to hardly less."""
    posterior, _, _ = refused_each(10.0, 5, 3)
    assert sum(posterior._weights) == pytest.approx(1.0)
    assert posterior._asked[-1] == posterior.by_chance
    assert 0.97 < sum(posterior._asked) <= 1.0 + 1e-9
