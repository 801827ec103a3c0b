"""The join: messages of a whole brand to their conversations, as both lists go down in time.

Both lists stand newest first, and no message is older than its conversation. So when the messages
have passed the time at which a conversation began, all of its messages are there. `Join` is told
what the two lists bring, and says what to do next: take more of one list, hand out a thread, or
wait until a thread that is read alone has come. It has no clock, no loop and no socket.

* **Held** are messages of conversations that began before the point reached: their conversation
  may still come. What belongs to conversations that should have come and didn't, since the list
  leaves them out, is dropped.
* **Alone**, by a listing of its own, a thread is read if its conversation counts more messages than
  came, if messages of it were dropped (its conversation came out of order), or if nobody knows when
  it began. The server's count is a guess: after `IN_VAIN` such reads in a row that brought nothing
  it is believed no more, and so many at most are under way on its word.
* **Late** are messages of conversations that were handed out before, as where another one was
  merged into them. If the thread was read alone and has them, all is well; else they are missing.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import Any, Literal, NamedTuple

IN_VAIN = 8
"""After so many reads in a row that brought nothing, `message_count` is believed no more."""


class ListedConversation(NamedTuple):
    """A conversation, as the join sees it.

    Attributes:
        item: handed through untouched.
        slug: its key.
        began: when it was created, in seconds of any clock; None if it doesn't say.
        counted: how many messages it counts; None if it doesn't say.
    """

    item: Any
    slug: str
    began: float | None
    counted: int | None

    def __repr__(self) -> str:
        return f"ListedConversation({self.slug!r})"  # There is a secret link in it.


class ListedMessage(NamedTuple):
    """A message, as the join sees it.

    Attributes:
        item: handed through untouched.
        outline: what its key is made of.
        slug: its conversation's key; empty if it doesn't say.
        at: when it was written; None if it doesn't say.
        began: when its conversation was created; None if it doesn't say.
    """

    item: Any
    outline: Any
    slug: str
    at: float | None
    began: float | None


@dataclass(frozen=True, slots=True)
class Joined:
    """A conversation to be handed out.

    Attributes:
        conversation: the conversation.
        messages: what came of its messages, newest first.
        alone: whether its thread must be read by itself.
        on_count: whether only `message_count` says so.
    """

    conversation: ListedConversation
    messages: Sequence[ListedMessage] = ()
    alone: bool = False
    on_count: bool = False


Next = Literal["conversations", "messages", "a read", "nothing"]
"""What to wait for: a batch of either list, or a thread that is read alone; or it is over."""


class Join:
    """Joins two lists.

    Attributes:
        held: how many messages wait for their conversations.
        orphans: how many messages didn't say to which conversation they belong.
        found_alone: how many messages only the threads that were read alone have brought.
    """

    def __init__(
        self,
        key: Callable[[Any], str],
        *,
        to_the_end: bool = False,
        handed_out: Iterable[str] = (),
        had: Iterable[str] = (),
        point: float = inf,
        newest: float | None = None,
    ) -> None:
        """Begin, or go on where an earlier join stood.

        Args:
            key: gives the key of a message's outline.
            to_the_end: take all messages, also those below the last conversation, for the sake of
                what `drift="verify"` finds late.
            handed_out: the slugs of the conversations that an earlier join handed out.
            had: the keys of their messages.
            point: when the earliest of them began.
            newest: when the newest message was written that the earlier join took.
        """
        self.held: int = 0
        self.orphans: int = 0
        self.found_alone: int = 0
        self._key = key
        self._each = False
        self._to_the_end = to_the_end
        self._conversations: deque[ListedConversation] = deque()
        self._messages: deque[ListedMessage] = deque()
        self._ended: set[Next] = set()
        self._point = point
        self._newest = newest
        self._held: dict[str, list[ListedMessage]] = {}
        self._beginnings: list[tuple[float, str]] = []
        self._dropped: set[int] = set()
        self._handed_out: set[str] = set(handed_out)
        self._had: set[str] = set(had)
        self._late: dict[str, set[str]] = {}
        self._in_vain = self._on_count = 0

    @property
    def incomplete(self) -> tuple[str, ...]:
        """The slugs of conversations whose messages came after they had been handed out."""
        return tuple(self._late)

    @property
    def waiting(self) -> Sequence[ListedConversation]:
        """The conversations that were taken and not handed out."""
        return tuple(self._conversations)

    def read_each(self) -> None:
        """Read each thread alone; there will be no messages of the whole brand."""
        self._each = True
        self._ended.add("messages")

    def take_conversations(self, conversations: Iterable[ListedConversation]) -> None:
        """Take what the list of conversations brought, in order."""
        self._conversations.extend(conversations)

    def take_messages(self, messages: Iterable[ListedMessage]) -> None:
        """Take what the list of messages brought, in order."""
        self._messages.extend(messages)

    def take_again(self, message: ListedMessage) -> None:
        """Take a message that an earlier join took; maybe its thread was handed out with it."""
        self._settle(message)

    def end(self, which: Next) -> None:
        """Note that a list has come to its end."""
        self._ended.add(which)

    def next(self) -> Next | Joined:
        """What to do now: hand out a conversation, or wait for something.

        Whoever waited calls it again; nothing has changed until what was waited for has come.
        """
        if not self._conversations:
            if "conversations" not in self._ended:
                return "conversations"
            return self._take_the_rest()
        conversation = self._conversations[0]
        if self._each or conversation.began is None:
            return self._hand_out(conversation, alone=True)
        self._point = min(self._point, conversation.began)
        self._drop()
        if not self._advance(conversation.began):
            return "messages"
        if hash(conversation.slug) in self._dropped:
            return self._hand_out(conversation, alone=True)
        came = self._held.get(conversation.slug, ())
        if conversation.counted is None or conversation.counted <= len(came) or self._is_disproved:
            return self._hand_out(conversation)
        if self._in_vain + self._on_count >= IN_VAIN:
            return "a read"
        self._on_count += 1
        return self._hand_out(conversation, alone=True, on_count=True)

    def read_alone(self, joined: Joined, messages: Sequence[ListedMessage]) -> None:
        """Note what a thread that was read alone has brought."""
        slug, began = joined.conversation.slug, joined.conversation.began
        keys = Counter(self._key(message.outline) for message in messages)
        # Two messages that agree in everything have one key, and are two all the same.
        new = (keys - Counter(self._key(message.outline) for message in joined.messages)).total()
        self.found_alone += new
        if joined.on_count:
            self._in_vain = 0 if new else self._in_vain + 1
            self._on_count -= 1
        if slug in self._late:
            self._late[slug] -= keys.keys()
            if not self._late[slug]:
                del self._late[slug]
        if not self._each:
            # Newer ones have passed already; these are still to come.
            self._had.update(
                self._key(message.outline)
                for message in messages
                if message.at is None or began is None or message.at < began
            )

    def give_up(self, joined: Joined, *, is_gone: bool) -> None:
        """Note that a thread could not be read alone, maybe since the conversation is gone."""
        self._on_count -= joined.on_count
        if is_gone:
            slug = joined.conversation.slug
            self._handed_out.discard(slug)
            self._late.pop(slug, None)
            self._dropped.add(hash(slug))

    @property
    def _is_disproved(self) -> bool:
        """Whether `message_count` is believed no more."""
        return self._in_vain >= IN_VAIN

    def _hand_out(
        self, conversation: ListedConversation, *, alone: bool = False, on_count: bool = False
    ) -> Joined:
        self._conversations.popleft()
        messages = self._held.pop(conversation.slug, [])
        self.held -= len(messages)
        if not self._each:
            self._handed_out.add(conversation.slug)
        return Joined(conversation, messages, alone, on_count)

    def _advance(self, began: float) -> bool:
        """Settle the messages down to those older than a moment; False if more must be taken."""
        messages = self._messages
        while messages:
            at = messages[0].at
            if at is not None and at < began:
                return True
            self._settle(messages.popleft())
        return "messages" in self._ended

    def _take_the_rest(self) -> Next:
        while self._messages:
            self._settle(self._messages.popleft())
        if self._to_the_end and "messages" not in self._ended:
            return "messages"
        return "nothing"

    def _settle(self, message: ListedMessage) -> None:
        """Hold a message, drop it, or note that it is late."""
        slug, began = message.slug, message.began
        if self._newest is None:
            self._newest = message.at
        if not slug:
            self.orphans += 1
        elif slug in self._handed_out:
            if message.at is not None and self._newest is not None and message.at > self._newest:
                return  # It was written since.
            if (key := self._key(message.outline)) not in self._had:
                self._late.setdefault(slug, set()).add(key)
        elif began is not None and began > self._point:
            self._dropped.add(hash(slug))
        else:
            if slug not in self._held:
                self._held[slug] = []
                heappush(self._beginnings, (inf if began is None else -began, slug))
            self._held[slug].append(message)
            self.held += 1

    def _drop(self) -> None:
        """Drop what belongs to conversations that should have come by now."""
        while self._beginnings and -self._beginnings[0][0] > self._point:
            _, slug = heappop(self._beginnings)
            if messages := self._held.pop(slug, None):
                self.held -= len(messages)
                self._dropped.add(hash(slug))
