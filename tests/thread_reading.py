"""Threads read from a sandbox, at rest or while it moves, and what must be in them."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from reamaze_async import IncompleteListing, Message, ReamazeSession, Threads
from reamaze_async.sandbox import Sandbox

Snapshot = dict[str, list[str | None]]
"""By slug, the texts of a thread, oldest first."""

every_way = pytest.mark.parametrize("way", ["each", "together"])


def snapshot(sandbox: Sandbox) -> Snapshot:
    """All threads now, the newest conversation first."""
    return {it.slug: [message.body for message in it.messages] for it in sandbox.conversations}


def texts(messages: tuple[Message, ...]) -> list[str | None]:
    """The texts of a thread."""
    return [message.body for message in messages]


async def read(threads: Threads, found: Snapshot | None = None) -> Snapshot:
    """All that is handed out, which is nothing twice, taken into `found`."""
    found = {} if found is None else found
    async for conversation, messages in threads:
        assert conversation.slug not in found
        found[conversation.slug] = texts(messages)
    return found


def requests_of_each(sandbox: Sandbox) -> int:
    """What it costs to read each thread by itself."""
    threads = [len(it.messages) for it in sandbox.conversations]
    return -(-len(threads) // 30) + sum(number // 30 + 1 for number in threads)


def requests_together(sandbox: Sandbox) -> int:
    """What it costs to read the brand's messages once."""
    return -(-len(sandbox.conversations) // 30) + len(sandbox.messages) // 30 + 1


@dataclass
class Reading:
    """What was read while the world moved, and what must have been.

    Attributes:
        stayed: the conversations that were there throughout.
        kept: the messages that were in their threads throughout.
        found: what was handed out.
        error: what was said at the end.
    """

    stayed: list[str]
    kept: Snapshot
    found: Snapshot = field(default_factory=dict)
    error: IncompleteListing | None = None

    @property
    def missing(self) -> Snapshot:
        """What must have been read and wasn't."""
        lost: Snapshot = {slug: [] for slug in self.stayed if slug not in self.found}
        for slug in self.found.keys() & self.kept.keys():
            if gone := [it for it in self.kept[slug] if it not in self.found[slug]]:
                lost[slug] = gone
        return lost


async def read_while_it_moves(sandbox: Sandbox, session: ReamazeSession, way: Any) -> Reading:
    """Read all threads in this way, and compare with what was there throughout."""
    mark, before = sandbox.mark(), snapshot(sandbox)
    found: Snapshot = {}
    error = None
    try:
        await read(session.conversations.threads(filter="all", way=way), found)
    except IncompleteListing as caught:
        error = caught
    after = snapshot(sandbox)
    there = before.keys() & after.keys()
    kept = {slug: [it for it in before[slug] if it in after[slug]] for slug in there}
    return Reading(sandbox.stayed(mark, filter="all"), kept, found, error)
