"""Words for moments, and when they are said; time is a number."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.cli.progress import (
    Lines,
    Moment,
    Speed,
    amount,
    duration,
    facts,
    fitted,
    waiting,
)

BEGUN = Moment(total_count=3000, page_count=100)


def limited(minutes: int, per_minute: int = 60, pages: int = 1000) -> Iterator[Moment]:
    """An export under a limit that lets a minute's requests go in its first ten seconds."""
    limit = (per_minute, 60.0)
    for tenth in range(minutes * 600):
        minute, rest = divmod(tenth, 600)
        second = rest / 10
        done = min(pages, per_minute * minute + per_minute * min(100, rest) // 100)
        yield Moment(
            elapsed=tenth / 10,
            items=30 * done,
            total_count=30 * pages,
            pages=done,
            page_count=pages,
            requests=done,
            paused_for=60 - second if second > 10 else 0.0,
            waiting=8 if second > 10 else 0,
            limit=limit,
        )


def speed_of(*moments: Moment) -> Speed:
    """What these moments make it."""
    speed = Speed()
    for moment in moments:
        speed.note(moment)
    return speed


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"), (0.25, "0.2 s"), (9.4, "9.4 s"), (9.94, "10 s"), (3.0, "3 s"),
        (41.4, "41 s"), (59.6, "1 min 00 s"), (100, "1 min 40 s"), (3599.7, "1 h 00 min"),
        (93784, "26 h 03 min"), (float("inf"), "very long"), (float("nan"), "very long"),
    ],
)  # fmt: skip
def test_duration(seconds, words):
    """A time is said as people say it."""
    assert duration(seconds) == words


def test_nothing_is_known_before_the_first_answer():
    """Before the first page there is no total and no speed to tell."""
    moment = Moment(elapsed=3.0, requests=1, in_flight=1)
    assert (amount(moment), facts(moment, speed_of(moment))) == ("waiting for the first page", [])
    assert moment.fraction == 0


def test_an_empty_list_is_done():
    """A list of nothing is whole at once, and divides by nothing."""
    moment = Moment(elapsed=1.0, total_count=0, page_count=0, requests=1)
    assert moment.fraction == 1
    assert facts(moment, speed_of(moment))[0] == "finishing the file"


def test_everything_worth_telling():
    """Pages, time left, speed, rate, 429s and retries, in this order."""
    moment = replace(BEGUN, elapsed=10.0, items=1500, pages=50, requests=53, retries=1)
    assert facts(moment, speed_of(moment)) == [
        "page 50 of 100", "10 s left", "150/s", "318 requests/min", "retries: 1"
    ]  # fmt: skip


def test_a_limit_that_is_not_known_yet():
    """After a 429 nobody knows how long it takes, until a whole window was seen."""
    moment = replace(BEGUN, elapsed=10.0, items=1500, pages=50, requests=53, throttled=2)
    assert facts(moment, speed_of(moment))[1:] == ["150/s", "318 requests/min", "429s: 2"]


def test_a_known_limit_is_told_beside_what_was_used_of_it():
    """What the last minute used stands beside what a minute allows, never above it."""
    moment = replace(BEGUN, elapsed=10.0, items=900, pages=30, requests=30, limit=(60, 60.0))
    assert "30 of 60 requests/min" in facts(moment, speed_of(moment))
    other = replace(moment, limit=(10, 20.0))
    assert "30 requests/min, 10 requests per 20 s learned" in facts(other, speed_of(other))
    more = replace(moment, limit=(20, 60.0), is_learned=False)
    assert "30 requests/min, 20 requests per 1 min 00 s allowed" in facts(more, speed_of(more))


def test_used_never_exceeds_the_limit_that_is_kept():
    """A minute of a limit of 60 a minute never shows a 61st request."""
    speed = Speed()
    used = []
    for moment in limited(10):
        speed.note(moment)
        used.append(speed.requests())
    assert max(used) == 60


def test_what_an_earlier_run_left_counts_as_done():
    """Going on begins where the file stands, not at nothing; its speed is this run's own."""
    moment = replace(BEGUN, elapsed=10.0, earlier=1500, items=300, pages=10, requests=10)
    assert (moment.fraction, moment.page, amount(moment)) == (
        0.6, 59, "1,800 of 3,000 conversations"
    )  # fmt: skip
    assert "30/s" in facts(moment, speed_of(replace(moment, items=0, elapsed=0.0), moment))


def test_two_passes_are_measured_by_requests():
    """In a list that is read twice, the first pass is half of the work."""
    moment = replace(BEGUN, items=3000, pages=100, requests=103, in_flight=2, retries=1, passes=2)
    assert moment.fraction == 0.5


def test_time_left_in_the_first_burst_knows_of_the_limit():
    """Five seconds into a burst, a known limit already tells that most of it has to wait."""
    moments = [moment for moment in limited(1) if moment.elapsed <= 5]
    left = speed_of(*moments).left
    assert left is not None
    assert 15 * 60 < left < 17 * 60


