"""Doubts: what may be missing from threads, told as one error at the end."""

from __future__ import annotations

from reamaze_async.errors import IncompleteListing
from reamaze_async.listings.unreadable_items import UnreadableItems
from reamaze_async.wire.request import ROOT

from .join import Join

MERGED = "conversations were merged while they were read"


class Doubts:
    """What may be missing.

    Attributes:
        conversations: what the list of conversations said at its end; None: all is well.
        messages: what the list of the brand's messages said at its end.
        missing: how many messages fewer came than that one counts, if that is all it said.
        unreadable: messages of the brand that can't be read.
        threads: why threads that were read alone may lack messages, by slug.
    """

    def __init__(self, threads: dict[str, str] | None = None) -> None:
        self.conversations: IncompleteListing | None = None
        self.messages: IncompleteListing | None = None
        self.missing: int = 0
        self.unreadable: UnreadableItems = UnreadableItems()
        self.threads: dict[str, str] = {} if threads is None else threads

    def error(self, join: Join) -> IncompleteListing | None:
        """The error to raise at the end; None if nothing is missing."""
        reasons = [MERGED] if join.incomplete else []
        reasons += dict.fromkeys(self.threads.values())
        if join.orphans:
            few = "1 message doesn't" if join.orphans == 1 else f"{join.orphans} messages don't"
            reasons.append(f"{few} tell their conversation")
        # Missing from the one list, and found by reading threads alone.
        is_found = 0 < self.missing <= join.found_alone
        messages = None if is_found else self.messages
        lacks_more = bool(reasons or self.conversations or messages)
        if self.unreadable.count and not messages:
            reasons.append(str(self.unreadable))
        others = [error for error in (self.conversations, messages) if error is not None]
        if len(others) == 1 and not reasons:
            return others[0]
        if not (others or reasons):
            return None
        told = [*reasons, *(error.fact.rstrip(".") for error in others)]
        return IncompleteListing(
            sorted({page for error in others for page in error.pages}),
            path=ROOT + "/conversations",
            reason="; ".join(told),
            slugs=list(dict.fromkeys((*join.incomplete, *self.threads))),
            remedy="read-each" if lacks_more else "look-at-item",
        )
