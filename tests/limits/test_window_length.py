"""The search for the length of a window: up the ladder, down by early asks, back after luck."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.limits.server_timing import Traffic
from reamaze_async.limits.window_length import LADDER, MINUTES, SECONDS, Ask, Period

START, SPENT = 0.0, 0.5


def asked(period: Period, now: float = SPENT, traffic: Traffic | None = None) -> float:
    """Seconds after the window's start at which the server is asked next."""
    return period.next_ask(START, SPENT, now, traffic or Traffic()) - START


def found(true: float, per: float = 0.02, windows: int = 12) -> Period:
    """What is found when windows are so long, up to a tolerance for the asking itself."""
    period = Period()
    for _ in range(windows):
        now = SPENT
        while (gap := asked(period, now)) < true:
            period.refused(gap)
            now = gap + per
        period.worked(gap + per, SPENT)
    return period


def test_ladder_that_leaves_out_a_step():
    """Where nothing is known every step is asked once, counted from when the window was spent."""
    period, now, asks = Period(), SPENT, []
    for _ in range(5):
        asks.append(gap := asked(period, now))
        period.refused(gap)
        now = gap + 0.05
    assert asks == [SPENT + length for length in LADDER[:5]]


@pytest.mark.parametrize("true", [1.0, 1.5, 2.0, 5.0, 6.0, 8.0, 12.0, 13.6, 25.0, 45.0, 52.0, 90.0])
def test_length_that_is_not_found(true):
    """After some windows the length is known to a fifth at worst, and never taken for shorter."""
    period = found(true, windows=6)
    assert period.good is not None
    assert true <= period.good + SPENT <= 1.2 * true + SPENT + 0.05


@pytest.mark.parametrize("true", [12.0, 25.0, 40.0, 75.0, 100.0, 200.0, 520.0])
def test_length_off_the_ladder(true):
    """A length that nobody would choose is known to a sixth after a few windows."""
    period = found(true, windows=7)
    assert period.good is not None
    assert period.good <= 1.16 * true


@pytest.mark.parametrize("true", [1.0, 10.0, 60.0, 600.0])
def test_likely_length_that_is_proven_again_and_again(true):
    """A length that people choose is left in peace after some windows."""
    period = found(true, windows=4)
    assert period.early(START) is None


def test_step_that_is_too_long():
    """No step is more than twice the one before, and from a minute on half as much again."""
    assert all(after <= 2 * before for before, after in pairwise(SECONDS))
    assert all(after <= 1.5 * before for before, after in pairwise(MINUTES[:-1]))


@given(st.floats(0.5, 3600.0), st.floats(0.0, 1.0), st.floats(0.0, 60.0))
def test_search_that_makes_a_storm(true, spell, minute):
    """To any length leads a handful of single asks, each later than the last, none far too late."""
    traffic, period, now, asks = Traffic(), Period(), spell, [0.0]
    traffic.heard(1080.0 - minute, 0.0, 0.001)
    while asks[-1] < true + spell:
        asks.append(period.next_ask(START, spell, now, traffic))
        period.refused(asks[-1])
        now = asks[-1] + 0.05
    assert asks == sorted(asks)
    assert len(asks) <= 3 + len([rung for rung in LADDER if rung < 2 * true])
    assert asks[-1] - spell <= max(1.0, 2 * true)


def test_second_early_ask():
    """Where the first early ask was refused, the next halves what is left, in the same pause."""
    period = Period(120.0, 60.0)
    period.is_proven = True
    asks, now = [], SPENT
    while not asks or asks[-1] < 120.0:
        asks.append(asked(period, now))
        period.refused(asks[-1])
        now = asks[-1] + 0.05
    assert asks[0] == 90.0
    assert len(asks) <= 4


def test_first_step_that_was_long_enough():
    """Where nothing was ever refused, a shorter length is looked for as well."""
    period = Period()
    period.worked(4.0, SPENT)
    assert (asked(period), period.ask) == (4.0, Ask.RESET)
    period.worked(4.0, SPENT)
    assert (asked(period), period.ask) == (2.0, Ask.EARLY)


