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
    url: str, port: int, name: str, limit: dict[str, Any], number: int, width: int
) -> None:
    """Ask so many times, with so many under way at once."""
    luck, left, shared = random.Random(name), [number], RedisLimit(url, **limit)

    async def ask_on() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left[0] > 0:
            left[0] -= 1
            await shared.acquire(ENDPOINT)
            await asyncio.sleep(luck.uniform(0.0, 0.05))
            writer.write(f"{name} {luck.uniform(0.0, 0.05)}\n".encode())
            status, retry_after = json.loads(await reader.readline())
            shared.answered(ENDPOINT, Outcome(status, retry_after=retry_after))
        writer.close()

    await asyncio.gather(*(ask_on() for _ in range(width)))
    await shared.aclose()


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
