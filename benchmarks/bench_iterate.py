"""What iterating costs the client: ours against loops written by hand.

CPU seconds of this process per 1000 pages, interleaved in one run; the sandbox is another
process. The baseline is what a careful engineer writes on the spot: page 1, then the others
through a semaphore, awaited in order, decoded by msgspec into the same Structs; no retries, no
limiter, no drift.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import aiohttp
import msgspec

from reamaze_async import Conversation, ReamazeSession

from .serving import Address, serve

CONCURRENCY = 8


class Envelope(msgspec.Struct):
    """A page, as the hand-written loop decodes it."""

    page_count: int
    total_count: int
    conversations: list[Conversation]


async def ours(address: Address, ordered: bool = True) -> int:
    """Iterate with this package."""
    count = 0
    async with ReamazeSession(
        address.brand, address.email, address.token, base_url=address.base_url
    ) as session:
        async for _ in session.conversations.list(filter="all", ordered=ordered):
            count += 1
    return count


async def by_hand(address: Address) -> int:
    """An ordered aiohttp + msgspec loop."""
    decoder = msgspec.json.Decoder(Envelope)
    slots = asyncio.Semaphore(CONCURRENCY)
    headers = {
        "Authorization": aiohttp.encode_basic_auth(address.email, address.token),
        "Accept": "application/json",
    }
    count = 0
    async with aiohttp.ClientSession(headers=headers) as http:

        async def fetch(page: int) -> Envelope:
            url = f"{address.base_url}/api/v1/conversations?filter=all&page={page}"
            async with slots, http.get(url) as response:
                return decoder.decode(await response.read())

        first = await fetch(1)
        tasks = [asyncio.create_task(fetch(n)) for n in range(2, first.page_count + 1)]
        count += len(first.conversations)
        for task in tasks:
            for _ in (await task).conversations:
                count += 1
    return count


async def httpx_pydantic(address: Address) -> int:
    """The same loop over httpx and pydantic."""
    import httpx
    from pydantic import BaseModel, ConfigDict

    class Model(BaseModel):
        model_config = ConfigDict(extra="ignore")

    fields = {"name": (str | None, None), "email": (str | None, None), "id": (int | None, None)}
    from datetime import datetime

    from pydantic import Field, create_model

    user = create_model(
        "User",
        __base__=Model,
        **fields,
        friendly_name=(str | None, None),
        display_name=(str | None, None),
        data=(Any, None),
        is_staff=(bool | None, Field(None, alias="staff?")),
    )
    excerpt = create_model(
        "Excerpt", __base__=Model, body=(str | None, None), created_at=(datetime | None, None)
    )
    conversation = create_model(
        "Conversation",
        __base__=Model,
        slug=(str, ...),
        subject=(str | None, None),
        created_at=(datetime | None, None),
        updated_at=(datetime | None, None),
        origin=(int | None, None),
        data=(Any, None),
        author=(user | None, None),
        assignee=(user | None, None),
        perma_url=(str | None, None),
        tag_list=(list[str] | None, None),
        status=(int | None, None),
        category=(Any, None),
        last_customer_message=(excerpt | None, None),
        followers=(list[user] | None, None),
        message=(excerpt | None, None),
    )
    envelope = create_model(
        "Envelope",
        __base__=Model,
        page_count=(int, ...),
        conversations=(list[conversation], ...),
    )
    slots = asyncio.Semaphore(CONCURRENCY)
    count = 0
    async with httpx.AsyncClient(auth=(address.email, address.token), timeout=60) as http:

        async def fetch(page: int) -> Any:
            url = f"{address.base_url}/api/v1/conversations?filter=all&page={page}"
            async with slots:
                answer = await http.get(url, headers={"Accept": "application/json"})
            return envelope.model_validate_json(answer.content)

        first = await fetch(1)
        tasks = [asyncio.create_task(fetch(n)) for n in range(2, first.page_count + 1)]
        count += len(first.conversations)
        for task in tasks:
            count += len((await task).conversations)
    return count


def measure(
    run: Callable[[Address], Awaitable[int]], address: Address, expected: int
) -> tuple[float, float]:
    """CPU and wall seconds of one run."""
    cpu, wall = time.process_time(), time.perf_counter()
    count = asyncio.run(run(address))
    if count != expected:
        raise SystemExit(f"{run.__name__}: {count} conversations, not {expected}")
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Print CPU and wall time of each, and the ratios to the loop by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", default="normal")
    parser.add_argument("--no-httpx", action="store_true")
    options = parser.parse_args()
    contenders: dict[str, Any] = {
        "by hand (aiohttp + msgspec)": by_hand,
        "reamaze_async": ours,
        "reamaze_async, ordered=False": lambda a: ours(a, ordered=False),
    }
    if not options.no_httpx:
        contenders["httpx + pydantic"] = httpx_pydantic
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    with serve(conversations=options.pages * 30, size=options.size) as address:
        for run in contenders.values():
            measure(run, address, options.pages * 30)
        for _ in range(options.rounds):
            for name, run in contenders.items():
                times[name].append(measure(run, address, options.pages * 30))
    base = [cpu for cpu, _ in times["by hand (aiohttp + msgspec)"]]
    print(
        f"{options.pages} pages of 30, {options.size}; CPU of the client, {options.rounds} rounds"
    )
    for name, pairs in times.items():
        ratios = [pair[0] / other for pair, other in zip(pairs, base, strict=True)]
        cpu, wall = (median(column) for column in zip(*pairs, strict=True))
        print(
            f"{name:32} {cpu:6.2f} s CPU  {wall:6.2f} s wall"
            f"  ratio {median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
