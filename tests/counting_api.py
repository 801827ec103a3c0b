"""An API that counts what arrives, and those who ask it under a limit."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reamaze_async.limits.throttle import Outcome

ENDPOINT = "GET /conversations"


@dataclass
class Api:
    """A server that counts what arrives, and when; `answer` says what it answers.

    Attributes:
        arrivals: when a request came, from whom, and its answer.
        answer: the status and the `Retry-After` for a request that arrives then.
    """

    answer: Callable[[float], tuple[int, float | None]] = lambda _: (200, None)
    arrivals: list[tuple[float, str, int]] = field(default_factory=list)

    def arrive(self, name: str) -> tuple[int, float | None]:
        """Answer a request that arrives now."""
        now = asyncio.get_running_loop().time()
        status, retry_after = self.answer(now)
        self.arrivals.append((now, name, status))
        return status, retry_after

    async def ask(self, limit: Any, name: str, way: tuple[float, float]) -> int:
        """One request, with seconds for the way there and back; the status."""
        await limit.acquire(ENDPOINT)
        await asyncio.sleep(way[0])
        status, retry_after = self.arrive(name)
        await asyncio.sleep(way[1])
        limit.answered(ENDPOINT, Outcome(status, retry_after=retry_after))
        return status

    async def work(
        self, limit: Any, name: str, width: int, way: tuple[float, float], **end: float
    ) -> None:
        """Ask so many times, or so many seconds long, with so many under way at once."""
        luck, clock = Random(name), asyncio.get_running_loop().time
        left, until = [end.get("number", 10**9)], clock() + end.get("seconds", 10**9)

        async def ask_on() -> None:
            while left[0] > 0 and clock() < until:
                left[0] -= 1
                seconds = luck.uniform(*way), luck.uniform(*way)
                left[0] += await self.ask(limit, name, seconds) == 429

        await asyncio.gather(*(ask_on() for _ in range(width)))

    def count(self, status: int = 200) -> int:
        """How many were answered so."""
        return sum(came == status for _, _, came in self.arrivals)

    def most(self, per: float) -> int:
        """The most that arrived in any window of so many seconds."""
        times, first, most = [when for when, _, _ in self.arrivals], 0, 0
        for last, when in enumerate(times):
            while when - times[first] >= per:
                first += 1
            most = max(most, last + 1 - first)
        return most

    def shares(self) -> dict[str, int]:
        """How many of each worker's were let in."""
        names = {name for _, name, _ in self.arrivals}
        return {
            name: sum(who == name and status == 200 for _, who, status in self.arrivals)
            for name in names
        }
