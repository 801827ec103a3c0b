"""What a person wants to know while an export runs, in words. Pure: moments are passed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf

MEMORY = 60.0
"""Seconds over which speeds are averaged: a whole minute, as rate limits make bursts and pauses."""

GRAIN = 0.5
"""Seconds between remembered moments."""

PLAIN_EVERY = 10.0
"""Seconds between two plain lines."""

SOON = 1.0
"""Seconds before speeds mean anything."""

SHORT_WAIT = 1.0
"""Seconds of waiting for the limit that need no word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An export at one moment.

    Attributes:
        elapsed: seconds since it began.
        items: conversations handed out in this run.
        earlier: conversations that an earlier run has left in the file.
        total_count: conversations in the list; None before the first answer.
        pages: pages handed out in this run.
        page_count: pages of the list; None before the first answer.
        requests: requests sent.
        throttled: answers 429.
        retries: tries after other failures.
        passes: how often the list is read at least.
        paused_for: seconds until the limit lets a request begin; None: when another has ended.
        refused: whether the server has refused a request for the limit and lets none pass yet.
        waiting: requests that wait for the limit.
        in_flight: requests under way.
        limit: requests allowed, and the seconds in which; None while unknown.
    """

    elapsed: float = 0.0
    items: int = 0
    earlier: int = 0
    total_count: int | None = None
    pages: int = 0
    page_count: int | None = None
    requests: int = 0
    throttled: int = 0
    retries: int = 0
    passes: int = 1
    paused_for: float | None = 0.0
    refused: bool = False
    waiting: int = 0
    in_flight: int = 0
    limit: tuple[int, float] | None = None

    @property
    def written(self) -> int:
        """Conversations in the file."""
        return self.earlier + self.items

    @property
    def fraction(self) -> float:
        """How much of the work is done, from 0 to 1."""
        if not self.total_count or not self.page_count:
            return 0.0 if self.total_count is None else 1.0
        if self.passes > 1:
            good = self.requests - self.in_flight - self.throttled - self.retries
            return max(0.0, min(1.0, good / (self.passes * self.page_count)))
        return min(1.0, self.written / self.total_count)

    @property
    def page(self) -> int:
        """The page reached, counting those that an earlier run has read."""
        if not self.total_count or not self.page_count:
            return self.pages
        # Going on begins with the page that was written last.
        earlier = self.earlier * self.page_count // self.total_count - 1
        return min(self.page_count, max(0, earlier) + self.pages)


class Speed:
    """Averages over the last minute.

    A pause that has only begun counts as if it were over: the average is over whole cycles of
    burst and pause as early as possible.
    """

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque([Moment()])

    def note(self, moment: Moment) -> None:
        """Take a new moment into account; the latest moment counts as now."""
        moments = self._moments
        if len(moments) > 2 and moments[-1].elapsed - moments[-2].elapsed < GRAIN:
            moments.pop()
        moments.append(moment)
        while len(moments) > 2 and moments[0].elapsed < moment.elapsed - MEMORY:
            moments.popleft()

    @property
    def is_known(self) -> bool:
        """Whether enough was seen for the speeds to mean something."""
        return self.span >= SOON

    @property
    def items(self) -> float:
        """Conversations a second."""
        return (self._last.items - self._first.items) / self.span

    @property
    def requests(self) -> int:
        """Requests in the last minute."""
        return self._last.requests - self._first.requests

    @property
    def left(self) -> float | None:
        """Seconds until the work is done, if it goes on so; None while that can't be told."""
        now = self._last
        gained = now.fraction - self._first.fraction
        if gained <= 0:
            return None
        seconds = (1 - now.fraction) * self.span / gained
        if now.limit and now.page_count:
            requests, per = now.limit
            to_come = int((1 - now.fraction) * now.passes * now.page_count)
            seconds = max(seconds, to_come // requests * per)
        return seconds + (now.paused_for or 0.0)

    @property
    def _first(self) -> Moment:
        return self._moments[0]

    @property
    def _last(self) -> Moment:
        return self._moments[-1]

    @property
    def span(self) -> float:
        """Seconds over which it is averaged."""
        pause = self._last.paused_for or 0.0
        return max(1e-3, self._last.elapsed - self._first.elapsed + pause)


class Lines:
    """The plain lines of a log: the first page, then now and then, and what the limit does."""

    def __init__(self) -> None:
        self._speed = Speed()
        self._next = 0.0
        self._held_since: float | None = None

    def of(self, moment: Moment) -> list[str]:
        """The lines to write at this moment; mostly none."""
        self._speed.note(moment)
        is_long = moment.refused or (moment.paused_for or 0.0) >= PLAIN_EVERY
        is_held = bool(waiting(moment)) and (is_long or self._held_since is not None)
        if is_held and self._held_since is None:
            self._held_since = moment.elapsed
            return [self._line(moment)]
        if not is_held and self._held_since is not None:
            held, self._held_since = moment.elapsed - self._held_since, None
            return [f"Going on after {duration(held)}."]
        if moment.pages and moment.elapsed >= self._next:
            return [self._line(moment)]
        return []

    def _line(self, moment: Moment) -> str:
        self._next = moment.elapsed + PLAIN_EVERY
        told = ", ".join([amount(moment), *facts(moment, self._speed)])
        held = waiting(moment)
        return f"{told}. {held}." if held else f"{told}."


def amount(moment: Moment) -> str:
    """How many conversations of how many."""
    if moment.total_count is None:
        return "waiting for the first page"
    return f"{moment.written:,} of {moment.total_count:,} conversations"


def facts(moment: Moment, speed: Speed) -> list[str]:
    """What else there is to tell, the most wanted first."""
    if moment.page_count is None:
        return []
    told = [_stage(moment)]
    if speed.is_known:
        if speed.left is not None and moment.fraction < 1:
            told.append(f"{duration(speed.left)} left")
        told.append(f"{speed.items:,.0f}/s" if speed.items >= 10 else f"{speed.items:.1f}/s")
        told.append(_rate(moment, speed))
    if moment.throttled:
        told.append(f"429s: {moment.throttled:,}")
    if moment.retries:
        told.append(f"retries: {moment.retries:,}")
    return told


def _stage(moment: Moment) -> str:
    if moment.fraction >= 1 and not (moment.in_flight or moment.waiting):
        return "finishing the file"
    if moment.passes > 1 and moment.written >= (moment.total_count or 0):
        return "reading again"
    return f"page {moment.page:,} of {moment.page_count or 0:,}"


def _rate(moment: Moment, speed: Speed) -> str:
    if moment.limit is None:
        return f"{60 * speed.requests / speed.span:,.0f} requests/min"
    allowed, per = moment.limit
    return f"{speed.requests:,} of {allowed * MEMORY / per:,.0f} requests/min"


def waiting(moment: Moment) -> str:
    """What the limit does; empty if it doesn't hold everything up."""
    if moment.paused_for is None:
        return "Trying whether the limit lets go on" if moment.refused else ""
    is_idle = moment.waiting > 0 and not moment.in_flight
    if not moment.refused and (not is_idle or moment.paused_for < SHORT_WAIT):
        return ""
    return f"Waiting for the limit, {duration(moment.paused_for)}"


def fitted(parts: list[str], width: int) -> str:
    """As many of the parts on one line as fit, the first ones first."""
    line = ""
    for part in parts:
        longer = f"{line} | {part}" if line else part
        if len(longer) <= width:
            line = longer
    return line


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds == inf or seconds != seconds:
        return "very long"
    whole = round(seconds)
    if whole < 10 and seconds != whole:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
