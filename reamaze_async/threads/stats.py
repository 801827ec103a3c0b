"""The numbers of an iteration over threads, live while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from reamaze_async.listings.stats import ListingStats


@dataclass(slots=True)
class ThreadsStats(ListingStats):
    """What an iteration over threads did so far; live while it runs.

    The counts of `ListingStats` are those of all lists together; `items` are threads, `pages` and
    what the list counts are those of the list of conversations.

    Attributes:
        conversations: threads handed out.
        messages: messages in them.
        alone: threads that were read by themselves although the brand's messages are read.
        held: messages that wait for their conversations now.
        gone: conversations that were deleted or merged before their thread was read; left out.
        way: how the threads are read: `each` or `together`; empty until that is decided.
    """

    conversations: int = 0
    messages: int = 0
    alone: int = 0
    held: int = 0
    gone: int = 0
    way: str = ""
