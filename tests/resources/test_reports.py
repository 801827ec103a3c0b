"""The five reports over real sockets: days asked for, numbers of any shape read."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from written import written

from reamaze_async import (
    ChannelSummaryReport,
    DecodeError,
    InvalidParameter,
    PermissionDenied,
    ResponseTimeReport,
    ServerError,
    StaffActivity,
    StaffReport,
    TagsReport,
    UnprocessableEntity,
    VolumeReport,
)
from reamaze_async.sandbox import Answer, Fault, Sandbox

KINDS = {
    "volume": VolumeReport,
    "response_time": ResponseTimeReport,
    "staff": StaffReport,
    "tags": TagsReport,
    "channel_summary": ChannelSummaryReport,
}

every_report = pytest.mark.parametrize("name", KINDS)


@every_report
async def test_report_of_other_days(sandbox, session, name):
    """Days and brand are sent as they were given, and what was covered comes back."""
    given = {"start_date": date(2026, 1, 1), "end_date": "2026-01-31", "brand": "acme"}
    report = await getattr(session.reports, name)(**given)
    query = "start_date=2026-01-01&end_date=2026-01-31&brand=acme"
    assert written(sandbox) == ("GET", f"/reports/{name}?{query}", None)
    assert type(report) is KINDS[name]
    assert (report.start_date, report.end_date) == ("2026-01-01", "2026-01-31")


@every_report
async def test_report_without_numbers(sandbox, session, name):
    """Every number of the truth is there, as a float or None, also where it came in quotes."""
    report = await getattr(session.reports, name)()
    assert sandbox.requests[0].query == ""
    found = {
        "volume": lambda: report.conversation_counts,
        "response_time": lambda: report.response_times,
        "staff": lambda: {name: it.response_count for name, it in report.report.items()},
        "tags": lambda: report.tags,
        "channel_summary": lambda: {
            name: it.average_response_time_seconds for name, it in report.channels.items()
        },
    }[name]()
    assert found
    assert {type(number) for number in found.values()} <= {float, type(None)}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (b"3", 3.0),
        (b"2.5", 2.5),
        (b'"-12.5"', -12.5),
        (b"null", None),
        (b'"n/a"', None),
        (b'"NaN"', None),
        (b'" 7 "', 7.0),
    ],
)
async def test_number_of_another_shape(sandbox, session, text, number):
    """A number in quotes is one, and what is none costs itself alone."""
    body = b'{"response_times":{"a":%b,"b":1},"summary":{"averages":{"in_range":%b}}}'
    sandbox.script = lambda _: Answer(200, body % (text, text))
    report = await session.reports.response_time()
    assert report.response_times == {"a": number, "b": 1.0}
    assert report.summary.averages.in_range == number


@every_report
@pytest.mark.parametrize(
    "given",
    [
        {"start_date": datetime(2026, 1, 1, tzinfo=UTC)},
        {"end_date": "2026-01-31T00:00:00Z"},
        {"end_date": "2026-02-30"},
        {"start_date": ""},
        {"start_date": 20260101},
        {"brand": ""},
        {"start_date": "2026-02-02", "end_date": "2026-02-01"},
    ],
    ids=str,
)
async def test_day_that_is_none(sandbox, session, name, given):
    """What is no day is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await getattr(session.reports, name)(**given)
    with pytest.raises(TypeError, match="days"):
        await getattr(session.reports, name)(days=30)
    assert sandbox.requests == []


@every_report
async def test_report_that_is_refused(connect, name):
    """403 names the permission; 422 says which day."""
    async with Sandbox(30, deny=["access_reports"]) as sandbox:
        with pytest.raises(PermissionDenied, match="access_reports"):
            await getattr((await connect(sandbox)).reports, name)()
    async with Sandbox(30) as sandbox:
        with pytest.raises(UnprocessableEntity) as caught:
            await getattr((await connect(sandbox)).reports, name)(start_date="2001-01-01")
        assert list(caught.value.errors) == ["start_date"]


async def test_trouble_that_passes(sandbox, session):
    """A report is safe to ask for again."""
    faults: list[Any] = [Fault.ERROR_503, Fault.RESET]
    sandbox.script = lambda _: faults.pop() if faults else None
    assert (await session.reports.tags()).tags
    assert len(sandbox.requests) == 3
    sandbox.script = lambda _: Fault.ERROR_500
    with pytest.raises(ServerError):
        await session.reports.tags()


async def test_error_taken_for_an_empty_report(sandbox, session):
    """A good answer that only tells of an error is no report."""
    sandbox.script = lambda _: Answer(200, b'{"error":"Reports are being built"}')
    with pytest.raises(DecodeError, match="Reports are being built"):
        await session.reports.volume()


async def test_member_of_whom_nothing_is_told(sandbox, session):
    """A name stays in its report, also with null for what its owner did."""
    sandbox.script = lambda _: Answer(200, b'{"report":{"A":null,"B":[],"C":{"response_count":1}}}')
    report = (await session.reports.staff()).report
    assert report == {
        "A": StaffActivity(),
        "B": StaffActivity(),
        "C": StaffActivity(response_count=1),
    }
