"""The floor: no belief may make us slower than a plain gate would be.

A plain gate goes on at full speed until a 429, waits, sends one probe, and goes on again. Where the
belief is surprised by most refusals, it is not worth following until it has proved the faster one:
cycles, from one opening to the next, are then given to a plain gate and to the belief in turn, what
each lets in for each second in which somebody waits is measured, and the belief gets a cycle again
only as long as it keeps up. Behind a plain gate it gets one after 1, 2, 4 ... cycles, so that a
world that has become sane again is noticed. Where refusals are foreseen nothing of this happens.
"""

from math import inf

from .throttle import Permit

DOUBTED = 1.1
"""Surprise, in units of score, above which the belief has to prove itself."""
TRIES = 2
"""Cycles of a plain gate that are measured first."""
BETTER = 1.1
"""Factor by which the plain gate must be faster to be preferred."""
REMEMBERED = 0.7
"""What remains of older cycles at each new one."""


class _Throughput:
    """Requests let in, and the seconds in which somebody waited or was served."""

    def __init__(self) -> None:
        self.cycles: int = 0
        self._let_in = self._busy = 0.0

    def add(self, let_in: int, busy: float) -> None:
        """Note one cycle."""
        self.cycles += 1
        self._let_in = REMEMBERED * self._let_in + let_in
        self._busy = REMEMBERED * self._busy + busy

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self._let_in / max(self._busy, 1e-3)


class Floor:
    """Tells, cycle by cycle, whether to act as a plain gate.

    Attributes:
        is_plain: whether this cycle is a plain gate's.
    """

    def __init__(self) -> None:
        self.is_plain: bool = False
        self._plain, self._believed = _Throughput(), _Throughput()
        self._is_whole = False
        self._busy = 0.0
        self._last = -inf
        self._turns, self._turns_until_next = 0, 1

    def began(self, permit: Permit) -> None:
        """Note a request, and for how long its caller has waited since the one before."""
        since = max(self._last, permit.asked)
        if since > -inf:
            self._busy += permit.began - since
        self._last = permit.began

    def opened(self, let_in: int, doubt: float) -> None:
        """Note that a cycle has ended, and decide whose the next one is."""
        if self._is_whole:
            (self._plain if self.is_plain else self._believed).add(let_in, self._busy)
        self._is_whole, self._busy = True, 0.0
        self.is_plain = doubt > DOUBTED and self._is_plains_turn()

    def _is_plains_turn(self) -> bool:
        if self._plain.cycles < TRIES:
            return True
        if not self._believed.cycles or self._plain.rate <= BETTER * self._believed.rate:
            return False
        self._turns += 1
        if self._turns <= self._turns_until_next:
            return True
        self._turns, self._turns_until_next = 0, 2 * self._turns_until_next
        return False