def test_time_left_counts_the_pause_that_has_only_begun():
    """Ten seconds into the first minute, a thousand pages at sixty a minute take a quarter hour."""
    moments = [moment for moment in limited(1) if moment.elapsed <= 10.5]
    left = speed_of(*moments).left
    assert left is not None
    assert 15 * 60 < left < 18 * 60


def test_what_is_done_after_the_last_page():
    """With all pages there, a second reading or the making of the file goes on."""
    whole = replace(BEGUN, elapsed=0.5, items=3000, pages=100, requests=100)
    speed = speed_of(whole)
    assert facts(whole, speed) == ["finishing the file"]
    assert facts(replace(whole, passes=2, in_flight=8), speed) == ["reading again"]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (Moment(), ""),
        (Moment(paused_for=0.6, waiting=8), ""),
        (Moment(paused_for=41.0, waiting=8, in_flight=1), ""),
        (Moment(paused_for=41.0, waiting=8), "Waiting for the limit, 41 s"),
        (Moment(paused_for=41.0, refused=True, in_flight=1), "Waiting for the limit, 41 s"),
        (Moment(paused_for=None, waiting=8, in_flight=8), ""),
        (Moment(paused_for=None, refused=True), "Trying whether the limit lets go on"),
    ],
)
def test_waiting(moment, words):
    """The limit is spoken of when it holds everything up, and only then."""
    assert waiting(moment) == words


@pytest.mark.parametrize(
    ("width", "line"),
    [(80, "page 1 | 3 s left | 7/s"), (16, "page 1 | 7/s"), (6, "page 1"), (3, "7/s"), (0, "")],
)
def test_fitted(width, line):
    """What doesn't fit is left out whole, the less wanted first."""
    assert fitted(["page 1", "3 s left", "7/s"], width) == line


def test_plain_lines_are_few_and_tell_of_each_pause():
    """In ten minutes under a limit nobody is left more than ten seconds without a word."""
    lines = Lines()
    said = [(moment.elapsed, line) for moment in limited(10) for line in lines.of(moment)]
    times = [time for time, _ in said]
    assert max(b - a for a, b in pairwise(times)) <= 10.1
    assert len(said) <= 80
    assert sum("Going on after 49 s." in line for _, line in said) == 10


def test_plain_lines_of_one_minute():
    """The first page, the pause with its length, its rest every ten seconds, and the end of it."""
    lines = Lines()
    said = [line for moment in limited(2, pages=70) for line in lines.of(moment)]
    assert said[:2] == [
        "30 of 2,100 conversations, page 1 of 70.",
        (
            "1,800 of 2,100 conversations, page 60 of 70, 52 s left, 30/s, "
            "60 of 60 requests/min. Waiting for the limit, 50 s."
        ),
    ]
    assert said[5].endswith("Waiting for the limit, 10 s.")
    assert said[6] == "Going on after 49 s."


def test_a_short_pause_is_no_news():
    """Pauses of a few seconds between requests don't fill a log."""
    lines = Lines()
    moments = [
        replace(BEGUN, elapsed=n / 10, pages=1, paused_for=6 - n % 60 / 10, waiting=8)
        for n in range(600)
    ]
    assert len([line for moment in moments for line in lines.of(moment)]) <= 6


NUMBERS = st.integers(0, 10**9)
SECONDS = st.floats(0, 10**6)
MOMENTS = st.builds(
    Moment,
    elapsed=SECONDS,
    items=NUMBERS,
    earlier=NUMBERS,
    total_count=st.none() | NUMBERS,
    pages=NUMBERS,
    page_count=st.none() | NUMBERS,
    requests=NUMBERS,
    throttled=NUMBERS,
    retries=NUMBERS,
    passes=st.integers(1, 3),
    paused_for=st.none() | SECONDS,
    refused=st.booleans(),
    waiting=NUMBERS,
    in_flight=NUMBERS,
    limit=st.none() | st.tuples(st.integers(1, 10**6), st.floats(0.01, 10**5)),
)


@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_no_moment_is_too_odd_for_words(moments):
    """Whatever the numbers, there are words; shares stay within 0 and 1, no time is negative."""
    lines, speed = Lines(), Speed()
    for moment in sorted(moments, key=lambda moment: moment.elapsed):
        lines.of(moment)
        speed.note(moment)
        assert 0 <= moment.fraction <= 1
        assert speed.left is None or speed.left >= 0


def test_an_activity_is_told_of_when_it_takes_long():
    """Looking for changes is mostly over before it is worth a line; and speeds begin anew then."""
    lines = Lines()
    now = Moment(activity="looking for changes", items=60, pages=2, total_count=95, page_count=4)
    assert lines.of(replace(now, elapsed=9.9)) == []
    [line] = lines.of(replace(now, elapsed=10.1, items=90, pages=3))
    assert line.startswith("looking for changes: 90 conversations read, page 3")
    [line] = lines.of(Moment(elapsed=20.2, items=30, pages=1, total_count=95, page_count=4))
    assert line == "30 of 95 conversations, page 1 of 4."
