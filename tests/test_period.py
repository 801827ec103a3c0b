"""The search for the length of a window: up the ladder, down by early asks, back after luck."""

import pytest

from reamaze_async.period import LADDER, LIKELY, Ask, Period
from reamaze_async.traffic import LONGEST_ROW, Traffic

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


@pytest.mark.parametrize("true", [1.0, 4.0, 7.0, 10.0, 45.0, 60.0, 100.0, 600.0])
def test_length_that_is_not_found(true):
    """After a dozen windows the length is known to a quarter, and never taken for shorter."""
    period = found(true)
    assert period.good is not None
    assert true <= period.good + SPENT <= 1.31 * true + 2 * SPENT


@pytest.mark.parametrize("true", LIKELY[:4])
def test_likely_length_that_is_proven_again_and_again(true):
    """A length that people choose is asked early at most twice, then left in peace."""
    period = found(true, windows=8)
    assert period.early(START) is None


@pytest.mark.parametrize("minute", [None, 3.0, 23.0])
@pytest.mark.parametrize("wave", range(1, 9))
def test_search_that_makes_a_storm(wave, minute):
    """Up to the minute no more is asked than the wave has left over, and once at least."""
    traffic, period, now, asks = Traffic(), Period(), SPENT, []
    if minute:
        traffic.heard(1080.0 - minute, 0.0, 0.001)
    for _ in range(wave):
        traffic.refused()
    while (gap := asked(period, now, traffic)) < 60.0:
        asks.append(gap)
        period.refused(gap)
        traffic.refused()
        now = gap + 0.05
    assert 1 <= len(asks) <= max(1, LONGEST_ROW - wave)
    assert gap == 60.0 + SPENT


@pytest.mark.parametrize("wave", [1, 4, 8])
def test_step_beyond_the_minute_that_is_left_out(wave):
    """A window of five minutes is not waited for as one of ten, however long the row is."""
    traffic, period, now, gap = Traffic(), Period(), SPENT, 0.0
    traffic.row = wave
    while gap < 299.0:
        gap = asked(period, now, traffic)
        period.refused(gap)
        traffic.refused()
        now = gap + 0.05
    assert gap < 310.0


def test_step_left_out_that_is_never_made_up_for():
    """Where steps were left out, the one between is asked in the very next window."""
    period = Period()
    period.ask, period.bad, period.good = Ask.CLIMB, 1.5, 10.0
    assert (asked(period), period.ask) == (4.0, Ask.EARLY)


def test_first_step_that_was_long_enough():
    """Where nothing was ever refused, a shorter length is looked for as well."""
    period = Period()
    period.worked(4.0, SPENT)
    assert (asked(period), period.ask) == (1.0, Ask.EARLY)


def test_minute_that_is_not_tried():
    """Where nothing is known the server's next minute is asked, between two steps."""
    traffic = Traffic()
    traffic.heard(1020.0 + 37.0, 0.0, 0.01)  # 23 s to the minute
    period, now, asks = Period(), SPENT, []
    for _ in range(6):
        asks.append(gap := asked(period, now, traffic))
        period.refused(gap)
        now = gap + 0.05
    assert [gap for gap in asks if 22 <= gap <= 24.1]
    assert asks == sorted(asks)


def test_early_ask_that_is_repeated():
    """In one pause the server is asked early once at most."""
    period = Period()
    period.good, period.bad, period.is_proven = 60.0, 20.0, True
    gap = asked(period)
    assert (period.ask, 20 < gap < 60) == (Ask.EARLY, True)
    period.refused(gap)
    assert (asked(period, gap + 0.1), period.ask) == (60.0, Ask.RESET)


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
    period = Period()
    period.good, period.bad, period.is_proven = 60.0, 20.0, True
    period.worked(asked(period), SPENT)
    assert period.good < 60.0
    assert period.doubt()
    assert (period.good, period.bad > 20.0, period.doubt()) == (60.0, True, False)


def test_lucky_early_ask_found_out_by_a_probe():
    """The same when the next reset comes later than the lucky length says."""
    period = Period()
    period.good, period.bad, period.is_proven = 60.0, 20.0, True
    period.worked(asked(period), SPENT)
    period.refused(asked(period))
    assert period.good == 60.0


def test_length_that_has_grown():
    """A length that was refused twice is given up, and the search climbs on."""
    period = Period()
    period.good, period.is_proven = 10.0, True
    period.refused(asked(period))
    nearly = asked(period, 10.1)
    assert (period.ask, 10 < nearly < 11) == (Ask.CLIMB, True)
    period.refused(nearly)
    assert (period.good, asked(period, 10.6)) == (None, 30.0 + SPENT)
