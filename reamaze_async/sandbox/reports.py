"""The five reports, reckoned from the truth. Pure.

The shapes are those of real answers (seen); which numbers come as texts and which as null is drawn
from what was seen too. What exactly is counted is a guess, and so are the refusals.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from reamaze_async.sandbox import responses
from reamaze_async.sandbox.account import DONE
from reamaze_async.sandbox.conversation import ARCHIVED, Conversation
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.forms import INVALID
from reamaze_async.sandbox.message import Message
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.search import Params
from reamaze_async.sandbox.times import day
from reamaze_async.sandbox.world import World

USUAL, LONGEST = 30, 366
"""Days covered where none are given (documented), and at most (a year: documented)."""

TYPES = {1: "Email", 6: "Chat", 8: "Instagram", 9: "SMS"}

HOUR, DAY, WEEK = 3600, 86_400, 604_800


@dataclass(frozen=True, slots=True)
class Span:
    """The world, and the days that a report covers."""

    world: World
    first: date
    last: date
    is_of_us: bool = True
    """Whether the brand asked for is ours; another one has nothing (guess)."""

    def covers(self, at: int) -> bool:
        """Whether a moment falls into it."""
        return self.is_of_us and self.first <= day(at) <= self.last

    def days(self) -> Iterator[str]:
        """Every day, as the API writes it."""
        for number in range((self.last - self.first).days + 1):
            yield (self.first + timedelta(number)).isoformat()

    def conversations(self) -> list[Conversation]:
        """Those that began in it."""
        return [it for it in self.world.conversation_store.everything() if self.covers(it.created)]

    def messages(self) -> list[Message]:
        """Those that were written in it."""
        return [it for it in self.world.messages.everything() if self.covers(it.created)]


def report(kind: str, world: World, params: Params) -> Answer:
    """GET /reports/{kind}: 404 for an unknown kind, 422 for days that can't be (guess)."""
    make = REPORTS.get(kind)
    if make is None:
        return responses.NOT_FOUND
    span = _span(world, params)
    if isinstance(span, str):
        return responses.unprocessable({span: [INVALID]})
    ends = {"start_date": span.first.isoformat(), "end_date": span.last.isoformat()}
    return Answer.of(make(span) | ends)


def _span(world: World, params: Params) -> Span | str:
    """The days asked for, or the name of the parameter that can't be."""
    days: dict[str, date | None] = {}
    for name in ("start_date", "end_date"):
        try:
            days[name] = date.fromisoformat(params[name]) if params.get(name) else None
        except ValueError:
            return name
    last = days["end_date"] or day(world.now)
    first = days["start_date"] or last - timedelta(USUAL - 1)
    if not 0 <= (last - first).days < LONGEST:
        return "start_date"
    return Span(world, first, last, params.get("brand") in (None, "", "all_brands", world.brand))


def _volume(span: Span) -> JSON:
    found = Counter(day(it.created).isoformat() for it in span.conversations())
    return {"conversation_counts": {name: found[name] for name in span.days()}}


def _response_time(span: Span) -> JSON:
    waits: dict[str, list[float]] = {name: [] for name in span.days()}
    for it in span.conversations():
        wait = first_response(it)
        if wait is not None:
            waits[day(it.created).isoformat()].append(wait)
    every = [wait for found in waits.values() for wait in found]
    mean = _mean(every)
    trend = {"average": mean, "change_rate": None}
    return {
        "response_times": {name: _mean(found) or 0.0 for name, found in waits.items()},
        "summary": {
            "averages": {"in_range": mean, "this_month": mean, "this_week": None},
            "trends": {"last_30_days": trend, "last_7_days": trend | {"change_rate": "-12.5"}},
            "ratio": {
                "under_1_hour": _share(every, HOUR),
                "under_1_day": _share(every, DAY),
                "under_1_week": _share(every, WEEK),
            },
        },
    }


def first_response(conversation: Conversation) -> float | None:
    """Seconds from the customer's first message to the first regular one of staff after it."""
    asked: int | None = None
    for message in conversation.messages:
        if asked is None and not message.is_staff:
            asked = message.created
        elif asked is not None and message.is_staff and not message.visibility:
            return (message.created - asked) / 1000
    return None


def _staff(span: Span) -> JSON:
    messages, conversations = span.messages(), span.conversations()
    return {
        "report": {
            str(member.user.name): _of_member(span, member.id, messages, conversations)
            for member in span.world.people.members.everything()
        }
    }


def _of_member(
    span: Span, number: int, messages: Iterable[Message], conversations: Iterable[Conversation]
) -> JSON:
    written = [it for it in messages if it.is_staff and it.user and it.user.id == number]
    theirs = [it for it in conversations if it.assignee and it.assignee.id == number]
    scores = [
        it.rating
        for it in span.world.ratings.everything()
        if it.assignee and it.assignee.id == number and it.rating and span.covers(it.created)
    ]
    trend = Counter(day(it.created).isoformat() for it in written)
    waits = [wait for it in theirs if (wait := first_response(it)) is not None]
    return {
        "response_count": len(written),
        "archived_count": sum(it.status == ARCHIVED for it in theirs),
        "resolved_count": sum(it.status in DONE for it in theirs),
        "satisfaction_average": _mean(scores),
        "appreciations_count": None,
        "responses_trend": {name: trend[name] for name in span.days()},
        "response_time_seconds": _mean(waits),
    }


def _tags(span: Span) -> JSON:
    return {"tags": dict(Counter(tag for it in span.conversations() for tag in it.tags))}


def _channels(span: Span) -> JSON:
    messages, conversations = span.messages(), span.conversations()
    summary: JSON = {}
    for channel in span.world.channels if span.is_of_us else ():
        here = [it for it in messages if it.conversation.category is channel]
        began = [it for it in conversations if it.category is channel]
        summary[str(channel.id)] = {
            "category": {
                "id": channel.id,
                "name": channel.name,
                "channel_type": channel.channel,
                "channel_type_name": TYPES.get(channel.channel, "Other"),
            },
            "brand": {
                "id": 7001,
                "name": channel.brand.title(),
                "url": f"https://{channel.brand}.reamaze.com",
            },
            **_of_channel(here, began),
        }
    return {"channels": summary}


def _of_channel(messages: list[Message], conversations: list[Conversation]) -> JSON:
    waits = [wait for it in conversations if (wait := first_response(it)) is not None]
    mean, size = _mean(waits), len(conversations)
    return {
        "staff_responses": sum(it.is_staff for it in messages),
        "customer_responses": sum(not it.is_staff for it in messages),
        "average_response_time_seconds": None if mean is None else str(round(mean, 1)),
        "appreciations": 0,
        "active_conversations": sum(it.status in (0, 1, 5, 7) for it in conversations),
        "resolved_conversations": sum(it.status in DONE for it in conversations),
        "archived_conversations": sum(it.status == ARCHIVED for it in conversations),
        "average_satisfaction_rating": None,
        "average_thread_size": sum(it.message_count for it in conversations) / size if size else 0,
    }


REPORTS: dict[str, Callable[[Span], JSON]] = {
    "volume": _volume,
    "response_time": _response_time,
    "staff": _staff,
    "tags": _tags,
    "channel_summary": _channels,
}


def _mean(numbers: Iterable[float]) -> float | None:
    found = list(numbers)
    return round(fmean(found), 3) if found else None


def _share(waits: list[float], seconds: int) -> float | None:
    return round(sum(it < seconds for it in waits) / len(waits), 4) if waits else None
