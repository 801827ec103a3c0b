"""What is seen of requests, whatever is believed about the limit."""

from math import floor, inf


class Traffic:
    """Requests under way, their latency, and the server's clock.

    Attributes:
        under_way: requests that have begun and not ended.
        latency: seconds from sending to answer, smoothed over about ten answers.
    """

    def __init__(self) -> None:
        self.under_way = 0
        self.latency: float = 0.25
        self._least, self._most = -inf, inf

    def let_in(self, began: float, now: float) -> None:
        """Note an answer that isn't a 429."""
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
