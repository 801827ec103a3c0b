"""The weights of all hypotheses about a limit, and when enough of them see room.

The weight of a hypothesis is how likely it was before (its prior), times e to the power of its
score. A score sinks with each refusal and each opening that the hypothesis didn't foresee.

Chance is a hypothesis, too: an overloaded server, another client that takes the whole limit, or
processes that count apart may refuse whatever we do. Chance foresees nothing and excludes nothing,
so it pays fixed prices instead:

* for the first refusal after an opening, as far as limits foresaw it, a higher one the more were
  let in before: a limit that foresaw the end of a long run is hardly right by luck;
* for each probe that is refused, and for each further request of a refused wave.

It gains by a refusal that no limit foresaw, as where somebody else takes the room. It gains when a
test is let in far beyond the limit, and when the server says to come back at once, as no window
would.

Limits change, so nothing is ruled out for good: each opening makes older evidence count less, and
no score sinks too low to recover.
"""

from bisect import insort
from math import exp, inf, log
from operator import attrgetter

from .hypotheses import History, SlidingWindow, hypotheses

CHANCE = 0.01
"""Prior share of refusals by chance."""
PRICE, UNFORESEEN = 0.25, 0.4
"""Cost for chance of a refusal that limits foresaw, by the logarithm of what was let in before it;
and its gain from one that none of them foresaw."""
AGAIN, WAVE = 0.7, 0.2
"""Cost for chance of a probe that is refused, and of each further request of a refused wave."""
BEYOND, AT_ONCE = 1.0, 1.5
"""Gain for chance from a test let in far beyond the cap, and from ``Retry-After: 0``."""
MOST_CHANCE = 6.0
"""Highest score of chance over the best hypothesis."""
FADE = 0.95
"""What is left of older evidence after an opening: limits change."""
LOST = 5.0
"""A weight sinks no lower than its prior times the largest weight times e to the minus this."""
LIVE = 1e-3
"""Hypotheses of less weight than this aren't asked."""
NEAR = 1.25
"""Factor within which two lengths are one, to people."""


class Posterior:
    """The weights of all hypotheses.

    Attributes:
        ranked: the hypotheses about a limit, the likeliest first.
        by_chance: the weight of refusals by chance.
        chance: the score of refusals by chance.
        paused_until: until when chance would have us wait.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self.ranked: list[SlidingWindow] = hypotheses()
        self._live = self.ranked
        self._covered = 1.0
        self.by_chance: float = 0.0
        self.chance: float = 0.0
        self.paused_until: float = -inf
        self._answered_at: tuple[float, ...] = ()
        """What had begun by then: who is let in uses the room that he was given."""
        self._answers: dict[tuple[float, float], float] = {}

    @property
    def top(self) -> SlidingWindow:
        """The likeliest hypothesis about a limit."""
        return self.ranked[0]

    # What it says

    def when(self, weight: float, now: float, share: float = 1.0) -> float:
        """When hypotheses that together have this weight see room for one more request.

        Args:
            weight: from 0 to 1.
            now: the time.
            share: of each limit, what may be used.

        Returns:
            `now`, a later moment, or ``inf`` while that hangs on requests under way.
        """
        history = self._history
        at = (history.total + history.under_way, self.paused_until)
        if at != self._answered_at:
            self._answered_at = at
            self._answers.clear()
        answer = self._answers.get((weight, share), inf)
        if answer == inf:
            answer = self._answers[weight, share] = self._ask(weight, now, share)
        return max(now, answer)

    def _ask(self, weight: float, now: float, share: float) -> float:
        """Ask the likeliest first, and no more of them than can change the answer."""
        weight *= self._covered
        asked = [(max(now, self.paused_until), self.by_chance)]
        agreed, rest = self.by_chance, self._covered - self.by_chance
        for one in self._live:
            insort(asked, (max(now, one.free_at(self._history, share)), one.weight))
            agreed, rest = agreed + one.weight, rest - one.weight
            while len(asked) > 1 and agreed - asked[-1][1] >= weight:
                agreed -= asked.pop()[1]
            when, part = asked[-1]
            if agreed >= weight and (when == now or agreed - part + rest < weight):
                break
        return asked[-1][0]

    def known(self, now: float) -> tuple[int, float] | None:
        """Requests and seconds of the likeliest limit, if most of the weight lies near it.

        None also before a whole window of it can have been seen.
        """
        top = self.top
        if not top.cap or now - self._history.arrivals[0] < top.per:
            return None
        near = [one.weight for one in self._live if one.cap and 1 / NEAR < one.per / top.per < NEAR]
        return (max(1, round(top.cap)), top.per) if sum(near) > 0.5 else None

    # What it learns

    def refused(self, at: float, *, by_test: bool) -> None:
        """Weigh the first refusal after an opening, of a request sent at `at`."""
        history = self._history
        foreseen = self._part_that_foresees(at)
        self.chance += UNFORESEEN * (1 - foreseen) - PRICE * foreseen * log(1.5 + history.let_in)
        for hypothesis in self.ranked:
            hypothesis.refused(history, at, by_test=by_test)
        self._weigh()

    def _part_that_foresees(self, at: float) -> float:
        """Which part of the belief in limits foresees that a request is refused; 1 before any."""
        limits = [one for one in self._live if one.cap]
        if not limits:
            return 1.0
        foreseen = [one.weight for one in limits if one.foresees(self._history, at)]
        return sum(foreseen) / sum([one.weight for one in limits])

    def still_refused(self, at: float, again: float = AGAIN) -> None:
        """Weigh that a probe sent at `at` was refused, or would have been by the server's word."""
        for hypothesis in self.ranked:
            hypothesis.still_refused(self._history, at)
        self.chance -= again
        self._weigh()

    def opened(self, at: float) -> None:
        """Weigh that a probe was let in, which arrived at `at`."""
        for hypothesis in self.ranked:
            hypothesis.opened(self._history, at)
        self.fade()

    def fade(self) -> None:
        """Trust older evidence less."""
        self._weigh(FADE)

    def _weigh(self, kept: float = 1.0) -> None:
        """Make weights of the scores, of which so much is kept."""
        best = max([one.score for one in self.ranked])
        least = kept * (max([one.score + one.log_prior for one in self.ranked]) - best) - LOST
        self.chance = min(kept * (self.chance - best), MOST_CHANCE)
        total = chance = CHANCE * exp(self.chance)
        for one in self.ranked:
            one.score = score = max(kept * (one.score - best), least)
            one.weight = weight = exp(score + one.log_prior)
            total += weight
        for one in self.ranked:
            one.weight /= total
        self.by_chance = chance / total
        self.ranked.sort(key=attrgetter("weight"), reverse=True)
        self._live = [one for one in self.ranked if one.weight > LIVE]
        self._covered = self.by_chance + sum([one.weight for one in self._live])
        self._answered_at = ()
