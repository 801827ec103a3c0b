"""What may be asked: every refusal by its sentence, every acceptance by what is sent."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async import InvalidParameter, Origin, Status
from reamaze_async.wire import parameters as p

PACIFIC = ZoneInfo("America/Los_Angeles")
HUGE = 10**400


def sent(**conditions: Any) -> list[tuple[str, str]]:
    """The query of a listing of conversations."""
    return p.query(p.CONVERSATIONS, conditions)


pytestmark = pytest.mark.usefixtures("new_york")


class Nowhere(tzinfo):
    """A zone that doesn't know its offset, which makes a datetime naive."""

    def utcoffset(self, when: datetime | None) -> None:
        return None


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> Iterator[ZoneInfo]:
    """The machine stands in the zone that the test names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield ZoneInfo(request.param)
    time.tzset()


# --- what is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "query"),
    [
        ({"filter": "all"}, [("filter", "all")]),
        ({"for_": "ana@example.com"}, [("for", "ana@example.com")]),
        ({"for_id": "u-1"}, [("for_id", "u-1")]),
        ({"for_id": 17}, [("for_id", "17")]),
        ({"sort": "changed"}, [("sort", "changed")]),
        ({"tag": "vip"}, [("tag", "vip")]),
        ({"tag": ["vip", " late "]}, [("tag", "vip,late")]),
        ({"tag": ("vip",)}, [("tag", "vip")]),
        ({"category": "support"}, [("category", "support")]),
        ({"origin": Origin.EMAIL}, [("origin", "1")]),
        ({"origin": Origin(77)}, [("origin", "77")]),
        ({"origin": 0}, [("origin", "0")]),
        ({"origin": "email"}, [("origin", "1")]),
        ({"origin": "77"}, [("origin", "77")]),
        ({"origin": "Contact-Form"}, [("origin", "17")]),
        ({"origin": str(Origin.STAFF_OUTBOUND)}, [("origin", "16")]),
        ({"start_date": date(2026, 1, 31)}, [("start_date", "2026-01-31T00:00:00.000-05:00")]),
        ({"end_date": "2026-01-31"}, [("end_date", "2026-01-31T23:59:59.999-05:00")]),
        ({"end_date": date(2026, 7, 4)}, [("end_date", "2026-07-04T23:59:59.999-04:00")]),
        ({"end_date": " 2026-01-31T10:00:00Z "}, [("end_date", "2026-01-31T10:00:00Z")]),
        ({"end_date": "2026-01-31T10:00:00"}, [("end_date", "2026-01-31T10:00:00.000-05:00")]),
        ({"end_date": "2026-01-31 10:00+01:00"}, [("end_date", "2026-01-31 10:00+01:00")]),
        ({"end_date": "2026-W05-6"}, [("end_date", "2026-01-31T23:59:59.999-05:00")]),
        ({"end_date": "20260131T10Z"}, [("end_date", "2026-01-31T10:00:00.000+00:00")]),
        ({"end_date": "2026-01-31x10:00"}, [("end_date", "2026-01-31T10:00:00.000-05:00")]),
        (
            {"start_date": datetime(2026, 7, 1, 8, tzinfo=PACIFIC)},
            [("start_date", "2026-07-01T08:00:00-07:00")],
        ),
    ],
)
def test_condition_sent_under_another_name_or_value(
    conditions: Mapping[str, Any], query: list[tuple[str, str]]
) -> None:
    """Each condition is sent under the API's own name, as the contract's table says."""
    assert sent(**conditions) == query


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        ("Asia/Beirut", "2026-03-29", "01:00:00+03:00", "23:59:59.999000+03:00"),
        ("America/Sao_Paulo", "2018-02-17", "00:00:00-02:00", "23:59:59.999000-03:00"),
        ("America/Nuuk", "2026-03-28", "00:00:00-02:00", "22:59:59.999000-02:00"),
        ("America/Havana", "2026-11-01", "00:00:00-04:00", "23:59:59.999000-05:00"),
    ],
    indirect=["zone"],
)
def test_day_whose_midnight_is_skipped_or_comes_twice(
    zone: ZoneInfo, day: str, first: str, last: str
) -> None:
    """A bare date is that whole day, and nothing of its neighbours."""
    query = dict(sent(start_date=day, end_date=date.fromisoformat(day)))
    moments = [datetime.fromisoformat(query[name]) for name in ("start_date", "end_date")]
    assert [moment.isoformat() for moment in moments] == [f"{day}T{first}", f"{day}T{last}"]
    assert [moment.astimezone(zone).isoformat() for moment in moments] == [
        moment.isoformat() for moment in moments
    ]


@pytest.mark.parametrize("zone", ["Europe/Berlin"], indirect=True)
def test_time_that_the_clocks_skip(zone: ZoneInfo) -> None:
    """It is as long after the hour before as `zoneinfo` takes it to be."""
    given = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001 - its zone is the machine's
    [(_, query)] = sent(start_date=given.isoformat())
    assert datetime.fromisoformat(query).timestamp() == given.replace(tzinfo=zone).timestamp()


def test_custom_field_sent_changed():
    """Custom fields go one by one under `data[key]`, to the letter, numbers as text."""
    query = sent(data={"order": 10442, "(shop) Total spent": "5 € ", "ratio": 0.5})
    assert query == [
        ("data[order]", "10442"),
        ("data[(shop) Total spent]", "5 € "),
        ("data[ratio]", "0.5"),
    ]


def test_condition_left_out_but_sent():
    """None means not given: nothing is sent for it."""
    assert sent(filter=None, tag=None, data=None, start_date=None, end_date=None) == []


def test_all_conditions_at_once_lose_one():
    """Conditions narrow each other, so all that are given are sent."""
    query = sent(filter="open", sort="updated", tag="a", origin=1, start_date="2026-01-01")
    assert [name for name, _ in query] == ["filter", "sort", "tag", "origin", "start_date"]


# --- what is refused -----------------------------------------------------------------------------

NAIVE = datetime(2026, 1, 31, tzinfo=UTC).replace(tzinfo=None)

EMPTY = "is empty: give it a value."
NO_STRING = "must be a string."
CONTROL = "holds control characters: remove them."
HALF = "holds half of a surrogate pair, which no UTF-8 can hold: remove it."
NO_FILTER = "is unknown: use one of 'archived', 'open', 'unassigned', 'all'."
NO_SORT = "is unknown: use one of 'updated', 'changed'."
NO_TAGS = "must be a tag or a sequence of tags."
COMMA = "holds a comma, which separates tags: for several give a sequence, ['a', 'b']."
NO_ORIGIN = "must be an Origin, such as Origin.EMAIL, its name or number."
NO_WORD = (
    "is unknown: use a number, or one of "
    + ", ".join(word.lower().replace("_", "-") for word in Origin.__members__)
    + "."
)
NO_MAPPING = "must be a mapping with at least one key."
BRACKET = "holds a bracket, which the server would misread: it can't be asked for."
NO_ZONE = "has no time zone: give it one, such as tzinfo=UTC."
NO_ISO = "is no ISO 8601 date or time: 2026-01-31 is one."
NO_DATE = "must be an aware datetime, a date or an ISO 8601 string."


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("filter", "Open", NO_FILTER),
        ("filter", "", NO_FILTER),
        ("filter", 1, NO_FILTER),
        ("sort", "created", NO_SORT),
        ("sort", ["changed"], NO_SORT),
        ("for_", "", EMPTY),
        ("for_", " \t", EMPTY),
        ("for_", 5, NO_STRING),
        ("for_", b"ana@example.com", NO_STRING),
        ("for_", "a\nb", CONTROL),
        ("for_", "a\x7fb", CONTROL),
        ("for_", "a\ud800b", HALF),
        ("for_id", True, NO_STRING),
        ("for_id", 1.5, NO_STRING),
        ("for_id", "", EMPTY),
        ("tag", "", EMPTY),
        ("tag", "a, b", COMMA),
        ("tag", [], NO_TAGS),
        ("tag", 1, NO_TAGS),
        ("tag", b"vip", NO_TAGS),
        ("tag", {"unordered"}, NO_TAGS),
        ("category", "", EMPTY),
        ("category", ["support"], NO_STRING),
        ("origin", -1, NO_ORIGIN),
        ("origin", True, NO_ORIGIN),
        ("origin", 1.0, NO_ORIGIN),
        ("origin", "", NO_WORD),
        ("origin", "e-mail", NO_WORD),
        ("origin", Status.SPAM, NO_ORIGIN),
        ("data", {}, NO_MAPPING),
        ("data", [("a", "b")], NO_MAPPING),
        ("data", "a=b", NO_MAPPING),
        ("start_date", NAIVE, NO_ZONE),
        ("start_date", "", EMPTY),
        ("start_date", "yesterday", NO_ISO),
        ("start_date", "31.01.2026", NO_ISO),
        ("end_date", "2026-02-30", NO_ISO),
        ("end_date", 1769817600, NO_DATE),
        ("end_date", timedelta(days=1), NO_DATE),
    ],
)
def test_bad_condition_accepted(name: str, value: Any, why: str) -> None:
    """What would be refused or misread is refused here: the value by name, and the remedy."""
    with pytest.raises(InvalidParameter) as caught:
        sent(**{name: value})
    assert str(caught.value) == f"{name}={value!r} {why}"


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"tag": ["vip", ""]}, f"tag='' {EMPTY}"),
        ({"tag": ["vip", 1]}, f"tag=1 {NO_STRING}"),
        ({"tag": ["vip", "a,b"]}, f"tag='a,b' {COMMA}"),
        ({"data": {"": "x"}}, f"data key='' {EMPTY}"),
        ({"data": {"  ": "x"}}, f"data key='  ' {EMPTY}"),
        ({"data": {1: "x"}}, f"data key=1 {NO_STRING}"),
        ({"data": {"a[": "x"}}, f"data key='a[' {BRACKET}"),
        ({"data": {"]b": "x"}}, f"data key=']b' {BRACKET}"),
        ({"data": {"a": ""}}, f"data['a']='' {EMPTY}"),
        ({"data": {"a": None}}, f"data['a']=None {NO_STRING}"),
        ({"data": {"a": float("nan")}}, f"data['a']=nan {NO_STRING}"),
        ({"data": {"a": True}}, f"data['a']=True {NO_STRING}"),
        ({"data": {"a": ["x"]}}, f"data['a']=['x'] {NO_STRING}"),
    ],
)
def test_bad_part_of_a_condition_accepted(conditions: Mapping[str, Any], message: str) -> None:
    """Of a value with parts, the part that is wrong is named."""
    with pytest.raises(InvalidParameter) as caught:
        sent(**conditions)
    assert str(caught.value) == message


def test_naive_datetime_in_disguise():
    """A zone that doesn't know its offset makes no moment of a clock's face."""
    with pytest.raises(InvalidParameter, match=r"^end_date=.* has no time zone: give it one"):
        sent(end_date=NAIVE.replace(tzinfo=Nowhere()))


def test_misspelt_condition_silently_dropped():
    """A name that isn't a parameter is an error, as for any function: never a wider answer."""
    with pytest.raises(TypeError, match=r"^unexpected parameter: fitler$"):
        sent(fitler="open")


