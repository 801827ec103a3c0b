"""Entries: threads that are under way or not yet taken, and which of them is handed out next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reamaze_async.paging.cursor import Cursor

from .join import Joined, ListedConversation, ListedMessage


class Assembled(NamedTuple):
    """A thread, put together.

    Attributes:
        conversation: the conversation, typed or raw.
        messages: its messages, oldest first.
        cursor: where the list of conversations stands once all of its page are handed out.
        pending: how many of that page are still to come.
    """

    conversation: ListedConversation
    messages: Sequence[ListedMessage]
    cursor: Cursor
    pending: int


@dataclass(slots=True, eq=False)
class Entry:
    """A thread that is under way or not yet taken.

    Attributes:
        joined: what the join says of it.
        cursor, pending: see `Assembled`.
        messages: what came of its messages, newest first.
        opened: the list that they come from, while they are read alone.
        is_done: whether it is complete, gone, or can't be fetched.
        is_gone: whether the conversation is there no more.
        error: why it can't be fetched.
    """

    joined: Joined
    cursor: Cursor
    pending: int
    messages: list[ListedMessage]
    opened: Any = None
    is_done: bool = False
    is_gone: bool = False
    error: Exception | None = None

    def assembled(self) -> Assembled:
        """The thread."""
        messages = self.messages[::-1]
        if all(message.at is not None for message in messages):
            messages.sort(key=lambda message: message.at or 0.0)
        return Assembled(self.joined.conversation, messages, self.cursor, self.pending)


class Entries:
    """All entries, in the order of their conversations.

    Args:
        room: how many there may be.
        ordered: whether they are handed out in that order.
    """

    def __init__(self, room: int, *, ordered: bool) -> None:
        self._room = room
        self._ordered = ordered
        self._entries: list[Entry] = []

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another one."""
        return len(self._entries) >= self._room

    @property
    def is_failing(self) -> bool:
        """Whether one can't be fetched, so that none should be added."""
        return any(entry.error is not None for entry in self._entries)

    def add(self, entry: Entry) -> None:
        """Add one."""
        self._entries.append(entry)

    def next(self, *, is_last: bool) -> Entry | None:
        """The one to hand out now, or whose error is to be raised; None: not yet.

        Args:
            is_last: whether no other will be added.
        """
        self._entries = [entry for entry in self._entries if not entry.is_gone]
        return self._first() if self._ordered else self._any(is_last=is_last)

    def take(self, *, is_last: bool) -> Entry | None:
        """Take out the `next` one."""
        if (found := self.next(is_last=is_last)) is not None:
            self._entries.remove(found)
        return found

    def _first(self) -> Entry | None:
        return self._entries[0] if self._entries and self._entries[0].is_done else None

    def _any(self, *, is_last: bool) -> Entry | None:
        done = [entry for entry in self._entries if entry.is_done]
        good = next((entry for entry in done if entry.error is None), None)
        is_over = is_last and len(done) == len(self._entries)
        return good or (done[0] if done and is_over else None)