def test_step_that_is_counted_from_too_late():
    """Where a probe began the window, the length itself is asked for, not that and the spell."""
    period = Period()
    period.worked(4.0, SPENT)
    asks = [asked(period)]
    while len(asks) < 5:
        period.refused(asks[-1])
        asks.append(asked(period, asks[-1] + 0.05))
    assert asks == [4.0, 7.0, 10.0, 15.0, 30.0]


def test_window_longer_than_any_step():
    """Above the ladder's end the server is asked once an hour, be it for a day."""
    for period in (Period(), Period(good=60.0)):
        now = 0.0
        while now < 86_400.0:
            before, now = now, asked(period, now)
            period.refused(now)
        assert now - before == pytest.approx(3600.0, abs=1.0)


def test_minute_that_is_not_tried():
    """Where nothing is known the server's next minute is asked, between two steps."""
    traffic = Traffic()
    traffic.heard(1020.0 + 37.0, 0.0, 0.01)  # 23 s to the minute
    period, now, asks = Period(), SPENT, []
    for _ in range(8):
        asks.append(gap := asked(period, now, traffic))
        period.refused(gap)
        now = gap + 0.05
    assert [gap for gap in asks if 22 <= gap <= 24.1]
    assert asks == sorted(asks)


def test_early_ask_of_a_server_that_tells():
    """A moment named in whole seconds is asked before by its rounding at most."""
    period = Period()
    for _ in range(4):
        gap = max(60.5, asked(period))
        period.told()
        period.worked(gap, SPENT)
    assert (period.good, asked(period), period.ask) == (60.5, 60.5, Ask.RESET)


def test_rounding_that_costs_a_quarter_of_the_time():
    """A window of four seconds that the server calls five is found out within some windows."""
    period = Period()
    period.told()
    period.worked(5.0, SPENT)
    for _ in range(12):
        gap = asked(period)
        if gap < 4.0:
            period.refused(gap)
            gap = asked(period, gap + 0.05)
        period.worked(gap, SPENT)
    assert period.good is not None
    assert 3.9 <= period.good <= 4.4


def test_lucky_early_ask():
    """When an early ask was let in by luck, the search goes back to the length known before."""
    period = Period(60.0, 20.0)
    period.is_proven = True
    period.worked(asked(period), SPENT)
    assert (period.good < 60.0, period.known) == (True, 60.0)
    assert period.doubt()
    assert (period.good, period.bad > 20.0, period.doubt()) == (60.0, True, False)


def test_lucky_early_ask_found_out_by_a_probe():
    """The same when the next reset comes later than the lucky length says."""
    period = Period(60.0, 20.0)
    period.is_proven = True
    period.worked(lucky := asked(period), SPENT)
    assert period.good == lucky < 60.0
    while period.good == lucky:
        period.refused(now := asked(period))
    assert (period.good, now) == (60.0, lucky)


def test_length_that_has_grown():
    """A length that was refused twice is given up, and the search climbs on."""
    period = Period(10.0)
    period.is_proven = True
    period.refused(asked(period))
    nearly = asked(period, 10.1)
    assert (period.ask, 10 < nearly < 11) == (Ask.CLIMB, True)
    period.refused(nearly)
    assert (period.good, asked(period, 10.6)) == (None, 15.0)


def test_early_ask_that_lies_in_the_past():
    """When a window was used up after the early moment, the reset is waited for."""
    period = Period(60.0, 20.0)
    assert (asked(period, 55.0), period.ask) == (60.0, Ask.RESET)


def test_length_too_short_to_be_shortened():
    """Below the shortest length that is looked for nothing is asked early."""
    period = Period(0.85)
    period.is_proven = True
    assert period.early(START) is None


