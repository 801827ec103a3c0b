"""A limit that comes back at once: a window spent exactly, and a rest until the next."""

from math import inf

import pytest

from reamaze_async.limits.server_timing import Traffic
from reamaze_async.limits.throttle import Permit
from reamaze_async.limits.window_length import Ask, Period
from reamaze_async.limits.window_model import LONGEST_LOG, MOST_BETWEEN_TESTS, Windows

LATENCY = 0.2


class Player:
    """Plays a caller with one request at a time, against a server told what to answer."""

    def __init__(self, allowance: int | None = None) -> None:
        self.traffic = Traffic()
        self.windows = Windows(self.traffic, allowance)
        self.now = 0.0

    def begin(self, *, is_probe: bool = False) -> Permit:
        """Begin a request now."""
        self.traffic.under_way += 1
        turn = Permit("GET /conversations", self.now)
        self.windows.began(turn, is_probe=is_probe)
        return turn

    def let_in(self, number: int = 1) -> float | None:
        """Send so many, all let in; until when to rest, as said after the last."""
        rest = None
        for _ in range(number):
            turn = self.begin()
            self.now += LATENCY
            self.traffic.under_way -= 1
            self.traffic.let_in(turn.began, self.now)
            self.windows.let_in(turn, self.now)
            rest = self.windows.rest(self.now)
        return rest

    def refused(self) -> float:
        """Send one that is refused; when to ask again."""
        turn = self.begin()
        self.now += LATENCY
        self.traffic.under_way -= 1
        return self.windows.refused(turn, self.now)

    def probe(self, at: float, *, let_in: bool = True) -> float | None:
        """Ask at that time."""
        self.now = at
        turn = self.begin(is_probe=True)
        self.now += LATENCY
        self.traffic.under_way -= 1
        if not let_in:
            return self.windows.still_refused(turn, self.now)
        rate = self.windows.opened(turn, self.now)
        self.windows.let_in(turn, self.now)
        return rate

    def delay(self) -> float:
        """How long the next waits."""
        return self.windows.delay(self.now)


def learned(allowance: int = 10, period: float = 60.0) -> Player:
    """A player who has seen two windows to their ends and is in the third, after its probe."""
    player = Player()
    player.let_in(allowance)
    due = player.refused()
    while due < period:
        due = player.probe(due, let_in=False) or 0.0
    player.probe(due)
    player.windows.period.bad = 0.9 * period  # no early asks
    assert player.let_in(allowance - 1) is None
    player.probe(player.refused())
    return player


def test_limit_that_is_not_there():
    """While nothing was refused nothing is held back and nobody rests."""
    player = Player()
    assert (player.let_in(500), player.delay()) == (None, 0.0)


def test_window_that_is_overspent():
    """After the count of one window the next ones hold as many, and then all rest."""
    player = learned(10)
    assert player.windows.allowance == 10
    rest = player.let_in(9)
    assert rest is not None
    assert 35 < rest - player.now < 60
    assert player.delay() > 55


def test_wave_behind_an_unproven_probe():
    """Until a period is proven, no more are under way than were let in since the gate opened."""
    player = Player()
    player.let_in(20)
    player.probe(player.refused())
    player.begin()
    assert player.delay() == 0.0
    player.begin()
    assert player.delay() == inf


def test_first_count_that_is_what_others_had_left():
    """The first count of all is tested in the very next window, and a higher one believed."""
    player = Player()
    player.let_in(4)
    player.probe(player.refused() + 60.0)
    assert (player.windows.allowance, player.let_in(3), player.delay()) == (4, None, 0.0)
    player.let_in(56)
    player.probe(player.refused())
    assert player.windows.allowance == 60


def test_first_count_and_first_reset_that_say_nothing():
    """A test of the first count that outlasts the first period goes on, ever wider."""
    player = Player()
    player.let_in(4)
    player.probe(player.refused())
    assert player.let_in(30) is None
    turns = [player.begin() for _ in range(6)]
    assert (len(turns), player.delay()) == (6, 0.0)


def test_window_that_others_had_used_up():
    """A refusal of the first request of all says nothing of the kind of limit."""
    player = Player()
    assert player.probe(player.refused()) is None
    assert player.delay() == 0.0


@pytest.mark.parametrize(
    ("allowance", "tested"),
    [(10, [5, 11, 17, 24, 31]), (60, [2, 5, 8, 12, 16, 21, 26])],
)
def test_test_that_comes_too_often(allowance, tested):
    """One more than the allowance is sent in every second window, then ever more seldom."""
    player, tests = learned(allowance), []
    for window in range(1, tested[-1] + 1):
        rest = player.let_in(allowance - 1)
        tests += [window] * (rest is None)
        player.probe(player.refused() if rest is None else rest)
    assert tests == tested


