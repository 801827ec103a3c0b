"""The weights of all hypotheses about a limit, and when enough of them see room.

The weight of a hypothesis is at first how likely it is before anything was seen, its prior. It
sinks with each refusal and each opening that the hypothesis didn't foresee: a cost is what comes
off its logarithm.

Chance is a hypothesis, too: an overloaded server, another client that takes the whole limit, or
processes that count apart may refuse whatever we do. Chance foresees nothing and excludes nothing,
so it pays fixed prices instead:

* for the first refusal after an opening, a higher one the more were let in before: a limit that
  foresaw the end of a long run is hardly right by luck;
* for each probe that is refused, and for each further request of a refused wave.

It gains when the server says to come back at once, as no window would.

Limits change, so nothing is ruled out for good: each opening makes older evidence count less, and
gives a little of all weight back to the priors. After a rest, both go by its part of a window.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import exp, inf, log
from operator import mul, neg

from .hypotheses import STEADY, History, SteadyRate, Windows, frequencies

CHANCE = 0.04
"""Prior share of refusals by chance."""
PRICE = 0.25
"""Cost for chance of a refusal, by the logarithm of what was let in before it."""
AGAIN, WAVE, AT_ONCE = 0.7, 0.2, 1.5
"""Cost for chance of a probe that is refused, and of each further request of a refused wave; its
gain from ``Retry-After: 0``."""
FADE, RENEWED = 0.95, 0.01
"""Limits change: what is left of older evidence after an opening; and the part of the belief that
goes back to the priors then, so that nothing is ruled out for good."""
LIVE = 1e-3
"""Hypotheses of less weight than this aren't asked."""
NEAR = 1.25
"""Factor within which two lengths are one, to people."""

Survey = tuple[Sequence[float], Sequence[float], int]
"""The moments at which hypotheses see room, in order; how much weight does by then; and what had
been let in when they were asked, since a wait for what was under way may be over later."""


class Posterior:
    """The weights of all hypotheses.

    Attributes:
        cap: requests that the likeliest limit holds; 0 while nothing is known.
        per: its length in seconds.
        by_chance: the weight of refusals by chance.
        chance: what chance has gained, or lost, since all were weighed last.
        paused_until: until when chance would have us wait.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._windows = Windows(history, frequencies())
        self._steady = SteadyRate(history)
        self._pers = [*self._windows.pers, self._steady.per]
        self._weights = self._priors = [*self._windows.priors, STEADY, CHANCE]
        self.chance: float = 0.0
        self.paused_until: float = -inf
        self._surveys: dict[float, Survey] = {}
        """By the share of the limits that may be used."""
        self._surveyed_at: tuple[float, ...] = ()
        """What had begun by then: who is let in uses the room that he was given."""
        self._weigh([0.0] * len(self._priors))

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
        moments, sums, let_in = self._surveys.get(share) or self._survey(share)
        moment = moments[bisect_left(sums, weight * sums[-1])]
        if moment == inf and let_in < self._history.total:
            self._survey(share)
            return self.when(weight, now, share)
        return max(now, moment)

    def _survey(self, share: float) -> Survey:
        moments = self._windows.free_at(self._live, share)
        moments += [self._steady.free_at(share), self.paused_until]
        in_order, weights = zip(*sorted(zip(moments, self._asked, strict=True)), strict=True)
        self._surveys[share] = in_order, list(accumulate(weights)), self._history.total
        return self._surveys[share]

    def known(self, now: float) -> tuple[int, float] | None:
        """Requests and seconds of the likeliest limit, if most of the weight lies near it.

        None also before a whole window of it can have been seen.
        """
        was_seen = self.cap and now - self._history.sent[0] >= self.per
        limits = zip(self._pers, self._weights, strict=False)
        near = sum(weight for per, weight in limits if 1 / NEAR < per / self.per < NEAR)
        return (max(1, round(self.cap)), self.per) if was_seen and near > 0.5 else None

    # What it learns

    def refused(self, at: float, *, by_test: bool) -> None:
        """Weigh the first refusal after an opening, of a request sent at `at`."""
        costs = self._windows.refused(at, by_test=by_test)
        self._weigh([*costs, self._steady.refused(at), PRICE * log(1.5 + self._history.let_in)])

    def still_refused(self, at: float, again: float = AGAIN) -> None:
        """Weigh that a probe sent at `at` was refused, or would have been by the server's word."""
        self._weigh([*self._windows.still_refused(at), self._steady.still_refused(at), again])

    def opened(self, at: float, *, after_refusal: bool = True) -> None:
        """Weigh that a probe sent at `at` was let in; what is older counts less.

        Args:
            at: when it was sent.
            after_refusal: whether others were refused before it; else it has ended a rest, whose
                part of a window counts.
        """
        costs = self._windows.opened(at, after_refusal=after_refusal)
        windows = 1.0 if after_refusal else (at - self._history.spent_at) / self.per
        self._weigh([*costs, 0.0, 0.0], fading=min(1.0, windows))

    def _weigh(self, costs: list[float], fading: float = 0.0) -> None:
        """Take the costs off the logarithms of the weights; chance gets what it has gained.

        Args:
            costs: of each window, of the steady rate, of chance.
            fading: of one opening's fading, this part.
        """
        costs[-1] -= self.chance
        self.chance = 0.0
        left = [*map(mul, self._weights, map(exp, map(neg, costs)))]
        kept, renewed = FADE**fading, RENEWED * fading
        pairs = zip(left, self._priors, strict=True)
        left = [prior * ((part / prior) ** kept + renewed) for part, prior in pairs]
        total = sum(left)
        self._weights = [part / total for part in left]
        *weights, steadily, self.by_chance = self._weights
        self._live = [place for place, weight in enumerate(weights) if weight > LIVE]
        self._asked = [*[weights[place] for place in self._live], steadily, self.by_chance]
        self._surveyed_at = ()
        top = max(range(len(self._pers)), key=self._weights.__getitem__)
        self.cap: float = [*self._windows.caps, self._steady.cap][top]
        self.per: float = self._pers[top]