@pytest.mark.parametrize(
    ("spell", "lengths"), [(5.0, [1, 2, 7, 10]), (20.0, [1, 4, 7, 10, 15]), (30.0, [1, 7, 15, 30])]
)
def test_step_that_a_spell_has_ruled_out(spell, lengths):
    """A length a little under a short spell is left out, and no other because of a long one."""
    period, now, asks = Period(), spell, []
    for _ in lengths:
        asks.append(period.next_ask(START, spell, now, Traffic()))
        period.refused(asks[-1])
        now = asks[-1] + 0.05
    assert asks == [spell + length for length in lengths]


def test_minute_that_is_tried_between_short_steps():
    """Among the first steps the server's next minute would save too little for a 429."""
    traffic = Traffic()
    traffic.heard(1080.0 - 6.0, 0.0, 0.001)
    period, now, asks = Period(), SPENT, []
    for _ in range(5):
        asks.append(asked(period, now, traffic))
        period.refused(asks[-1])
        now = asks[-1] + 0.05
    assert asks == [SPENT + length for length in LADDER[:5]]


def test_late_probe_of_a_lucky_length():
    """Where the length known before is refused as well, the search climbs on from there."""
    period = Period(60.0, 20.0)
    period.worked(asked(period), SPENT)
    period.refused(90.0)
    assert (asked(period, 90.1), period.ask) == (120.0, Ask.CLIMB)


def test_length_that_has_shrunk():
    """When the server names a moment that was too early before, that is forgotten."""
    period = Period(60.0, 50.0)
    period.told()
    period.worked(30.0, SPENT)
    assert (asked(period), period.ask) == (30.0, Ask.RESET)


def test_early_ask_that_has_proved_good():
    """An early ask that is let in twice was no luck: nothing leads back behind it."""
    period = Period(60.0, 20.0)
    period.is_proven = True
    period.worked(early := asked(period), SPENT)
    assert not period.is_proven
    period.ask = Ask.RESET
    period.worked(early, SPENT)
    assert (period.known, period.is_proven, period.doubt()) == (early, True, False)


def test_told_length_that_differs_each_time():
    """What a server tells is proven when it tells about the same twice in a row."""
    period, proven = Period(), []
    for gap in (60.5, 60.2, 30.0):
        period.told()
        period.worked(gap, SPENT)
        proven.append(period.is_proven)
    assert proven == [False, True, False]


def test_refusal_that_a_told_moment_makes_forget():
    """A server that tells in whole seconds isn't asked early where that was refused already."""
    period = Period(5.0, 4.7)
    period.told()
    period.worked(5.0, SPENT)
    assert (asked(period), period.ask) == (5.0, Ask.RESET)


def test_length_that_has_grown_a_little():
    """What is let in a little later is the length now, and nothing leads back to the shorter."""
    period = Period(10.0)
    period.refused(10.0)
    period.worked(nearly := asked(period, 10.1), SPENT)
    assert (period.known, period.doubt()) == (nearly, False)


def test_second_early_ask_in_another_pause():
    """A refused early ask leaves a proven length proven, so that the next one follows at once."""
    period = Period(120.0, 60.0)
    period.is_proven = True
    period.refused(asked(period))
    assert (asked(period, 90.1) < 120.0, period.ask, period.is_proven) == (True, Ask.EARLY, True)


def test_probe_in_the_past():
    """A step a little later than the length known isn't asked where it has passed already."""
    period = Period(10.0)
    period.refused(10.0)
    assert asked(period, 12.0) >= 12.0


def test_early_ask_that_comes_late():
    """An ask meant to come early that was sent long after the reset makes no length longer."""
    period = Period(10.0, 5.0)
    period.is_proven = True
    assert (asked(period) < 10.0, period.ask) == (True, Ask.EARLY)
    period.worked(180.0, SPENT)
    assert (period.good, period.known) == (10.0, 10.0)


def test_second_limit_that_is_taken_for_a_longer_window():
    """A far longer pause after a length seen twice is waited for, and the length stays."""
    period = Period(1.0, 0.95)
    for _ in range(2):
        period.worked(asked(period), SPENT)
    gap = SPENT
    while (gap := asked(period, gap + 0.05)) < 60.0:
        period.refused(gap)
    period.worked(gap, SPENT)
    assert period.good == 1.0