def test_probe_that_says_as_much_as_a_test():
    """Where a probe came too early there was no more to be had, and the next test is put off."""
    player = learned(60)
    player.windows._since_test = 100.0
    rest = player.let_in(59) or 0.0
    player.probe(player.probe(rest, let_in=False) or 0.0)
    assert player.let_in(59) is not None


def test_window_that_began_without_a_probe():
    """A test in a window that followed the last one at once counts what that window held."""
    player = Player(allowance=4)
    player.windows.period.good = 1.0
    player.let_in(9)
    player.windows._since_test = MOST_BETWEEN_TESTS
    player.begin()
    assert (player.windows._extra, player.windows._count) == (0, 5)


@pytest.mark.parametrize(("lower", "expected"), [(9, 9), (6, 6)])
def test_limit_that_was_lowered(lower, expected):
    """A window refused before its end lowers the allowance to what it held."""
    player = learned(10)
    player.let_in(lower - 1)
    player.probe(player.refused())
    assert player.windows.allowance == expected


def test_limit_that_was_raised():
    """A much higher count is believed when it is seen in two windows."""
    player = learned(10)
    player.windows._since_test = MOST_BETWEEN_TESTS
    for allowance in (10, 30):
        player.windows._since_test = MOST_BETWEEN_TESTS
        player.let_in(29)
        player.probe(player.refused())
        assert player.windows.allowance == allowance


def test_stub_that_is_taken_for_a_window():
    """A refusal long before the end asks again soon, and leaves the allowance alone."""
    player = learned(10)
    player.let_in(2)
    due = player.refused()
    assert (player.windows.period.ask, due - player.now) == (Ask.STUB, 1.0)
    player.probe(due)
    assert player.windows.allowance == 10


def test_stub_that_keeps_everybody_waiting():
    """When two short asks are refused too, it was a window after all: wait for its reset."""
    player = learned(10)
    start = player.now
    player.let_in(2)
    due = player.refused()
    due = player.probe(due, let_in=False) or 0.0
    due = player.probe(due, let_in=False) or 0.0
    assert 55 < due - start < 61


@pytest.mark.parametrize(("held", "good"), [(9, 60.0), (6, 70.0)])
def test_early_ask_that_another_client_makes_look_lucky(held, good):
    """A window nearly full is no shorter than was learned; one that is not was begun too early."""
    player = learned(10)
    player.windows.period._before = 70.0
    player.let_in(held - 1)
    player.refused()
    assert player.windows.period.good == good


def test_bucket_that_is_taken_for_windows():
    """Three stubs in a row tell the rate of an even pace."""
    player = Player()
    player.let_in(20)
    player.probe(player.refused())
    for _ in range(3):
        assert player.windows.even_rate() is None
        player.let_in(1)
        due = player.refused()
        if player.windows.even_rate() is None:
            player.probe(due)
    assert player.windows.even_rate() == pytest.approx(2 / 1.4, rel=0.2)


def test_stubs_that_are_far_apart():
    """Stubs with a whole window between them are no bucket."""
    player = learned(10)
    for number in range(4):
        player.let_in(2)
        player.probe(player.refused())
        player.let_in(7)
        due = player.refused()
        assert player.windows.even_rate() is None, number
        player.probe(due)


def test_limit_that_is_barely_reached():
    """A pause much shorter than the time before it, twice: better an even pace."""
    player = Player()
    player.let_in(203)
    assert player.probe(player.refused()) is None
    player.let_in(203)
    rate = player.probe(player.refused())
    assert rate == pytest.approx(1 / LATENCY, rel=0.1)


def test_slot_that_came_free_in_between():
    """An earlier moment named by the server is no shorter period, once that is known."""
    player = learned(10)
    player.let_in(7)
    player.refused()
    player.windows.told()
    player.probe(player.now + 5.0)
    assert (player.windows.allowance, player.windows.period.good) == (10, 60.0)


def test_count_of_a_test_that_is_lost():
    """What a test has found counts, also where a slot that came free ends the pause."""
    player = learned(10)
    player.windows._since_test = MOST_BETWEEN_TESTS
    player.let_in(11)
    player.refused()
    player.windows.told()
    player.probe(player.now + 5.0)
    assert (player.windows.allowance, player.windows.period.good) == (12, 60.0)


