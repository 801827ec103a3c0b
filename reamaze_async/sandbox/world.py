"""The truth: what there is, the verbs that change conversations, and what stayed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from random import Random
from typing import Any, Literal

from reamaze_async.sandbox import account
from reamaze_async.sandbox.checks import check_numbers, check_word
from reamaze_async.sandbox.contact import Contact
from reamaze_async.sandbox.conversation import ARCHIVED, ON_HOLD, Conversation, Counting
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import Channel, User
from reamaze_async.sandbox.factory import ANSWERED, Factory, spread
from reamaze_async.sandbox.fake_data import STAFF, Size
from reamaze_async.sandbox.files import Files
from reamaze_async.sandbox.library import Article, ResponseTemplate
from reamaze_async.sandbox.message import Message
from reamaze_async.sandbox.people import People
from reamaze_async.sandbox.rating import Rating
from reamaze_async.sandbox.rules import Query
from reamaze_async.sandbox.status_page import Incident, System, update_systems
from reamaze_async.sandbox.store import Change, Store, View
from reamaze_async.sandbox.thread import ROOM, fewest
from reamaze_async.sandbox.times import HOUR, milliseconds

NOW = 1_775_865_600_000
"""The world's first moment, 2026-04-11 00:00 UTC: fixed, or a seed would not fix the world."""

EVERYTHING = Query(filter="all")
ACTIVE = Query()
OUT_OF_SIGHT = Query(filter="archived")


