"""What is seen of requests, whatever is believed about the limit."""

from math import floor, inf

LONGEST_ROW = 8
"""429s in a row that are enough, or as many as requests were in flight when the first one came."""


class Traffic:
    """Requests under way, their latency, refusals in a row, and the server's clock.

    Attributes:
        under_way: requests that have begun and not ended.
        latency: seconds from sending to answer, smoothed over about ten answers.
        row: 429s in a row, as the server gave them: what is let in late, behind a gate that a 429
            has closed, was let in before.
    """

    def __init__(self) -> None:
        self.under_way = 0
        self.latency: float = 0.25
        self.row: int = 0
        self._widest = LONGEST_ROW
        self._least, self._most = -inf, inf

    @property
    def spare(self) -> int:
        """429s that may follow before the row is longer than it should be."""
        return max(0, self._widest - self.row)

    def refused(self) -> None:
        """Note a 429."""
        self.row += 1
        self._widest = max(self._widest, self.under_way + 1)

    def let_in(self, began: float, now: float, *, is_late: bool = False) -> None:
        """Note an answer that isn't a 429."""
        self.row = self.row if is_late else 0
        self.latency += 0.1 * (now - began - self.latency)

    def heard(self, date: float, sent: float, now: float) -> None:
        """Note that the server's clock showed `date`, in whole seconds, between `sent` and `now`.

        Each answer bounds how far it is ahead of ours; the bounds of many meet within
        milliseconds. Bounds that contradict each other mean a clock that was set: begin anew.
        """
        least, most = date - now, date + 1 - sent
        self._least, self._most = max(self._least, least), min(self._most, most)
        if self._least > self._most:
            self._least, self._most = least, most

    def next_minute(self, after: float) -> float:
        """When the server's next minute has surely begun; ``inf`` while its clock is unknown."""
        if self._most == inf:
            return inf
        return (floor((after + self._least) / 60) + 1) * 60 - self._least