def test_reset_that_comes_within_the_rounding():
    """A window that a server called a second longer than it is has reset, and is counted anew."""
    player = learned(10)
    player.windows.period.good, player.windows.period.bad = 8.0, 6.0
    player.let_in(7)
    player.refused()
    player.windows.told()
    player.probe(player.windows._origin + 7.0)
    assert player.windows.period.good == pytest.approx(7.1)


def test_test_over_a_reset_that_is_taken_for_one_window():
    """After a long test the next reset is waited for from its end, for it may have had one."""
    player = learned(10)
    player.windows._since_test = MOST_BETWEEN_TESTS
    player.let_in(15)
    spent = player.now
    assert player.refused() >= spent + 0.8 * 60.0


def test_test_that_lasts_into_the_next_window():
    """A test that found no end before the reset leaves the allowance as it was."""
    player = learned(10)
    player.windows._since_test = MOST_BETWEEN_TESTS
    player.let_in(9)
    assert player.delay() == 0.0
    player.let_in(1)
    player.now += 60.0
    player.let_in(3)
    assert (player.windows.allowance, player.windows._extra) == (10, None)


def test_first_test_that_gains_speed_too_slowly():
    """The test of a first count allows as many at a time as it has found, however long it is."""
    player = Player()
    player.let_in(4)
    player.probe(player.refused())
    player.let_in(63)
    for _ in range(40):
        player.begin()
    assert player.delay() == 0.0


def test_first_count_that_is_tested_from_too_late():
    """The test of a first count counts from the probe, for that period may be too short."""
    player = Player()
    player.let_in(4)
    player.probe(player.refused())
    player.now += 3.0
    player.let_in(4)
    player.begin()
    assert (player.windows._extra, player.windows._count) == (0, 5)


def test_test_in_a_later_window_that_ends_at_once():
    """A test in a window that followed the last one at once lasts until the end of that one."""
    player = Player(allowance=4)
    player.windows.period.good = 1.0
    player.let_in(9)
    player.windows._since_test = MOST_BETWEEN_TESTS
    player.let_in(1)
    assert player.windows._extra == 1


def test_test_that_is_sent_with_others():
    """A test begins when nothing is under way."""
    player = Player(allowance=4)
    player.windows.period.good = 1.0
    player.let_in(9)
    player.now += 1.0
    for _ in range(4):
        player.begin()
    player.windows._since_test = MOST_BETWEEN_TESTS
    assert player.delay() == inf


def test_wave_that_is_held_back_for_ever():
    """Once the period is proven, all that a window holds begins behind its probe."""
    player = learned(10)
    player.now += 2.0
    for _ in range(5):
        player.begin()
    assert player.delay() == 0.0


@pytest.mark.parametrize("held", [60, 30])
def test_tests_that_stay_rare(held):
    """When a test or a refusal has found another limit, the next tests come soon again."""
    player = learned(60)
    player.windows._vain_tests, player.windows._since_test = 9, inf if held > 59 else 0.0
    player.let_in(held)
    player.refused()
    assert player.windows._between_tests() == pytest.approx(1.9 * 60)


@pytest.mark.parametrize("held", [9, 6])
def test_test_over_a_reset_that_is_counted_as_one_window(held):
    """The window that follows is counted from the reset on, and its count is believed again."""
    player = learned(10)
    player.windows._since_test = MOST_BETWEEN_TESTS
    player.let_in(10)
    player.now += 60.0
    player.let_in(held)
    assert (player.windows._count, player.windows._start) == (held, player.windows._arrivals[-held])
    player.probe(player.refused())
    assert not player.windows._is_cut


def test_far_higher_limit_that_has_no_end():
    """A test that found half as much again before the reset is a sign, to be seen twice."""
    player = learned(10)
    player.windows._since_test = MOST_BETWEEN_TESTS
    player.let_in(15)
    player.now += 60.0
    player.let_in(1)
    assert (player.windows.allowance, player.windows._more) == (10, 17)


def test_bucket_whose_stubs_add_up_to_a_window():
    """As long as nothing but stubs was seen, the server is asked soon, not a period later."""
    player = Player()
    player.let_in(20)
    player.probe(player.refused() + 60.0)
    player.let_in(4)
    player.probe(player.refused())
    player.let_in(8)
    due = player.refused()
    for _ in range(3):
        due = player.probe(due, let_in=False) or 0.0
    assert (player.windows.period.ask, due - player.now) == (Ask.STUB, pytest.approx(15.625))


