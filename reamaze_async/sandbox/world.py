"""The truth: what conversations there are, the verbs that change them, and what stayed. Pure."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from reamaze_async.sandbox.conversation import ARCHIVED, ON_HOLD, Conversation
from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import Channel, User
from reamaze_async.sandbox.factory import Factory
from reamaze_async.sandbox.fake_data import Size
from reamaze_async.sandbox.rules import Query, View
from reamaze_async.sandbox.times import milliseconds

NOW = 1_775_865_600_000
"""The world's first moment, 2026-04-11 00:00 UTC: fixed, or a seed would not fix the world."""

MOST_VIEWS = 64
EVERYTHING = Query(filter="all")
ACTIVE = Query()
OUT_OF_SIGHT = Query(filter="archived")


@dataclass(frozen=True, slots=True)
class Change:
    """One conversation changed: `before` is how it stood until then, None when it was not there."""

    kind: str
    slug: str
    before: Conversation | None


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
    """

    def __init__(
        self, conversations: int = 500, *, seed: int = 1, brand: str = "acme", size: Size = "normal"
    ) -> None:
        self.brand = brand
        self.now: int = NOW
        self.history: list[Change] = []
        self._factory = Factory(seed, brand, size)
        made = self._factory.history(conversations, NOW)
        self._by_slug = {conversation.slug: conversation for conversation in made}
        self._by_id = {conversation.id: conversation for conversation in made}
        self._views: dict[Query, View] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    # What there is

    @property
    def version(self) -> int:
        """Moves on with every change."""
        return len(self.history)

    @property
    def conversations(self) -> list[Conversation]:
        """All there are now, archived ones included, newest first."""
        return self.view(EVERYTHING).everything()

    @property
    def channels(self) -> Sequence[Channel]:
        """The brand's channels."""
        return self._factory.channels

    @property
    def staff(self) -> Sequence[User]:
        """The people who answer."""
        return self._factory.staff

    def get(self, slug: str) -> Conversation | None:
        """The conversation with this slug, else with this database id (documented)."""
        found = self._by_slug.get(slug)
        if found is None and slug.isascii() and slug.isdigit() and len(slug) < 20:
            return self._by_id.get(int(slug))
        return found

    def channel(self, slug: str) -> Channel | None:
        """The channel with this slug."""
        return next((channel for channel in self.channels if channel.slug == slug), None)

    def user(self, email: str) -> User | None:
        """The customer or member of staff with this address."""
        return self._factory.users.get(email.lower())

    def contact(self, email: str, name: str | None = None, data: JSON | None = None) -> User:
        """The customer or member of staff with this address, made if there is none."""
        return self._factory.newcomer(email, name, data)

    def view(self, query: Query) -> View:
        """The list that a query asks for, kept in order from now on."""
        view = self._views.get(query)
        if view is None:
            if len(self._views) >= MOST_VIEWS:
                del self._views[next(iter(self._views))]
            view = self._views[query] = View.over(query, self._by_id.values())
        return view

    # What stayed

    def mark(self) -> int:
        """This moment, to ask about later."""
        return len(self.history)

    def stayed(self, mark: int, query: Query = ACTIVE) -> list[str]:
        """The slugs that matched at every moment since `mark`, in the list's order now."""
        missed = {
            change.slug
            for change in self.history[mark:]
            if change.before is None or not query.matches(change.before)
        }
        return [c.slug for c in self.view(query).everything() if c.slug not in missed]

    def seen(self, mark: int, query: Query = ACTIVE) -> frozenset[str]:
        """The slugs that matched at some moment since `mark`: nothing else may be listed."""
        befores = (change.before for change in self.history[mark:])
        once = {before.slug for before in befores if before and query.matches(before)}
        return frozenset(once | {c.slug for c in self.view(query).everything()})

    def changed(self, mark: int) -> frozenset[str]:
        """The slugs that changed in any way since `mark`: under a moving sort, what may jump."""
        return frozenset(change.slug for change in self.history[mark:])

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
        created = self._tick() if at is None else milliseconds(at)
        channel = self.channel(category)
        assert channel, f"no channel {category!r}"
        made = self._factory.make(created, self.now, channel)
        if subject is not None:
            made.subject, made.slug = subject, self._factory.slug(subject, 0)
        for name, value in ({"hold_until": None} | fields).items():
            setattr(made, name, value)
        made.status, made.tags = status, tuple(tags)
        return self.add(made, "create" if at is None else "insert")

    def insert(self) -> Conversation:
        """One with an old date appears, as imported mail does: in the middle of every list.

        But for `sort=changed`, where it is new: Rails dates a record's change itself (a guess).
        """
        there = self._at_random(self.view(EVERYTHING))
        return self.create(at=there.created_at if there else None, updated=self._tick())

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
        """One conversation is absorbed by another, which is returned; the absorbed one is gone."""
        absorbed, survivor = self._pick(slug, EVERYTHING), self._pick(into, EVERYTHING)
        if not absorbed or not survivor or absorbed is survivor:
            return None
        self._remove(absorbed, "merge")
        count = survivor.message_count + absorbed.message_count
        return self.change(survivor.slug, "merge", message_count=count)

    def touch(
        self, slug: str | None = None, by: Literal["customer", "staff"] = "customer"
    ) -> Conversation | None:
        """Somebody writes: it jumps in `sort=changed`, and in `sort=updated` for a customer.

        A customer's message opens what was done (documented).
        """
        touched = self._pick(slug, ACTIVE)
        if touched is None:
            return None
        at, count = self._tick(), touched.message_count + 1
        if by == "staff":
            return self.change(touched.slug, "touch", updated=at, staff_at=at, message_count=count)
        status = 0 if touched.status in (1, 2, 6, 8) else touched.status
        return self.change(
            touched.slug, "touch", updated=at, customer_at=at, message_count=count, status=status
        )

    def change(self, slug: str, kind: str = "change", **fields: Any) -> Conversation:
        """Set any fields of a conversation; `updated` moves to now unless given.

        Raises:
            KeyError: No conversation has this slug.
        """
        conversation = self._by_slug[slug]
        before = copy(conversation)
        for name, value in ({"updated": self._tick()} | fields).items():
            setattr(conversation, name, value)
        if conversation.status != ON_HOLD:
            conversation.hold_until = None
        conversation.forget()
        self._note(kind, conversation, before)
        return conversation

    def add(self, conversation: Conversation, kind: str = "create") -> Conversation:
        """Take in a conversation that was made elsewhere."""
        self._by_slug[conversation.slug] = self._by_id[conversation.id] = conversation
        self._note(kind, conversation, None)
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

    def _at_random(self, view: View) -> Conversation | None:
        place = int(self._factory.luck() * len(view))
        return next(iter(view.slice(place, place + 1)), None)

    def _remove(self, conversation: Conversation, kind: str) -> None:
        del self._by_slug[conversation.slug], self._by_id[conversation.id]
        self._note(kind, conversation, conversation, exists=False)

    def _note(
        self,
        kind: str,
        conversation: Conversation,
        before: Conversation | None,
        *,
        exists: bool = True,
    ) -> None:
        self.history.append(Change(kind, conversation.slug, before))
        for view in self._views.values():
            view.settle(conversation, exists=exists)

    def _tick(self) -> int:
        self.now += 1 + int(self._factory.luck() * 5000)
        return self.now
