"""The weights of all hypotheses about a limit, and when enough of them see room.

The weight of a hypothesis is how likely it was before (its prior), times e to the power of its
score. A score sinks with each refusal and each opening that the hypothesis didn't foresee.

Chance is a hypothesis, too: an overloaded server, another client that takes the whole limit, or
processes that count apart may refuse whatever we do. Chance foresees nothing and excludes nothing,
so it pays fixed prices instead:

* for the first refusal after an opening, if it was foreseen, a higher one the more were let in
  before: a limit that foresaw the end of a long run is hardly right by luck;
* for each probe that is refused, and for each further request of a refused wave.

It gains by a refusal although most of the weight saw room, as where somebody else takes it. It
gains when a test is let in far beyond the limit, and when the server says to come back at once, as
no window would.

Limits change, so nothing is ruled out for good: each opening makes older evidence count less, after
a rest only by the part of a window that it lasted. And no score sinks too low to recover.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import exp, inf, log
from operator import add

from .hypotheses import STEADY, History, SteadyRate, Windows, frequencies

CHANCE = 0.01
"""Prior share of refusals by chance."""
PRICE, UNFORESEEN = 0.25, 0.3
"""Cost for chance of a refusal that was foreseen, by the logarithm of what was let in before it;
and its gain from one that wasn't."""
MOST = 0.6
"""Weight that must see room for a refusal to be one that wasn't foreseen."""
AGAIN, WAVE = 0.7, 0.2
"""Cost for chance of a probe that is refused, and of each further request of a refused wave."""
BEYOND, AT_ONCE = 1.0, 1.5
"""Gain for chance from a test let in far beyond the cap, and from ``Retry-After: 0``."""
MOST_CHANCE = 6.0
"""Highest score of chance over the best hypothesis."""
FADE = 0.95
"""What is left of older evidence after an opening."""
LOST = 5.0
"""A weight sinks no lower than its prior times the largest weight times e to the minus this."""
LIVE = 1e-3
"""Hypotheses of less weight than this aren't asked."""
NEAR = 1.25
"""Factor within which two lengths are one, to people."""

Survey = tuple[Sequence[float], Sequence[float]]
"""The moments at which hypotheses see room, in order, and how much weight does by then."""


class Posterior:
    """The weights of all hypotheses.

    Attributes:
        cap: requests that the likeliest limit holds; 0 while nothing is known.
        per: its length in seconds.
        by_chance: the weight of refusals by chance.
        chance: the score of refusals by chance.
        paused_until: until when chance would have us wait.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._windows = Windows(history, frequencies())
        self._steady = SteadyRate(history)
        self._log_priors = [*self._windows.log_priors, log(STEADY)]
        self.chance: float = 0.0
        self.paused_until: float = -inf
        self._surveys: dict[float, Survey] = {}
        """By the share of the limits that may be used."""
        self._surveyed_at: tuple[float, ...] = ()
        """What had begun by then: who is let in uses the room that he was given."""
        self._let_in = 0
        """What had been let in by the latest: a wait for what was under way may be over since."""
        self._weigh()

    def when(self, weight: float, now: float, share: float = 1.0) -> float:
        """When hypotheses that together have this weight see room for one more request.

        Args:
            weight: from 0 to 1.
            now: the time.
            share: of each limit, what may be used.

        Returns:
            `now`, a later moment, or ``inf`` while that hangs on requests under way.
        """
        begun = self._history.total + self._history.under_way
        if self._surveyed_at != (begun, self.paused_until):
            self._surveyed_at = begun, self.paused_until
            self._surveys.clear()
        moments, sums = self._surveys.get(share) or self._survey(share)
        moment = moments[bisect_left(sums, weight * sums[-1])]
        if moment == inf and self._let_in < self._history.total:
            self._surveys.clear()
            return self.when(weight, now, share)
        return max(now, moment)

    def _survey(self, share: float) -> Survey:
        self._let_in = self._history.total
        moments = self._windows.free_at(self._live, share)
        moments += [self._steady.free_at(share), self.paused_until]
        in_order, weights = zip(*sorted(zip(moments, self._weights, strict=True)), strict=True)
        survey = self._surveys[share] = in_order, list(accumulate(weights))
        return survey

    def known(self, now: float) -> tuple[int, float] | None:
        """Requests and seconds of the likeliest limit, if most of the weight lies near it.

        None also before a whole window of it can have been seen.
        """
        if not self.cap or now - self._history.arrivals[0] < self.per:
            return None
        pers = [*map(self._windows.pers.__getitem__, self._live), self._steady.per]
        limits = zip(pers, self._weights, strict=False)
        near = [weight for per, weight in limits if 1 / NEAR < per / self.per < NEAR]
        return (max(1, round(self.cap)), self.per) if sum(near) > 0.5 else None

    # What it learns

    def refused(self, at: float, *, by_test: bool) -> None:
        """Weigh the first refusal after an opening, of a request sent at `at`."""
        foreseen = not self.cap or self.when(MOST, at) > at
        self.chance += -PRICE * log(1.5 + self._history.let_in) if foreseen else UNFORESEEN
        self._windows.refused(at, by_test=by_test)
        self._steady.refused(at)
        self._weigh()

    def still_refused(self, at: float, again: float = AGAIN) -> None:
        """Weigh that a probe sent at `at` was refused, or would have been by the server's word."""
        self._windows.still_refused(at)
        self._steady.still_refused(at)
        self.chance -= again
        self._weigh()

    def opened(self, at: float, part: float = 1.0) -> None:
        """Weigh that a probe was let in, which arrived at `at`.

        Args:
            at: when it did.
            part: of a window, what the rest before it lasted; a refusal counts as a whole one.
        """
        self._windows.opened(at)
        self._steady.opened(at)
        self._weigh(FADE**part)

    def fade(self) -> None:
        """Trust older evidence less."""
        self._weigh(FADE)

    def _weigh(self, kept: float = 1.0) -> None:
        """Make weights of the scores, of which so much is kept."""
        windows, steady, priors = self._windows, self._steady, self._log_priors
        scores = [*windows.scores, steady.score]
        best = max(scores)
        least = kept * (max(map(add, scores, priors)) - best) - LOST
        scores = [s if (s := kept * (score - best)) > least else least for score in scores]
        *windows.scores, steady.score = scores
        self.chance = min(kept * (self.chance - best), MOST_CHANCE)
        weights = [*map(exp, map(add, scores, priors)), CHANCE * exp(self.chance)]
        total = sum(weights)
        *weights, steadily, by_chance = weights
        self._live = [place for place, weight in enumerate(weights) if weight > LIVE * total]
        parts = [*[weights[place] for place in self._live], steadily, by_chance]
        self._weights = [part / total for part in parts]
        self.by_chance = by_chance / total
        self._surveyed_at = ()
        top = weights.index(max(weights))
        is_steady = steadily > weights[top]
        self.cap: float = steady.cap if is_steady else windows.caps[top]
        self.per: float = steady.per if is_steady else windows.pers[top]
