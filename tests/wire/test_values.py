"""One reader for each kind of value, whatever JSON holds in its place."""

from datetime import UTC, datetime
from math import inf, nan

import msgspec
import pytest

from reamaze_async.wire.values import (
    FIRST,
    LAST,
    amount_of,
    mark_of,
    number_of,
    text_of,
    time_of,
    truth_of,
    utc_of,
)

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01t00:00:00z",
        " 2026-01-01T01:00:00+01:00\n",
        "2026-01-01 00:00:00",
        "2026-01-01",
        "20260101T000000Z",
        "2026-W01-4",
        1767225600,
        1767225600.0,
        "1767225600",
        1767225600000,
        NEW_YEAR,
        NEW_YEAR.replace(tzinfo=None),
    ],
)
def test_time_read_as_another_or_none(given):
    """Times as text, padded, without offset, as Unix seconds or milliseconds are the same time."""
    assert time_of(given) == NEW_YEAR


@pytest.mark.parametrize(
    "given", ["", "0000-00-00", "soon", "2026-13-01", True, None, {}, [], nan, inf, 1e300, "٣"]
)
def test_time_made_of_nothing(given):
    """What isn't a time is none, last in any order, and never an error."""
    assert (time_of(given), utc_of(given), mark_of(given)) == (None, None, -inf)


def test_fraction_rounded_in_one_place_and_cut_in_another():
    """Nanoseconds become the microseconds that the strict decoder makes of them."""
    text = "2026-01-01T00:00:00.123456789Z"
    assert time_of(text) == msgspec.json.decode(f'"{text}"', type=datetime)


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ("9999-12-31T23:59:59-08:00", LAST),
        ("0001-01-01T00:00:00+08:00", FIRST),
        ("0001-01-01T00:00:00", FIRST),
    ],
)
def test_time_off_the_calendar(given, end):
    """A time that leaves the calendar in UTC is the calendar's end there, and can be sorted by."""
    assert time_of(given) is not None
    assert utc_of(given) == end
    assert mark_of(given) == end.timestamp()


@pytest.mark.parametrize("given", [2, 2.0, "2", " 2 ", "+2", "2.0", "2."])
def test_number_that_counts_for_none(given):
    """A number in quotes is the number, and so is a whole one with a point."""
    assert number_of(given) == 2


@pytest.mark.parametrize("given", [2.5, "2.5", "1_0", "٣", "", "0x2", True, None, nan, inf, [2]])
def test_number_made_of_something_else(given):
    """What is no whole number is none."""
    assert number_of(given) is None


def test_number_longer_than_python_reads():
    """Neither ten thousand digits in quotes nor a number of that many raises."""
    assert number_of("9" * 10_000) is None
    assert text_of(10**10_000) is None


@pytest.mark.parametrize(
    ("given", "truth"),
    [
        *[(value, True) for value in (True, 1, 1.0, "true", "TRUE", "1", " True ")],
        *[(value, False) for value in (False, 0, 0.0, "false", "0")],
        *[(value, None) for value in (2, "2", "", "yes", None, [], nan)],
    ],
)
def test_truth_read_two_ways(given, truth):
    """1 and 0 and the words are truths, in quotes too; nothing else is."""
    assert truth_of(given) is truth


@pytest.mark.parametrize(
    ("given", "text"), [("a", "a"), (5, "5"), (2.5, "2.5"), (True, None), (None, None), ([], None)]
)
def test_text_made_of_an_object(given, text):
    """A number's digits are a text; what is neither is none."""
    assert text_of(given) == text


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        (5, 5.0),
        (" -7.5\n", -7.5),
        ("+1e3", 1000.0),
        *((odd, None) for odd in ("nan", "Infinity", "1e999", "1_0", "\u0663", "", "5%", True, [])),
        *((odd, None) for odd in (nan, inf, 10**400)),
    ],
)
def test_amount_that_is_none(given, amount):
    """A finite number is one, also in quotes; what can't be counted with is none."""
    assert amount_of(given) == amount
