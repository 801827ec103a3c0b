"""The search for the time after which a window that was used up is whole again.

The theory. A probe that is refused so long after a window's start says *longer*. One that is let
in says *not longer*, or that the server's window had begun before ours: then a later probe says
*longer* after all, and the search goes back to what it knew before. Nothing is assumed of where
windows begin: the first may have begun before us, and each later one begins with a probe of ours.
Where nothing is known the search climbs a ladder of the lengths that people choose; where something
is, it asks now and then a little earlier, as long as the gain can be worth it.

A step of the ladder is at most twice the one before, so that a window of any length is found whole
before twice its length has passed. Each refused ask is one 429, sent alone. How many there are
depends on the length sought alone, not on how many were refused before: a client that waits a
minute for a window of some seconds is no use. Early asks close in: several in one pause if need be,
each halving what is left, as a ratio, until what it could save isn't worth a 429. A length that
people choose is most likely right, and so asked about nearer to itself.
"""

from enum import Enum, auto
from math import log, sqrt

from .server_timing import Traffic

SECONDS = (1.0, 2.0, 4.0, 7.0, 10.0, 15.0, 30.0)
MINUTES = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0)
LADDER = (*SECONDS, *(60 * minutes for minutes in MINUTES))
"""Lengths that people give to windows, and steps towards the others.

Twice the last at most, and less where a pause is long: a minute is worth more than a 429.
"""

UNPROVEN, USUAL, UNUSUAL = 1.35, 1.2, 1.08
"""A length is known well enough when what was refused is shorter by this factor at most: while it
was seen once only, it may be due to luck, and one that people choose needs less proof."""

SHORT_STEP = 10.0
"""Seconds: before so short a step the server's next minute would save too little for a 429."""

ROUNDING = 2.0
"""What a server says is in whole seconds, and so is the `Date` that a date is compared with."""

SHORTEST = 0.8
"""Seconds: nothing shorter is looked for."""

OFTEN, MUCH_LONGER = 2, 1.9
"""Where a length was seen so often, a pause longer by this factor is due to a second, longer limit:
it is waited for as often as it comes, and the shorter length stays."""


class Ask(Enum):
    """Why the server is asked at a certain moment."""

    RESET = auto()
    """The reset is due, by what was learned."""
    EARLY = auto()
    """It might be due earlier than was learned."""
    CLIMB = auto()
    """Nothing is known: up the ladder."""
    TOLD = auto()
    """The server named the moment."""
    STUB = auto()
    """The window was refused long before its end: perhaps it is no window."""


