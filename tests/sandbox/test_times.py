"""The account's clock."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.sandbox.times import bounds, day, milliseconds, moment, stamp, zulu


def at(text):
    """Milliseconds since 1970."""
    return milliseconds(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2026-03-08T09:59:59.999+00:00", "2026-03-08T01:59:59.999-08:00"),
        ("2026-03-08T10:00:00+00:00", "2026-03-08T03:00:00.000-07:00"),
        ("2026-11-01T08:59:59.999+00:00", "2026-11-01T01:59:59.999-07:00"),
        ("2026-11-01T09:00:00+00:00", "2026-11-01T01:00:00.000-08:00"),
        ("2025-12-31T12:00:00+00:00", "2025-12-31T04:00:00.000-08:00"),
    ],
)
def test_stamp_over_the_changes_of_the_clock(utc, local):
    """Milliseconds, the account's offset, which changes twice a year, and never `Z`."""
    assert stamp(at(utc)) == local


@given(st.integers(at("2008-01-01T00:00Z"), at("2036-01-01T00:00Z")))
def test_zone_is_the_one_of_the_time_zone_database(number):
    """The two offsets written out here are right, where there is a database to compare with."""
    try:
        zone = ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        pytest.skip("no time zone database here")
    assert moment(number).utcoffset() == moment(number).astimezone(zone).utcoffset()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-31", "2026-01-31T08:00:00+00:00"),
        ("2026-07-31", "2026-07-31T07:00:00+00:00"),
        ("2026-07-31T10:00", "2026-07-31T17:00:00+00:00"),
        (" 2026-07-31T10:00:00Z ", "2026-07-31T10:00:00+00:00"),
        ("2026-07-31T10:00:00.250+05:30", "2026-07-31T04:30:00.250+00:00"),
    ],
)
def test_bounds(text, utc):
    """A bare date is midnight, and a time without offset wall time, in the account's zone."""
    assert bounds(text) == (at(utc), at(utc))


def test_bounds_finer_than_a_millisecond():
    """A lower bound is rounded up, an upper one down."""
    assert bounds("1970-01-01T00:00:00.0015Z") == (2, 1)


@pytest.mark.parametrize("junk", ["", "x", "2026-02-30", "10000-01-01", "12", "2026-01-31T25:00"])
def test_bounds_of_junk(junk):
    """None, never an error."""
    assert bounds(junk) is None


@given(st.integers(0, 4_000_000_000_000))
def test_moment_and_back(number):
    """Not a millisecond is lost."""
    assert milliseconds(moment(number)) == number
    assert moment(number).utcoffset() in (timedelta(hours=-8), timedelta(hours=-7))


def test_utc_with_a_z():
    """As staff and ratings show it."""
    assert zulu(1_775_865_600_123) == "2026-04-11T00:00:00.123Z"


def test_day_of_the_account():
    """Not that of UTC."""
    assert day(1_775_865_600_000) == date(2026, 4, 10)