def test_stub_that_outlasts_the_period():
    """When the period is over and the server still refuses, it isn't asked at once again."""
    player = learned(10)
    player.windows.period.good = 4.0
    player.let_in(2)
    due = player.refused()
    for _ in range(2):
        due = player.probe(due, let_in=False) or 0.0
    assert due > player.now


def test_stub_that_proves_a_window_and_is_asked_on_as_a_stub():
    """Once a stub is taken for a window, the next ask is for its reset."""
    player = learned(10)
    player.let_in(2)
    due = player.refused()
    for _ in range(2):
        due = player.probe(due, let_in=False) or 0.0
    assert player.windows.period.ask is Ask.RESET


def test_memory_that_grows_without_end():
    """However fast requests are let in, no more than the longest log is kept."""
    windows = Player().windows
    for _ in range(LONGEST_LOG + 5):
        windows.let_in(Permit("GET /conversations", 0.0), 0.0)
    assert len(windows._arrivals) == LONGEST_LOG


@pytest.mark.parametrize(
    ("bad", "proven", "rests"), [(2.9, True, False), (2.9, False, True), (1.0, True, True)]
)
def test_short_rest_behind_which_nothing_is_asked(bad, proven, rests):
    """Before a short rest the gate stays open, unless its length is unproven or worth an ask."""
    player = Player(4)
    player.windows.period = Period(3.0, bad)
    player.windows.period.is_proven = proven
    assert (player.let_in(4) is not None) == rests


def test_short_find_that_costs_a_period():
    """A slow window whose test found little has had no reset: the next is due by its start."""
    player = learned(100)
    player.windows._since_test = MOST_BETWEEN_TESTS
    start = player.now
    player.let_in(100)
    assert player.refused() < start + 61.0


def test_early_ask_that_a_wave_makes_look_lucky():
    """What is under way at a refusal is counted as let in before the length is doubted."""
    player = learned(10)
    player.windows.period._before = 70.0
    player.let_in(5)
    for _ in range(3):
        player.begin()
    player.refused()
    assert player.windows.period.good == 60.0


def test_second_look_that_an_early_probe_puts_off():
    """A much higher count seen once is looked for again in the next window, whatever the probe."""
    player = learned(10)
    player.windows._since_test = MOST_BETWEEN_TESTS
    player.let_in(29)
    player.probe(player.refused())
    player.let_in(9)
    player.windows.still_refused(Permit("GET /conversations", player.now), player.now)
    assert player.windows._since_test == inf


def test_probe_that_says_nothing_of_the_count():
    """A probe that came too early after a window not full puts no test off."""
    player = learned(60)
    player.windows._since_test = 100.0
    player.let_in(40)
    player.probe(player.refused(), let_in=False)
    assert player.windows._since_test > 100.0


def test_count_of_several_short_windows():
    """Where windows followed each other at once, a refusal counts what the last one held."""
    player = Player(allowance=4)
    player.windows.period.good = 1.0
    player.let_in(9)
    player.probe(player.refused() + 1.0)
    assert player.windows.allowance == 5


def test_reset_a_little_early_that_is_taken_for_a_free_slot():
    """A told moment a little before a known length is the reset, even where that was refused."""
    player = learned(10)
    player.windows.period.bad = 59.0
    player.let_in(7)
    player.refused()
    player.windows.told()
    player.probe(player.windows._origin + 56.0)
    assert player.windows.period.good == pytest.approx(56.1)


def test_higher_count_that_is_remembered_for_ever():
    """A much higher count that was believed makes no later one more credible."""
    player = learned(10)
    for _ in range(2):
        player.windows._since_test = MOST_BETWEEN_TESTS
        player.let_in(29)
        player.probe(player.refused())
    assert (player.windows.allowance, player.windows._more) == (30, None)


def test_large_window_that_is_seldom_tested():
    """Tests are so many requests apart at least and at most, whatever a window holds."""
    between = [Player(allowance).windows._between_tests() for allowance in (4, 60, 500)]
    assert between == [50.0, pytest.approx(114.0), MOST_BETWEEN_TESTS]


def test_request_that_is_due_in_the_past():
    """Answers that overtake each other make no delay negative, which the state would show."""
    player = Player(allowance=2)
    player.windows.period.good = 3.0
    player.now = 10.0
    for began, ended in ((7.0, 11.0), (6.0, 8.0)):
        player.windows.let_in(Permit("GET /conversations", began), ended)
    assert player.delay() >= 0.0
