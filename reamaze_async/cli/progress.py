"""Progress in words, for people. Pure: the moments of a run are passed in."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from math import ceil, inf
from typing import NamedTuple

from reamaze_async.resources import words_of

MINUTE = 60.0
"""Speeds are averaged over so many seconds if no limit is known."""

PERIODS = 5
"""Speeds are averaged over so many periods of a limit, each taken for a minute at least."""

GRAIN = 0.2
"""Seconds between remembered moments."""

PLAIN_EVERY = 10.0
"""Seconds between two plain lines."""

SOON = 1.0
"""Seconds from which on speeds mean something."""

ENOUGH = 20
"""Pages from which on the time left is shown where several lists are read: the first are short."""

SHORT_WAIT = 1.0
"""Seconds. Shorter waits for the limit aren't shown."""


class Noun(NamedTuple):
    """What items are called, for people."""

    one: str
    many: str

    def counted(self, count: int) -> str:
        """A number of them, such as `2 contacts`."""
        return f"{count:,} {self.one if count == 1 else self.many}"


def noun_of(resource: str) -> Noun:
    """What the items of a resource are called."""
    if resource == "all":
        return Noun("item", "items")
    many = words_of(resource)
    return Noun(many.removesuffix("s"), many)


CONVERSATIONS = noun_of("conversations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A run at one moment.

    Attributes:
        noun: what the items are called.
        part: what is being read of several; empty where there is one list alone.
        activity: what is being done, where it isn't known how much there is of it; empty while the
            list is read to its end.
        elapsed: seconds since it began.
        items: items handed out in this run.
        earlier: items that an earlier run has left in the file.
        total_count: items in the list; None before the first answer.
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
        is_learned: whether that was learned from the server, not given.
    """

    noun: Noun = CONVERSATIONS
    part: str = ""
    activity: str = ""
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
    is_learned: bool = True

    @property
    def written(self) -> int:
        """Items in the file."""
        return self.earlier + self.items

    @property
    def answered(self) -> int:
        """Requests that got what they asked for."""
        return self.requests - self.in_flight - self.throttled - self.retries

    @property
    def fraction(self) -> float:
        """The share of the work that is done, from 0 to 1."""
        if self.activity:
            return 0.0
        if not self.total_count or not self.page_count:
            return 0.0 if self.total_count is None else 1.0
        if self.passes > 1:
            return max(0.0, min(1.0, self.answered / (self.passes * self.page_count)))
        return min(1.0, self.written / self.total_count)

    @property
    def gained(self) -> float:
        """The share of the work that this run has done, from 0 to 1."""
        if self.part:  # Lists differ in how many items a request brings.
            return min(1.0, self.pages / self.page_count) if self.page_count else 0.0
        if self.activity or self.passes > 1 or not self.total_count:
            return self.fraction
        return min(1.0, self.items / self.total_count)

    @property
    def page(self) -> int:
        """The page reached, counting those that an earlier run has read."""
        if not self.total_count or not self.page_count:
            return self.pages
        # Going on begins with the page that was written last.
        earlier = self.earlier * self.page_count // self.total_count - 1
        return min(self.page_count, max(0, earlier) + self.pages)


class Speed:
    """Averages over the last minute, or over the last five periods of a limit, once there is one.

    A limit makes bursts and pauses: a part of a period would look fast or slow. A pause that has
    only begun counts as if it were over, so that the average doesn't wait for its end.
    """

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque([Moment()])
        self._worked: deque[float] = deque([0.0])
        self._tried = self._let_go_on = Moment()
        """When a request last went out after a pause; when the last such one was answered well."""

    def note(self, moment: Moment) -> None:
        """Take a new moment into account, which counts as now."""
        moments, worked = self._moments, self._worked
        if moment.activity != moments[-1].activity:
            self._moments, self._worked = deque([moment]), deque([0.0])
            self._tried = self._let_go_on = moment
            return
        if len(moments) > 2 and moments[-1].elapsed - moments[-2].elapsed < GRAIN:
            moments.pop()
            worked.pop()
        is_held = bool(waiting(moment))
        if not is_held and waiting(moments[-1]):
            self._tried = moment
        if moment.answered > self._tried.answered:
            self._let_go_on = self._tried
        worked.append(worked[-1] + (0.0 if is_held else moment.elapsed - moments[-1].elapsed))
        moments.append(moment)
        while len(moments) > 2 and moments[1].elapsed <= self._end - self._memory:
            moments.popleft()
            worked.popleft()

    @property
    def is_known(self) -> bool:
        """Whether the run is long enough for speeds to mean something."""
        return self.span >= SOON

    @property
    def items(self) -> float:
        """Items a second."""
        return (self._now.items - self._moments[0].items) / self.span

    def requests(self, seconds: float = MINUTE) -> int:
        """Requests in the last so many seconds."""
        since = self._now.elapsed - seconds
        first = bisect_left(self._moments, since, key=lambda then: then.elapsed)
        return self._now.requests - self._moments[first].requests

    @property
    def left(self) -> float | None:
        """Seconds until the work is done at this speed; None while that is unknown."""
        now = self._now
        gained = now.gained - self._moments[0].gained
        is_guess = bool(now.part) and now.pages < ENOUGH
        if gained <= 0 or is_guess:
            return None
        to_do = 1 - now.fraction
        if now.limit is None:
            # A limit that was met and isn't known yet makes any guess a bad one.
            return None if now.throttled else to_do * self.span / gained
        work = to_do * (self._worked[-1] - self._worked[0]) / gained
        to_come = max(1, ceil(to_do * now.passes * (now.page_count or 0)))
        held, rest = self._held(to_come, *now.limit)
        return max(work, held + rest * work / to_come)

    def _held(self, to_come: int, requests: int, per: float) -> tuple[float, int]:
        """Seconds until a limit opens the last period, and how many requests fall into it."""
        now, since = self._now, self._let_go_on
        pause, used = now.paused_for or 0.0, now.requests - since.requests
        until = since.elapsed + per - now.elapsed
        if not waiting(now):
            room = max(0, requests - min(self.requests(per), used))
            if to_come <= room:
                return 0.0, to_come
            to_come, pause = to_come - room, max(0.0, until)
        elif not now.refused and used >= requests:
            # A rest may end before its period does, by one request that only tries.
            pause = max(pause, until)
        periods, rest = divmod(to_come - 1, requests)
        return pause + periods * per, rest + 1

    @property
    def span(self) -> float:
        """Seconds over which speeds are averaged now."""
        return max(1e-3, self._end - self._moments[0].elapsed)

    @property
    def _now(self) -> Moment:
        return self._moments[-1]

    @property
    def _end(self) -> float:
        return self._now.elapsed + (self._now.paused_for or 0.0)

    @property
    def _memory(self) -> float:
        now = self._now
        if not (now.limit or now.throttled):
            return MINUTE
        return PERIODS * max(MINUTE, now.limit[1] if now.limit else 0.0)


class Lines:
    """The plain lines of a log: the first page, then now and then, and what the limit does."""

    def __init__(self) -> None:
        self._speed = Speed()
        self._next = 0.0
        self._held_since: float | None = None

    def of(self, moment: Moment) -> list[str]:
        """The lines that are due at this moment, mostly none."""
        self._speed.note(moment)
        is_long = moment.refused or (moment.paused_for or 0.0) >= PLAIN_EVERY
        is_held = bool(waiting(moment)) and (is_long or self._held_since is not None)
        if is_held and self._held_since is None:
            self._held_since = moment.elapsed
            return [self._line(moment)]
        if not is_held and self._held_since is not None:
            held, self._held_since = moment.elapsed - self._held_since, None
            return [f"Going on after {duration(held)}."]
        # An activity is mostly over before a line about it is worth while.
        soonest = PLAIN_EVERY if moment.activity else 0.0
        if moment.pages and moment.elapsed >= max(self._next, soonest):
            return [self._line(moment)]
        return []

    def _line(self, moment: Moment) -> str:
        self._next = moment.elapsed + PLAIN_EVERY
        line = ", ".join([amount(moment), *facts(moment, self._speed)])
        held = waiting(moment)
        return f"{line}. {held}." if held else f"{line}."


def amount(moment: Moment) -> str:
    """How many items there are, of how many."""
    if moment.activity:
        read = f": {moment.items:,} {moment.noun.many} read" if moment.items else ""
        return moment.activity + read
    if moment.total_count is None:
        return "waiting for the first page"
    part = f"{moment.part}: " if moment.part else ""
    return f"{part}{moment.written:,} of {moment.total_count:,} {moment.noun.many}"


def facts(moment: Moment, speed: Speed) -> list[str]:
    """Other facts, the most wanted first."""
    if moment.page_count is None or (moment.activity and not moment.pages):
        return []
    known = [_stage(moment)]
    if speed.is_known:
        if speed.left is not None and moment.fraction < 1:
            known.append(f"{duration(speed.left)} left")
        known.append(f"{speed.items:,.0f}/s" if speed.items >= 10 else f"{speed.items:.1f}/s")
        known.append(_rate(moment, speed))
    if moment.throttled:
        known.append(f"429s: {moment.throttled:,}")
    if moment.retries:
        known.append(f"retries: {moment.retries:,}")
    return known


def _stage(moment: Moment) -> str:
    if moment.activity:
        return f"page {moment.pages:,}"
    if moment.fraction >= 1 and not (moment.in_flight or moment.waiting):
        return "finishing the file"
    if moment.passes > 1 and moment.written >= (moment.total_count or 0):
        return "reading again"
    return f"page {moment.page:,} of {moment.page_count or 0:,}"


def _rate(moment: Moment, speed: Speed) -> str:
    if moment.limit is None:
        return f"{60 * speed.requests() / min(MINUTE, speed.span):,.0f} requests/min"
    (allowed, per), used = moment.limit, speed.requests()
    if per == MINUTE and used <= allowed:
        return f"{used:,} of {allowed:,} requests/min"
    how = "learned" if moment.is_learned else "allowed"
    return f"{used:,} requests/min, {allowed:,} requests per {duration(per)} {how}"


def waiting(moment: Moment) -> str:
    """A word on waiting for the limit; empty if requests go on."""
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