class World:
    """Everything the sandbox serves, deterministic from its seed.

    Time inside goes on with each change and never with the clock on the wall. Where a verb is
    given no slug, the world picks a conversation by its seed, and does nothing when none fits.

    Args:
        conversations: How many there are at first, archived ones included.
        seed: The same seed makes the same world.
        brand: Part of addresses and links.
        size: How long bodies are: pages of about 30 kB ("normal"), 100 kB ("large"), or as short
            as all the fields allow ("small").
        contacts: How many contacts there are at first; None: those who write, and a few more.
        messages: How many messages there are at first; None: about five in a conversation.
        staff: How many answer.
        tied: So many conversations at a time begin in one and the same millisecond.
        login: The address of the token's user, who is staff too; None: nobody more.
        internal: The number of an article's status Internal.
        counting: What conversations serve as `message_count`.
    """

    def __init__(
        self,
        conversations: int = 500,
        *,
        seed: int = 1,
        brand: str = "acme",
        size: Size = "normal",
        contacts: int | None = None,
        messages: int | None = None,
        staff: int = len(STAFF),
        tied: int = 1,
        login: str | None = None,
        internal: int = 4,
        counting: Counting = "all",
    ) -> None:
        check_numbers(
            int, conversations=conversations, contacts=contacts, messages=messages, staff=staff
        )
        check_numbers(int, tied=tied, least=1)
        check_word("size", size, Size)
        self.brand = brand
        self.now: int = NOW
        self.people: People = People(brand, contacts=contacts, staff=staff, login=login, now=NOW)
        self._factory = Factory(seed, brand, size, self.people, counting)
        made = self._factory.history(conversations, NOW, tied)
        if messages is not None:
            spread(made, messages)
        self.people.fill_up(made[0].created if made else NOW - 9000 * HOUR)
        self._by_slug = {conversation.slug: conversation for conversation in made}
        self._conversations = Store(made)
        self._messages: Store[Message] | None = None
        self._new_messages = 0
        self.dice: Random = Random(f"people {seed}")
        authors = self.staff or [User(0, None, None)]
        self.articles: Store[Article] = Store(account.articles(seed, brand, authors, NOW, internal))
        self.response_templates: Store[ResponseTemplate] = Store(account.response_templates(seed))
        self.ratings: Store[Rating] = Store(account.ratings(made, NOW))
        self.systems: Store[System] = Store(account.systems(NOW))
        self.incidents: Store[Incident] = Store(account.incidents(self.systems.everything(), NOW))
        self.channel_store: Store[Channel] = Store(self.channels)
        update_systems(self.systems.everything(), self.incidents.everything())
        for store in (self.contacts, self.people.members):
            store.history.clear()

    def __len__(self) -> int:
        return len(self._conversations)

    # What there is

    @property
    def version(self) -> int:
        """Moves on with every change."""
        people, page = self.people, (self.incidents, self.systems)
        others = (people.contacts, people.members, self.articles, self.response_templates)
        stores: tuple[Store[Any], ...] = (self._conversations, self.ratings, *others, *page)
        return sum(len(store.history) for store in stores)

    @property
    def history(self) -> list[Change[Conversation]]:
        """The changes of conversations, oldest first."""
        return self._conversations.history

    @property
    def conversations(self) -> list[Conversation]:
        """All there are now, archived ones included, newest first."""
        return self.view(EVERYTHING).everything()

    @property
    def conversation_store(self) -> Store[Conversation]:
        """The same, with their lists."""
        return self._conversations

    @property
    def messages(self) -> Store[Message]:
        """All messages, of archived conversations too (guess); made when first asked for."""
        if self._messages is None:
            made = self._conversations.everything()
            self._messages = Store(message for it in made for message in it.messages)
        return self._messages

    @property
    def contacts(self) -> Store[Contact]:
        """All contacts."""
        return self.people.contacts

    @property
    def channels(self) -> Sequence[Channel]:
        """The brand's channels."""
        return self._factory.channels

    @property
    def files(self) -> Files:
        """Where attached files are."""
        return self._factory.files

    @property
    def staff(self) -> Sequence[User]:
        """The people who answer."""
        return self.people.staff

    def get(self, slug: str) -> Conversation | None:
        """The conversation with this slug, else with this database id (documented)."""
        return self._by_slug.get(slug) or self._conversations.get(slug)

    def channel(self, slug: str) -> Channel | None:
        """The channel with this slug."""
        return next((channel for channel in self.channels if channel.slug == slug), None)

    def user(self, email: str) -> User | None:
        """The customer or member of staff with this address."""
        return self.people.user(email)

    def contact(self, email: str, name: str | None = None, data: JSON | None = None) -> User:
        """The customer or member of staff with this address, made if there is none."""
        return self.people.newcomer(email, name, data)

    def view(self, query: Query) -> View[Conversation]:
        """The list that a query asks for, kept in order from now on."""
        return self._conversations.view(query)

    # What stayed

    def mark(self) -> int:
        """This moment of the conversations, to ask about later."""
        return self._conversations.mark()

    def stayed(self, mark: int, query: Query = ACTIVE) -> list[str]:
        """The slugs that matched at every moment since `mark`, in the list's order now."""
        return [it.slug for it in self._conversations.stayed(mark, query)]

    def seen(self, mark: int, query: Query = ACTIVE) -> frozenset[str]:
        """The slugs that matched at some moment since `mark`: nothing else may be listed."""
        return self._conversations.seen(mark, query)

    def changed(self, mark: int) -> frozenset[str]:
        """The slugs that changed in any way since `mark`: under a moving sort, what may jump."""
        return self._conversations.changed(mark)

    # What happens

    def create(
        self,
        *,
        subject: str | None = None,
        status: int = 0,
        tags: Iterable[str] = (),
        category: str = "support",
        at: datetime | None = None,
        **fields: Any,
    ) -> Conversation:
        """A new conversation: at the front, or `at` a moment of the past and so in the middle.

        Args:
            subject: None: one is made up.
            status: 0: open.
            tags: Its tags.
            category: A channel's slug.
            at: When it was created; None: now.
            fields: Any others of `Conversation`.
        """
        created = self.tick() if at is None else milliseconds(at)
        channel = self.channel(category)
        assert channel, f"no channel {category!r}"
        made = self._factory.make(created, self.now, channel)
        if subject is not None:
            made.subject, made.slug = subject, self._factory.slug(subject, 0)
        for name, value in ({"hold_until": None} | fields).items():
            setattr(made, name, value)
        made.status, made.tags = status, tuple(tags)
        if made.customer_at is None:
            made.staff_at = made.staff_at or made.created
        made.message_count = max(made.message_count, fewest(made))
        return self.add(made, "create" if at is None else "insert")

    def insert(self) -> Conversation:
        """One with an old date appears, as imported mail does: in the middle of every list.

        But for `sort=changed`, where it is new: Rails dates a record's change itself (a guess).
        """
        there = self._at_random(self.view(EVERYTHING))
        return self.create(at=there.created_at if there else None, updated=self.tick())

    def reopen(self, slug: str | None = None) -> Conversation | None:
        """An archived one is open again: it enters the default list, by its age in the middle."""
        return self._change(slug, OUT_OF_SIGHT, "reopen", status=0)

    def archive(self, slug: str | None = None) -> Conversation | None:
        """Archived: it leaves every list but `filter=archived` and `filter=all`."""
        return self._change(slug, ACTIVE, "archive", status=ARCHIVED)

    def archive_burst(self, count: int = 40) -> list[Conversation]:
        """So many archived at once, neighbours in the default list."""
        view = self.view(ACTIVE)
        first = int(self._factory.luck() * max(1, len(view) - count + 1))
        burst = view.slice(first, first + count)
        for conversation in burst:
            self.archive(conversation.slug)
        return burst

    def delete(self, slug: str | None = None) -> Conversation | None:
        """Gone from every list, for good."""
        gone = self._pick(slug, EVERYTHING)
        if gone:
            self._remove(gone, "delete")
        return gone

    def merge(self, slug: str | None = None, into: str | None = None) -> Conversation | None:
        """One conversation is absorbed by another, which is returned; the absorbed one is gone.

        Its messages and ratings go over; the other's beginning stays as it was (guess).
        """
        absorbed, survivor = self._pick(slug, EVERYTHING), self._pick(into, EVERYTHING)
        if not absorbed or not survivor or absorbed is survivor:
            return None
        for rating in self._ratings_of(absorbed):
            rating.conversation = survivor
            self.ratings.put(rating, "merge", rating)
        changes = survivor.absorb(absorbed)
        self._remove(absorbed, "merge")
        return self.change(survivor.slug, "merge", **changes)

    def touch(
        self, slug: str | None = None, by: Literal["customer", "staff"] = "customer"
    ) -> Conversation | None:
        """Somebody writes: it jumps in `sort=changed`, and in `sort=updated` for a customer.

        A customer's message opens what was done (documented).
        """
        touched = self._pick(slug, ACTIVE)
        if touched is None:
            return None
        user = touched.author
        if by == "staff":
            user = touched.assignee or next(iter(self.staff), None)
        self.say(touched, user, by_staff=by == "staff")
        return touched

    def say(
        self,
        conversation: Conversation,
        user: User | None,
        *,
        by_staff: bool,
        changes: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Message:
        """A new message, now; a customer's opens what was done (documented).

        Args:
            conversation: Where.
            user: Who writes.
            by_staff: Whether that is staff.
            changes: Other fields of the conversation to set.
            fields: Any others of `Message`.
        """
        at = self.tick()
        self._new_messages += 1
        said = Message(
            id=conversation.id * ROOM + ROOM // 2 + self._new_messages,
            conversation=conversation,
            created=at,
            user=user,
            is_staff=by_staff,
            origin=conversation.category.origin,
            luck=at * 2_654_435_761 % 2**48,
        )
        for name, value in fields.items():
            setattr(said, name, value)
        conversation.messages.append(said)
        if self._messages is not None:
            self._messages.put(said, "create")
        becomes: dict[str, Any] = {"updated": at, "message_count": conversation.message_count + 1}
        if not said.visibility:
            becomes["staff_at" if by_staff else "customer_at"] = at
            if not by_staff and conversation.status in ANSWERED:
                becomes["status"] = 0
        self.change(conversation.slug, "touch", **becomes | {**(changes or {})})
        return said

    def change(self, slug: str, kind: str = "change", **fields: Any) -> Conversation:
        """Set any fields of a conversation; `updated` moves to now unless given.

        Raises:
            KeyError: No conversation has this slug.
        """
        conversation = self._by_slug[slug]
        messages, before = conversation.messages, copy(conversation)
        for name, value in ({"updated": self.tick()} | fields).items():
            setattr(conversation, name, value)
        if conversation.status != ON_HOLD:
            conversation.hold_until = None
        conversation.forget()
        self._conversations.put(conversation, kind, before)
        if self._messages is not None:
            for message in messages:
                self._messages.settle(message)
        return conversation

    def add(self, conversation: Conversation, kind: str = "create") -> Conversation:
        """Take in a conversation that was made elsewhere."""
        self._by_slug[conversation.slug] = conversation
        self._conversations.put(conversation, kind)
        if self._messages is not None:
            for message in conversation.messages:
                self._messages.put(message, kind)
        return conversation

    def _change(
        self, slug: str | None, among: Query, kind: str, **fields: Any
    ) -> Conversation | None:
        picked = self._pick(slug, among)
        return self.change(picked.slug, kind, **fields) if picked else None

    def _pick(self, slug: str | None, among: Query) -> Conversation | None:
        if slug is not None:
            return self._by_slug[slug]
        return self._at_random(self.view(among))

    def _at_random(self, view: View[Conversation]) -> Conversation | None:
        place = int(self._factory.luck() * len(view))
        return next(iter(view.slice(place, place + 1)), None)

    def _remove(self, conversation: Conversation, kind: str) -> None:
        del self._by_slug[conversation.slug]
        for rating in self._ratings_of(conversation):
            self.ratings.remove(rating, kind)
        self._conversations.remove(conversation, kind)
        if self._messages is not None:
            for message in conversation.messages:
                self._messages.remove(message, kind)

    def _ratings_of(self, conversation: Conversation) -> list[Rating]:
        return [it for it in self.ratings.everything() if it.conversation is conversation]

    def tick(self) -> int:
        """A moment later: up to five seconds."""
        self.now += 1 + int(self._factory.luck() * 5000)
        self.people.now = self.now
        return self.now
