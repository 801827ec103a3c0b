"""What one process knows of the shared limit, what it has to tell, and what it wants. Pure.

Lines of waiting requests ask it as they would ask a limit of their own, but a request may begin
only with a turn that Redis has granted. `call` is what to say to Redis next, `take` reads the
answer, `failed` notes that none came. All times are the loop's, unless they are said to be Redis's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, isnan
from typing import NamedTuple

from reamaze_async.limits.gate import LONGEST_WAIT
from reamaze_async.limits.per_endpoint import LimitEvent
from reamaze_async.limits.throttle import TOO_MANY_REQUESTS, Outcome, Permit
from reamaze_async.limits.window_log import CLOCK_DRIFT, CLOCK_HAIR

from .facts import MICROSECOND, Began, Call, Ended, Lost, Reply, decode, encode
from .replica import Replica

BATCH = 64
"""Turns that are asked for at once, at most."""
KEPT = 6000
"""Entries of the log that are kept: what a process that comes late can learn from."""
LINGER = 0.01
"""Seconds for which the news that a request has ended may wait for one that wants to begin."""
USUAL_WINDOW = 60.0
"""Seconds of a window, where nothing is known of it but that it was met."""
NEWS = 5.0
"""Seconds after which nobody wants to hear of something any more."""


class WaitingLine(NamedTuple):
    """Requests that wait for a turn of the same kind, the first first.

    Attributes:
        endpoint: the family of requests.
        in_bulk: whether they are pages, which others may overtake.
        share: of what the limit allows, what may be used.
        asked: since when each has waited.
    """

    endpoint: str
    in_bulk: bool
    share: float
    asked: Sequence[float]


class Turn(Permit, eq=False):
    """A permit that Redis has granted, or is asked for.

    Attributes:
        name: its name in the log.
        share: of what the limit allows, what may be used with it.
    """

    name: str = ""
    share: float = 1.0


def _micros(seconds: float) -> int:
    return int(seconds / MICROSECOND)


class SharedLimit:
    """One process's end of the shared limit. See the module's rules.

    Args:
        limit: requests and seconds that this process names; None: learned.
        per: seconds of a window.
        lease: seconds after which a turn of a dead process comes back.
        process: a name that no other process has.
    """

    def __init__(
        self, limit: tuple[int, float] | None, per: float, lease: float, process: str
    ) -> None:
        self.process: str = process
        self._limit = f"{limit[0]}/{limit[1]!r}" if limit else ""
        self._own_limit, self._per, self._lease = limit, per, lease
        self._replica = Replica([limit] if limit else [])
        self._limits = self._epoch = self._last = ""
        self._calls = self._turns = self._seen = self._begun = self._moved = 0
        self._ahead: float | None = None
        """Seconds by which Redis's clock is ahead of the loop's, at least."""
        self._read_at = self._used_at = -inf
        self._grants: list[Turn] = []
        self._asked: dict[str, Turn] = {}
        self._under_way: dict[str, Turn] = {}
        self._ended: list[tuple[Turn, Outcome, float]] = []
        self._lost: set[str] = set()
        """Turns of ours, under way, that the log doesn't know."""
        self._renewed_at = -inf

    # What lines of waiting requests ask

    @property
    def throttled(self) -> int:
        """429s so far, of all processes."""
        untold = sum(outcome.status == TOO_MANY_REQUESTS for _, outcome, _ in self._ended)
        return self._replica.throttled + untold

    @property
    def is_refused(self) -> bool:
        """Whether a 429 has closed a gate."""
        return self._replica.is_refused

    def learned(self) -> tuple[int, float] | None:
        """Requests and seconds of the limit; None while nothing is known."""
        return self._replica.learned()

    def delay(self, endpoint: str, now: float, share: float = 1.0) -> float:
        """0.0 if a granted turn is there, else ``inf``: not before Redis has granted one."""
        del now
        return inf if self._grant(endpoint, share) is None else 0.0

    def _grant(self, endpoint: str, share: float) -> Turn | None:
        fit = (turn for turn in self._grants if turn.endpoint == endpoint and turn.share <= share)
        return max(fit, key=lambda turn: turn.share, default=None)

    def began(self, endpoint: str, now: float, asked: float = -inf) -> Turn:
        """Use a granted turn."""
        turn = self._grant(endpoint, inf)
        assert turn, "`delay` was asked first"
        self._grants.remove(turn)
        turn.began, turn.asked = now, asked
        if not self._under_way:
            self._renewed_at = now
        self._under_way[turn.name] = turn
        return turn

    def ended(self, permit: Permit, now: float, outcome: Outcome) -> None:
        """Note that a request has ended; what that changes, is known once Redis has answered."""
        assert isinstance(permit, Turn)
        del self._under_way[permit.name]
        self._lost.discard(permit.name)
        self._used_at = now
        self._ended.append((permit, outcome, now))

    def give_back(self, now: float) -> None:
        """End the turns that were granted, and that nobody wants any more."""
        self._ended += [(turn, Outcome(None, sent=False), now) for turn in self._grants]
        self._grants.clear()

    # What is known of the shared limit

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to tell, and nothing under way."""
        return not (self._ended or self._under_way or self._grants)

    def server_time(self, now: float) -> float:
        """The earliest time that Redis's clock can show now; ``-inf`` if it was never read."""
        return -inf if self._ahead is None else now + self._ahead

    def has_read_since(self, when: float) -> bool:
        """Whether the log was read after that moment."""
        return self._ahead is not None and self._read_at >= when

    def wait(self, endpoint: str, now: float, share: float) -> float:
        """Seconds until a request may begin, as far as the log was read; ``inf``: not known."""
        if self._ahead is None:
            return inf
        return self._replica.delay(endpoint, self.server_time(now), share)

    @property
    def has_others(self) -> bool:
        """Whether other processes have had turns lately."""
        return self._replica.others(self.process)

    @property
    def others_first(self) -> int:
        """How many other processes have had fewer turns lately."""
        return self._replica.ahead_of(self.process)

    def must_tell(self, *, is_awaited: bool = False) -> float:
        """When Redis has to be told something at the latest; ``inf``: there is nothing to tell.

        Args:
            is_awaited: whether somebody here waits for a turn.
        """
        if self._lost and self._epoch:
            return -inf
        when = inf
        if self._ended:
            is_news = any(outcome.status == TOO_MANY_REQUESTS for _, outcome, _ in self._ended)
            # A learner's decisions hang on whether anything is under way.
            is_learner = is_awaited and not self._limits and self._replica.throttled > 0
            is_news = is_news or (is_learner and not self._under_way)
            when = -inf if is_news else self._ended[0][2] + LINGER
        if self._under_way:
            when = min(when, self._renewed_at + min(self._lease, self._per) / 3)
        return when

    # What is said to Redis

    def call(self, lines: Iterable[WaitingLine], now: float, fresh: str) -> Call:
        """What to tell and to ask now.

        Args:
            lines: who waits, those who go first first.
            now: the time.
            fresh: a name for a new log, if one has to begin.
        """
        self._calls += 1
        ended = [self._told(*end, now) for end in self._ended]
        # A refusal that Redis doesn't know of yet could speak against every turn.
        can_ask = self._epoch and not self._lost and not any(moved for _, _, moved in ended)
        wanted, spare = self._wanted(lines, now) if can_ask else ([], 0)
        self._asked = {turn.name: turn for turn in wanted}
        is_due = now >= self._renewed_at + min(self._lease, self._per) / 3
        self._renewed_at = now if is_due else self._renewed_at
        hold, rest = self._hold(now)
        lost = [self._under_way[name] for name in self._lost] if self._epoch else []
        return Call(
            number=self._calls,
            epoch=self._epoch,
            fresh=fresh,
            seen=self._seen,
            last=self._last,
            begun=self._begun,
            moved=self._moved,
            hold=_micros(hold),
            rest=_micros(rest),
            lease=_micros(self._lease),
            retain=_micros(self._lease + self._per),
            keep=KEPT,
            limit=self._limit,
            limits=self._limits,
            ended=ended,
            adopted=[self._as_begun(turn, now) for turn in lost],
            renewed=[*self._under_way] if is_due else [],
            wanted=[self._as_begun(turn, now) for turn in wanted],
            not_before=_micros(max(0.0, self.server_time(now))),
            spare=spare,
        )

    def _hold(self, now: float) -> tuple[float, float]:
        """For how long requests count that a new log would not know; the same of those we know."""
        per = max([self._per, *(per for _, per in _limits_of(self._limits))])
        if not self._limits and not self._own_limit:
            learned = self.learned()
            per = learned[1] if learned else USUAL_WINDOW if self.throttled else 0.0
        per = per * (1 + CLOCK_DRIFT) + CLOCK_HAIR if per else 0.0
        # Others may have begun what we haven't read of, and may be dead.
        is_used = bool(self._under_way) or now - self._used_at < self._lease + per
        return per if is_used else 0.0, max(0.0, self._used_at + per - now)

    def _told(self, turn: Turn, outcome: Outcome, at: float, now: float) -> tuple[str, str, int]:
        wait = outcome.retry_after
        if wait is not None:
            wait = None if isnan(wait) else min(max(0.0, wait - (now - at)), LONGEST_WAIT)
        fact = Ended(turn.name, outcome.status, outcome.sent, wait, outcome.date)
        return turn.name, encode(fact), int(outcome.status == TOO_MANY_REQUESTS)

    def _as_begun(self, turn: Turn, now: float) -> tuple[str, str]:
        fact = Began(turn.name, self.process, turn.endpoint, max(0.0, now - turn.asked))
        return turn.name, encode(fact)

    def _wanted(self, lines: Iterable[WaitingLine], now: float) -> tuple[list[Turn], int]:
        """The turns to ask for, and how many may begin unseen without changing that they may."""
        wanted: list[Turn] = []
        at, room = self.server_time(now), inf
        for line in lines:
            if self._replica.delay(line.endpoint, at, line.share) > 0:
                continue
            room = min(room, 1 + self._replica.spare(line.endpoint, at, line.share), BATCH)
            for asked in line.asked[: int(room) - len(wanted)]:
                self._turns += 1
                name = f"{self.process}:{self._turns}"
                wanted.append(Turn(line.endpoint, now, None, asked, name, line.share))
        return wanted, int(room) - 1 if wanted else 0

    # What Redis answers

    def failed(self, now: float) -> None:
        """Note that no answer came: what was asked for may have been granted all the same."""
        unsent = Outcome(None, sent=False)
        self._ended += [(turn, unsent, now) for turn in self._asked.values()]
        self._asked = {}

    def take(self, call: Call, reply: Reply, sent: float, now: float) -> list[LimitEvent]:
        """Read an answer.

        Args:
            call: what it answers.
            reply: the answer.
            sent: when the call was sent.
            now: the time.

        Returns:
            What people may want to know.
        """
        del self._ended[: len(call.ended)]
        self._ahead, self._read_at = reply.now - now, now
        asked, self._asked = self._asked, {}
        self._grants += [asked[name] for name in reply.granted if name in asked]
        if now - sent > self._lease / 2:
            self.give_back(now)
        if call.adopted:
            self._lost -= {name for name, _ in call.adopted}
        entries = reply.entries
        if reply.is_whole:
            entries = self._begin_anew(reply)
        elif reply.limits != self._limits:
            self._epoch = ""  # The next call reads the whole log, for the limits that hold now.
            return []
        self._epoch, self._seen = reply.epoch, reply.total
        self._begun, self._moved = reply.begun, reply.moved
        self._last = reply.entries[-1] if reply.entries else "" if reply.is_whole else self._last
        return self._replay(entries, now)

    def _begin_anew(self, reply: Reply) -> list[str]:
        self._replica, self._limits = Replica(_limits_of(reply.limits)), reply.limits
        known = set(reply.entries)
        # Turns that have been under way for so long that the log has forgotten their beginning.
        older = sorted(entry for entry in reply.turns if entry not in known)
        if reply.is_lost:
            self._lost = set(self._under_way)
        return [*older, *reply.entries]

    def _replay(self, entries: list[str], now: float) -> list[LimitEvent]:
        events: list[LimitEvent] = []
        for entry in entries:
            when, fact = decode(entry)
            event = self._replica.take(when, fact)
            is_news = when > self.server_time(now) - NEWS
            if is_news:
                self._used_at = now
            if event and is_news:
                events.append(event)
            if isinstance(fact, Lost) and fact.turn in self._under_way:
                self._lost.add(fact.turn)
            elif isinstance(fact, Began):
                self._lost.discard(fact.turn)
        return events

    def renamed(self, process: str) -> SharedLimit:
        """The same limit for another process: nothing is known, nothing under way."""
        return SharedLimit(self._own_limit, self._per, self._lease, process)


def _limits_of(text: str) -> list[tuple[int, float]]:
    pairs = (word.split("/") for word in text.split())
    return [(int(requests), float(per)) for requests, per in pairs]
