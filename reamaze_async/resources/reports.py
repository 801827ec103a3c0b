"""The five reports: sums over days, of all brands unless said."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, TypedDict, TypeVar, Unpack

from reamaze_async.report_models import (
    ChannelSummaryReport,
    ResponseTimeReport,
    StaffReport,
    TagsReport,
    VolumeReport,
)
from reamaze_async.validation import invalid, text
from reamaze_async.wire.answers import any_keys, single
from reamaze_async.wire.decode import PageDecoder
from reamaze_async.wire.parameters import Parameter

from .endpoints import Operation
from .verbs import Verbs

Report = TypeVar("Report")

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class ReportQuery(TypedDict, total=False):
    """What each report takes; see `Reports`."""

    start_date: date | str | None
    end_date: date | str | None
    brand: str | None


def _day(name: str, value: Any) -> str:
    """A day as `yyyy-mm-dd` (documented); an instant isn't one."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip()).isoformat()
        except ValueError:
            pass
    raise invalid(name, value, "must be a day: a date, or a string such as '2026-01-31'.")


PARAMETERS = (
    Parameter("start_date", "start_date", _day),
    Parameter("end_date", "end_date", _day),
    Parameter("brand", "brand", text),
)


def _report(name: str) -> Operation:
    path, verb = f"/reports/{name}", f"reports.{name}"
    return Operation(
        "GET", path, verb, "report", parameters=PARAMETERS, permission="access_reports"
    )


VOLUME = _report("volume")
RESPONSE_TIME = _report("response_time")
STAFF = _report("staff")
TAGS = _report("tags")
CHANNEL_SUMMARY = _report("channel_summary")

OPERATIONS = (VOLUME, RESPONSE_TIME, STAFF, TAGS, CHANNEL_SUMMARY)


class Reports(Verbs):
    """`session.reports`; each is one request and needs the permission `access_reports` (a guess).

    They take the same: `start_date` and `end_date`, days (a `date`, or `"2026-01-31"`), by default
    the last 30 days, at most a year (documented); and `brand`, a subdomain, by default all brands
    of the account. What was covered stands in the report's `start_date` and `end_date`.
    """

    async def volume(self, **conditions: Unpack[ReportQuery]) -> VolumeReport:
        """How many conversations there were, by day.

        Args:
            start_date: the first day.
            end_date: the last day.
            brand: a brand's subdomain.
            **conditions: those named above; see `Reports`.

        Raises:
            InvalidParameter: a value would be refused or misread; a `datetime` is no day.
            PermissionDenied: the user's role may not see reports.
            UnprocessableEntity: the days are too many.
            ReamazeError: no good answer came.
        """
        return await self._get(VOLUME, VolumeReport, conditions)

    async def response_time(self, **conditions: Unpack[ReportQuery]) -> ResponseTimeReport:
        """How long customers waited, in seconds, by day and in short.

        Args:
            start_date: the first day.
            end_date: the last day.
            brand: a brand's subdomain.
            **conditions: those named above; see `Reports`.

        Raises:
            InvalidParameter, PermissionDenied, UnprocessableEntity, ReamazeError: as for `volume`.
        """
        return await self._get(RESPONSE_TIME, ResponseTimeReport, conditions)

    async def staff(self, **conditions: Unpack[ReportQuery]) -> StaffReport:
        """What each member of staff did, by name.

        Args:
            start_date: the first day.
            end_date: the last day.
            brand: a brand's subdomain.
            **conditions: those named above; see `Reports`.

        Raises:
            InvalidParameter, PermissionDenied, UnprocessableEntity, ReamazeError: as for `volume`.
        """
        return await self._get(STAFF, StaffReport, conditions)

    async def tags(self, **conditions: Unpack[ReportQuery]) -> TagsReport:
        """How often each tag was used.

        Args:
            start_date: the first day.
            end_date: the last day.
            brand: a brand's subdomain.
            **conditions: those named above; see `Reports`.

        Raises:
            InvalidParameter, PermissionDenied, UnprocessableEntity, ReamazeError: as for `volume`.
        """
        return await self._get(TAGS, TagsReport, conditions)

    async def channel_summary(self, **conditions: Unpack[ReportQuery]) -> ChannelSummaryReport:
        """What happened in each channel, by its id.

        Args:
            start_date: the first day.
            end_date: the last day.
            brand: a brand's subdomain.
            **conditions: those named above; see `Reports`.

        Raises:
            InvalidParameter, PermissionDenied, UnprocessableEntity, ReamazeError: as for `volume`.
        """
        return await self._get(CHANNEL_SUMMARY, ChannelSummaryReport, conditions)

    async def _get(self, operation: Operation, kind: type[Report], asked: ReportQuery) -> Report:
        request = operation.request(asked=asked)
        return await self._client.ask(request, single(PageDecoder("", kind, kind, any_keys)))
