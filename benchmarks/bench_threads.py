"""Requests that threads take, read each by itself and together, by messages in a conversation.

Requests only: they are what a rate limit counts. Each way is compared with its formula, and all
threads with the truth.

    python -m benchmarks threads
    python -m benchmarks threads --conversations 2000 --each 2 5 20 60
"""

import argparse
import asyncio
from typing import get_args

from reamaze_async import ReamazeSession
from reamaze_async.sandbox import Sandbox
from reamaze_async.threads.way import Way

HOUR = 3_600_000
PAGE = 30


def _fill(sandbox: Sandbox, each: int) -> None:
    """Give each conversation so many messages, within an hour."""
    for it in sandbox.conversations:
        it.customer_at, it.staff_at = it.created + (HOUR if each > 1 else 0), None
        it.message_count = each
        it.forget()


async def _requests(sandbox: Sandbox, way: Way) -> int:
    """How many requests it takes to read all threads in this way."""
    truth = {it.slug: [message.body for message in it.messages] for it in sandbox.conversations}
    before = len(sandbox.requests)
    login = (sandbox.brand, sandbox.email, sandbox.token)
    async with ReamazeSession(*login, base_url=sandbox.base_url) as session:
        threads = session.conversations.threads(filter="all", way=way)
        found = {thread.conversation.slug: thread.messages async for thread in threads}
    if {slug: [one.body for one in messages] for slug, messages in found.items()} != truth:
        message = f"{way}: not what is there"
        raise AssertionError(message)
    return len(sandbox.requests) - before


async def _row(conversations: int, each: int) -> str:
    async with Sandbox(conversations, size="small") as sandbox:
        _fill(sandbox, each)
        took = {way: await _requests(sandbox, way) for way in get_args(Way)}
    pages = -(-conversations // PAGE)
    apart = pages + conversations * (each // PAGE + 1)
    together = pages + conversations * each // PAGE + 1
    return (
        f"{each:8} {took['each']:6} ({apart:6}) {took['together']:9} ({together:6})"
        f" {took['auto']:6} {took['each'] / took['together']:8.1f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--conversations", type=int, default=500)
    parser.add_argument("--each", type=int, nargs="+", default=[1, 2, 5, 20, 60])
    options = parser.parse_args()
    print(f"{options.conversations} conversations; in brackets what the formula says")
    print("messages   each           together            auto    fewer")
    for each in options.each:
        print(asyncio.run(_row(options.conversations, each)), flush=True)


if __name__ == "__main__":
    main()
