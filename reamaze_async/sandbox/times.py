"""The account's clock: milliseconds since 1970 inside, ISO 8601 with the account's offset outside.

The account lives by United States Pacific time, as the examples of the API reference do. The two
offsets are written out here because a bare machine may carry no time zone database.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
HOUR = 3_600_000
"""In milliseconds."""
STANDARD = timezone(timedelta(hours=-8))
SUMMER = timezone(timedelta(hours=-7))


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment, rounded down."""
    return (moment - EPOCH) // MILLISECOND


def moment(at: int) -> datetime:
    """The aware moment, in the account's zone, of `at` milliseconds since 1970."""
    utc = EPOCH + at * MILLISECOND
    return utc.astimezone(SUMMER if _is_summer(at, utc.year) else STANDARD)


def stamp(at: int) -> str:
    """A timestamp as the API writes it: milliseconds and an offset, never `Z` (documented)."""
    return moment(at).isoformat(timespec="milliseconds")


def zulu(at: int) -> str:
    """A timestamp as staff and ratings show it: in UTC, with a `Z` (documented by example)."""
    return (EPOCH + at * MILLISECOND).isoformat(timespec="milliseconds")[:-6] + "Z"


def day(at: int) -> date:
    """The day, in the account's zone."""
    return moment(at).date()


def bounds(text: str) -> tuple[int, int] | None:
    """What a date parameter means as a lower and as an upper bound, in milliseconds.

    The two differ only when the text is finer than a millisecond. A bare date is midnight, and a
    time without offset is wall time, in the account's zone (guess). Junk is None (guess: the
    parameter is then ignored).
    """
    try:
        given = datetime.fromisoformat(text.strip())
        aware = given if given.tzinfo else _localise(given)
        lower = -((EPOCH - aware) // MILLISECOND)
    except (ValueError, OverflowError):
        return None
    return lower, milliseconds(aware)


def _localise(wall: datetime) -> datetime:
    standard = wall.replace(tzinfo=STANDARD)
    summer = _is_summer(milliseconds(standard), wall.year)
    return wall.replace(tzinfo=SUMMER) if summer else standard


def _is_summer(at: int, year: int) -> bool:
    first, last = _summer(year)
    return first <= at < last


@cache
def _summer(year: int) -> tuple[int, int]:
    """From 2:00 on the second Sunday of March to 2:00 on the first Sunday of November."""
    begin, end = _sunday(year, 3, 8), _sunday(year, 11, 1)
    return (
        milliseconds(datetime(year, 3, begin, 2, tzinfo=STANDARD)),
        milliseconds(datetime(year, 11, end, 2, tzinfo=SUMMER)),
    )


def _sunday(year: int, month: int, day: int) -> int:
    return day + (6 - date(year, month, day).weekday()) % 7
