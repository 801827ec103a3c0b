"""One process of many: asks a counting server through a `RedisLimit`, over a slow network."""

import asyncio
import json
import random
import sys
from typing import Any

from reamaze_async.limits.throttle import Outcome
from reamaze_async.redis import RedisLimit

ENDPOINT = "GET /conversations"


async def main(
    url: str,
    port: int,
    name: str,
    seed: str,
    limit: dict[str, Any],
    number: int = 10**9,
    seconds: float = 10**9,
    width: int = 8,
    share: float = 1.0,
    way: tuple[float, float] = (0.01, 0.05),
) -> None:
    """Ask so many times, or so long, with so many under way at once."""
    luck, clock = random.Random(seed), asyncio.get_running_loop().time
    shared = RedisLimit(url, **limit)
    gate = shared if share == 1.0 else shared.background(share)
    until, left = clock() + seconds, [number]

    async def ask_on() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left[0] > 0 and clock() < until:
            left[0] -= 1
            try:
                async with asyncio.timeout_at(until):
                    await gate.acquire(ENDPOINT)
            except TimeoutError:
                break
            await asyncio.sleep(luck.uniform(*way))
            writer.write(f"{name} {luck.uniform(*way)}\n".encode())
            status, retry_after = json.loads(await reader.readline())
            gate.answered(ENDPOINT, Outcome(status, retry_after=retry_after))
            left[0] += status == 429
        writer.close()

    await asyncio.gather(*(ask_on() for _ in range(width)))
    await shared.aclose()


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