def test_refusal_as_long_as_the_value():
    """However long a value is, the message stays readable."""
    with pytest.raises(InvalidParameter) as caught:
        sent(filter="x" * 100_000)
    assert len(str(caught.value)) < 300


def test_invalid_parameter_that_is_no_value_error():
    """Whoever expects a ValueError for a bad value gets one."""
    with pytest.raises(ValueError, match="filter='Open'"):
        sent(filter="Open")


# --- start and end -------------------------------------------------------------------------------

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NEW_YEAR, NEW_YEAR - timedelta(microseconds=1)),
        (date(2026, 1, 2), date(2026, 1, 1)),
        ("2026-01-02", "2026-01-01"),
        ("2026-01-01T00:00:01", "2026-01-01T00:00:00"),
        (date(2026, 1, 2), "2026-01-01"),
        (date(2026, 1, 2), NEW_YEAR),
        (NEW_YEAR + timedelta(days=2), date(2026, 1, 1)),
        (datetime(2026, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, 30, tzinfo=timezone.max)),
        (date.max, NEW_YEAR),
        (date(2026, 1, 1), NEW_YEAR + timedelta(hours=5, seconds=-1)),
    ],
)
def test_start_after_end_accepted(start: Any, end: Any) -> None:
    """A start after the end can match nothing: it is refused, both are named."""
    with pytest.raises(
        InvalidParameter, match=r"^start_date=.* is after the end, .*: exchange them\."
    ):
        sent(start_date=start, end_date=end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NEW_YEAR, NEW_YEAR),
        (date(2026, 1, 1), date(2026, 1, 1)),
        ("2026-01-01T12:00:00", "2026-01-01"),
        (NEW_YEAR + timedelta(hours=28), date(2026, 1, 1)),
        (datetime(2026, 1, 1, 2, tzinfo=timezone.max), datetime(2026, 1, 1, 1, tzinfo=UTC)),
        (date.min, date.max),
        (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=timezone.min)),
    ],
)
def test_sound_range_refused(start: Any, end: Any) -> None:
    """A day lasts all day, on this machine's clock."""
    assert len(sent(start_date=start, end_date=end)) == 2


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
def test_instants_compared_by_their_clock_faces(start: datetime, end: datetime) -> None:
    """Instants are compared as instants, whatever their time zones."""
    gap = start.replace(tzinfo=None) - end.replace(tzinfo=None)
    is_after = gap > (start.utcoffset() or timedelta()) - (end.utcoffset() or timedelta())
    try:
        sent(start_date=start, end_date=end)
    except InvalidParameter:
        assert is_after
    else:
        assert not is_after


@given(st.from_type(object))
def test_value_of_any_type_that_breaks_a_check(value: object) -> None:
    """Whatever is given, each condition is sent or refused, and nothing else happens."""
    for parameter in p.CONVERSATIONS:
        with suppress(InvalidParameter):
            assert sent(**{parameter.name: value}) or value is None
