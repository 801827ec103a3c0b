"""What an export costs: CPU against loops written by hand, and the peak of memory.

CPU seconds of this process, interleaved in one run; the sandbox is another process. The baseline
fetches page 1, then the others through a semaphore, and writes each answer's bytes as they come,
in order: no retries, no limiter, no drift, nothing read, nothing safe. The second loop by hand
writes an item a line. `--memory N` exports N small conversations in a process of its own, to each
format, and tells its peak.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import aiohttp
import msgspec

from reamaze_async import ReamazeSession, export

from .serving import Address, serve

CONCURRENCY = 8

Run = Callable[[Address, Path], Awaitable[object]]


async def ours(address: Address, path: Path) -> None:
    """Export with this package."""
    async with ReamazeSession(
        address.brand, address.email, address.token, base_url=address.base_url
    ) as session:
        await export(session.conversations.list(filter="all"), path)


async def _bodies(address: Address) -> AsyncIterator[bytes]:
    slots = asyncio.Semaphore(CONCURRENCY)
    headers = {
        "Authorization": aiohttp.encode_basic_auth(address.email, address.token),
        "Accept": "application/json",
    }
    async with aiohttp.ClientSession(headers=headers) as http:

        async def fetch(page: int) -> bytes:
            url = f"{address.base_url}/api/v1/conversations?filter=all&page={page}"
            async with slots, http.get(url) as response:
                return await response.read()

        first = await fetch(1)
        yield first
        pages = json.loads(first)["page_count"]
        for task in [asyncio.create_task(fetch(number)) for number in range(2, pages + 1)]:
            yield await task


async def raw_pages(address: Address, path: Path) -> None:
    """By hand: each answer's bytes."""
    with path.open("wb") as file:
        async for body in _bodies(address):
            file.write(body)


class Envelope(msgspec.Struct):
    """A page, as the hand-written loop decodes it."""

    conversations: list[msgspec.Raw]


async def raw_items(address: Address, path: Path) -> None:
    """By hand: an item a line."""
    decoder = msgspec.json.Decoder(Envelope)
    with path.open("wb") as file:
        async for body in _bodies(address):
            items = decoder.decode(body).conversations
            file.writelines(bytes(item) + b"\n" for item in items)


def measure(run: Run, address: Address, folder: Path) -> tuple[float, float]:
    """CPU and wall seconds of one run."""
    path = folder / "export.ndjson"
    path.unlink(missing_ok=True)
    cpu, wall = time.process_time(), time.perf_counter()
    asyncio.run(run(address, path))
    return time.process_time() - cpu, time.perf_counter() - wall


def compare(pages: int, rounds: int, size: str) -> None:
    """Print CPU and wall time of each, and the ratios to the bare loop."""
    contenders: dict[str, Run] = {
        "by hand, pages as they come": raw_pages,
        "by hand, an item a line": raw_items,
        "reamaze_async": ours,
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    with serve(conversations=pages * 30, size=size) as address, _folder() as folder:
        for turn in range(rounds + 1):
            for name, run in contenders.items():
                taken = measure(run, address, folder)
                times[name] += [taken] if turn else []
    base = [cpu for cpu, _ in times["by hand, pages as they come"]]
    print(f"{pages} pages of 30, {size}; CPU of the client, {rounds} rounds")
    for name, pairs in times.items():
        ratios = [cpu / other for (cpu, _), other in zip(pairs, base, strict=True)]
        print(
            f"{name:32} {median(c for c, _ in pairs):6.2f} s CPU  "
            f"{median(w for _, w in pairs):6.2f} s wall  "
            f"ratio {median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def weigh(conversations: int, formats: list[str]) -> None:
    """Print the peak of memory of an export to each format."""
    with serve(conversations=conversations, size="small") as address, _folder() as folder:
        for ending in formats:
            context = multiprocessing.get_context("spawn")
            here, there = context.Pipe(duplex=False)
            path = folder / f"export.{ending}"
            process = context.Process(target=_weigh, args=(there, address, path))
            process.start()
            there.close()
            peak, wall, size = here.recv()
            process.join()
            print(
                f"{conversations} conversations to {ending:10} peak {peak:5.0f} MB  "
                f"{wall:6.1f} s  {size / 1e6:6.1f} MB written",
                flush=True,
            )


def _weigh(pipe: Connection, address: Address, path: Path) -> None:
    wall = time.perf_counter()
    asyncio.run(ours(address, path))
    size = path.stat().st_size
    path.unlink()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((peak, time.perf_counter() - wall, size))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-export-") as name:
        yield Path(name)


def main() -> None:
    """Compare, or weigh."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", default="normal")
    parser.add_argument("--memory", type=int, metavar="N", default=0)
    parser.add_argument("--formats", nargs="+", default=["ndjson", "csv", "parquet", "sqlite"])
    options = parser.parse_args()
    if options.memory:
        weigh(options.memory, options.formats)
    else:
        compare(options.pages, options.rounds, options.size)


if __name__ == "__main__":
    main()
