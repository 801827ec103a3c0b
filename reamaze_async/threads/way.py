"""The way in which threads are read, and which one takes fewer requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from reamaze_async.wire.decode import PAGE_SIZE

from .join import ListedConversation

Way = Literal["each", "together", "auto"]


def cheaper(conversations: int, first: Sequence[ListedConversation], messages: int) -> Way:
    """The way that takes fewer requests, as far as totals tell.

    Args:
        conversations: how many the list has.
        first: some of them, whose `message_count` stands for that of all.
        messages: how many messages the whole brand has.
    """
    pages = [(one.counted or 0) // PAGE_SIZE + 1 for one in first]
    each = conversations * (sum(pages) / len(pages) if pages else 1)
    return "together" if messages // PAGE_SIZE + 1 <= each and conversations > 1 else "each"