class Period:
    """How long it takes until a window that was used up is whole again.

    Attributes:
        good: seconds after which it was whole; None while nothing is known.
        bad: seconds after which it was not.
        is_proven: it was whole after `good` twice.
        ask: why the server is asked next.
    """

    def __init__(self, good: float | None = None, bad: float = 0.0) -> None:
        self.good = good
        self.bad = bad
        self.is_proven: bool = False
        self.ask: Ask = Ask.CLIMB
        self._is_first = good is None
        self._is_trusted = good is not None
        self._before: float | None = None
        self._resets = 0
        self._shorter: float | None = None
        self._rung = 0.0

    @property
    def known(self) -> float | None:
        """What is known so far: `good`, unless that was an early ask let in once, maybe by luck."""
        return self._before or self.good

    def next_ask(self, start: float, spent: float, now: float, traffic: Traffic) -> float:
        """When to ask again, for a window begun at `start` and used up at `spent`."""
        soonest = now + 0.3 * traffic.latency
        if not self.good or self.good <= self.bad or start + self.good <= now:
            self.ask = Ask.CLIMB
            if self._is_first:
                return self._climb_blindly(start, spent, soonest, traffic)
            return max(soonest, start + self._climb(soonest - start, spent - start))
        early = self.early(start)
        if early and early > soonest:
            self.ask = Ask.EARLY
            return early
        self.ask = Ask.RESET
        return start + self.good

    def early(self, start: float) -> float | None:
        """When to ask before the reset is due, if that is worth a refusal.

        The length that ended the first pause is most likely too short, since that window may have
        begun before us: it has to prove good first. Where it is a usual one, and so most likely
        right, one refusal is to be enough.
        """
        if not (self.good and self._is_trusted):
            return None
        bad, good = self.bad or SHORTEST, self.good
        is_usual = any(abs(good / length - 1) < 0.03 for length in LADDER)
        enough = USUAL if is_usual else UNUSUAL
        if good / bad <= (enough if self.is_proven else UNPROVEN):
            return None
        middle = max(sqrt(bad * good), good / enough if is_usual else 0.0)
        usual = [rung for rung in LADDER if 1.05 * bad < rung < good / 1.05]
        return start + min(usual or [middle], key=lambda length: abs(log(length / middle)))

    def _climb(self, passed: float, spell: float) -> float:
        """Seconds from the window's start to the next ask, where those before were refused.

        The start is known, since the window began with a probe, so the length itself is asked for.
        What has proved good before is tried a little later first, up to a fifth: others may have
        used the window, or it began later than was thought, with its last request at the latest.
        """
        least = max(passed, 1.04 * self.bad)
        self._rung = next((rung for rung in LADDER if rung > least), 0.0)
        step = self._rung or passed + LADDER[-1]
        good = self.good or 0.0
        later = min(max(1.05 * good, good + spell), 1.2 * good)
        if self._is_trusted and self.bad < 1.04 * good and later < 0.87 * step:
            self._rung, step = 0.0, later
        return step

    def _climb_blindly(self, start: float, spent: float, soonest: float, traffic: Traffic) -> float:
        """The next step of the ladder, from the moment at which the first window was used up.

        A window of that length has surely reset by then, whenever it began. But the server's next
        minute is asked once, since that is where windows of a minute are most likely to end.
        """
        spell, passed = spent - start, soonest - spent
        ahead = (
            rung
            for rung in LADDER
            if rung > max(passed, 1.1 * self.bad - spell)
            # A window a little shorter than a short spell would have reset within it.
            and not spell / 2 < rung < spell < 10
        )
        self._rung = next(ahead, 0.0)
        due = spent + (self._rung or passed + LADDER[-1])
        minute = traffic.next_minute(soonest)
        if self._rung > SHORT_STEP and minute < min(due, start + 60):
            due, self._rung = minute, 0.0
        return due

    def told(self) -> None:
        """Note that the server has named the moment."""
        self.ask = Ask.TOLD

    def refused(self, gap: float) -> None:
        """Note that a probe was refused, so long after the window's start."""
        self.bad = max(self.bad, gap)
        if self.ask is Ask.EARLY:
            return
        self.is_proven = False
        if self._before:
            self.good, self._before = self._before, None
        elif self.good and gap > 1.04 * self.good:
            self._shorter = self.good if self._resets >= OFTEN else None
            self.good, self._resets = None, 0

    def doubt(self) -> bool:
        """Go back behind an early ask that was let in, when its window proves too short.

        Returns:
            Whether there was one.
        """
        if not self._before:
            return False
        self.bad = max(self.bad, self.good or 0.0)
        self.good, self._before = self._before, None
        return True

    def worked(self, gap: float, spell: float) -> None:
        """Note that a probe was let in, so long after the start of a window spent in `spell`."""
        if gap <= self.bad:
            self.bad = 0.0
        if self.ask is Ask.EARLY and self.good and gap >= self.good:
            self.ask = Ask.RESET  # it was sent too late to shorten anything
        if self.ask is Ask.CLIMB and self._shorter and gap > MUCH_LONGER * self._shorter:
            self.good, self.bad, self.is_proven, self._is_trusted = self._shorter, 0.0, True, True
        elif self.ask is Ask.RESET:
            self.is_proven, self._is_trusted, self._before = True, True, None
            self._resets += 1
        elif self.ask is Ask.TOLD:
            self.is_proven = self.good is not None and abs(gap - self.good) < 0.1 * self.good
            self.good, self.bad = gap, max(self.bad, gap - ROUNDING)
        else:
            self._before = self.good if self.ask is Ask.EARLY else None
            self.is_proven, self._is_trusted = False, not self._is_first
            is_rung = self.bad < self._rung < gap < self._rung + 1.2 * spell + 1.0
            self.good = self._rung if self.ask is Ask.CLIMB and is_rung else gap
            self._shorter = None
        self._is_first, self._rung = False, 0.0
