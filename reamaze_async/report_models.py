"""The five reports, as frozen Structs with the API's own names; all of it seen.

Every number is a float or None, also where it comes in quotes or as null. What was covered stands
in `start_date` and `end_date`, both days included.
"""

from __future__ import annotations

import msgspec

from .account_models import Brand

Number = float | None


class _Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all reports have.

    Attributes:
        start_date, end_date: the days covered, such as `2026-01-31`.
    """

    start_date: str | None = None
    end_date: str | None = None


class VolumeReport(_Report, frozen=True, kw_only=True, gc=False):
    """How many conversations there were.

    Attributes:
        conversation_counts: by day.
    """

    conversation_counts: dict[str, Number] = {}


class ResponseTimeAverages(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Average response times, in seconds.

    Attributes:
        in_range, this_month, this_week: over the days covered, and until now.
    """

    in_range: Number = None
    this_month: Number = None
    this_week: Number = None


class ResponseTimeTrend(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How response times develop.

    Attributes:
        average: in seconds.
        change_rate: in per cent (a guess), against the time before.
    """

    average: Number = None
    change_rate: Number = None


class ResponseTimeTrends(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How response times develop, over two stretches of time.

    Attributes:
        last_30_days, last_7_days: until now.
    """

    last_30_days: ResponseTimeTrend | None = None
    last_7_days: ResponseTimeTrend | None = None


class ResponseTimeRatio(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which share of the responses came in time.

    Attributes:
        under_1_hour, under_1_day, under_1_week: the shares, from 0 to 1 (a guess).
    """

    under_1_hour: Number = None
    under_1_day: Number = None
    under_1_week: Number = None


class ResponseTimeSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Response times in short.

    Attributes:
        averages, trends, ratio: three views of them.
    """

    averages: ResponseTimeAverages | None = None
    trends: ResponseTimeTrends | None = None
    ratio: ResponseTimeRatio | None = None


class ResponseTimeReport(_Report, frozen=True, kw_only=True, gc=False):
    """How long customers waited.

    Attributes:
        response_times: by day, in seconds.
        summary: the same in short.
    """

    response_times: dict[str, Number] = {}
    summary: ResponseTimeSummary | None = None


class StaffActivity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one member of staff did.

    Attributes:
        response_count, archived_count, resolved_count: how many conversations.
        satisfaction_average: of the ratings, 1 to 5.
        appreciations_count: how many thanks there were.
        responses_trend: responses by day.
        response_time_seconds: on average.
    """

    response_count: Number = None
    archived_count: Number = None
    resolved_count: Number = None
    satisfaction_average: Number = None
    appreciations_count: Number = None
    responses_trend: dict[str, Number] = {}
    response_time_seconds: Number = None


class StaffReport(_Report, frozen=True, kw_only=True, gc=False):
    """What the staff did.

    Attributes:
        report: by name.
    """

    report: dict[str, StaffActivity] = {}


class TagsReport(_Report, frozen=True, kw_only=True, gc=False):
    """How often each tag was used.

    Attributes:
        tags: by name.
    """

    tags: dict[str, Number] = {}


class ReportedChannel(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A channel, as its report names it.

    Attributes:
        id, name: of the channel.
        channel_type: its number; see `ChannelType`.
        channel_type_name: for people.
    """

    id: int | None = None
    name: str | None = None
    channel_type: int | None = None
    channel_type_name: str | None = None


class ChannelSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What happened in one channel.

    Attributes:
        category: the channel.
        brand: whose it is.
        staff_responses, customer_responses: how many messages.
        average_response_time_seconds: how long customers waited.
        appreciations: how many thanks there were.
        active_conversations, resolved_conversations, archived_conversations: how many.
        average_satisfaction_rating: 1 to 5.
        average_thread_size: messages in a conversation.
    """

    category: ReportedChannel | None = None
    brand: Brand | None = None
    staff_responses: Number = None
    customer_responses: Number = None
    average_response_time_seconds: Number = None
    appreciations: Number = None
    active_conversations: Number = None
    resolved_conversations: Number = None
    archived_conversations: Number = None
    average_satisfaction_rating: Number = None
    average_thread_size: Number = None


class ChannelSummaryReport(_Report, frozen=True, kw_only=True, gc=False):
    """What happened in each channel.

    Attributes:
        channels: by the channel's id.
    """

    channels: dict[str, ChannelSummary] = {}
