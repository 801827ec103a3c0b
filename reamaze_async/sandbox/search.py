"""What the other lists' parameters mean: one condition for each, and the orders. Pure.

Conversations have rules of their own. Every condition names its witness: documented, seen, or a
guess. A parameter that is unknown, blank or junk is ignored, as in lists of conversations.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reamaze_async.sandbox.contact import Contact
from reamaze_async.sandbox.entities import FILTERS
from reamaze_async.sandbox.library import DRAFT, PUBLISHED
from reamaze_async.sandbox.message import Message
from reamaze_async.sandbox.rating import Rating
from reamaze_async.sandbox.rules import (
    Habits,
    has_data,
    is_tagged,
    read_data,
    read_origin,
    read_tags,
)
from reamaze_async.sandbox.store import Key
from reamaze_async.sandbox.times import bounds

Params = Mapping[str, str]
Order = Callable[[Any], Key]


@dataclass(frozen=True, slots=True)
class Condition:
    """One parameter of a list."""

    read: Callable[[Params], Hashable]
    """What it asks for, hashable; None or empty: nothing."""
    test: Callable[[Any, Any], bool]
    """Whether a thing fits what is asked for."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which things, in which order. Hashable: the key under which a view is kept."""

    order: Order
    wanted: tuple[tuple[Condition, Hashable], ...] = ()

    def matches(self, item: object, /) -> bool:
        """Whether every condition lets the thing pass: they narrow each other."""
        return all(condition.test(item, value) for condition, value in self.wanted)

    def key(self, item: object, /) -> Key:
        """Where in the list it stands."""
        return self.order(item)

    def narrowed(self, condition: Condition, value: Hashable = True) -> "Search":
        """The same, with one condition more."""
        return Search(self.order, (*self.wanted, (condition, value)))


def search(params: Params, order: Order, conditions: tuple[Condition, ...]) -> Search:
    """What the parameters ask for."""
    asked = ((condition, condition.read(params)) for condition in conditions)
    return Search(order, tuple((it, value) for it, value in asked if value not in (None, "", ())))


# Orders


def newest(item: Any) -> Key:
    """Newest first, ties by id descending."""
    return -item.created, -item.id


def oldest(item: Any) -> Key:
    """In the order of their making."""
    return item.created, item.id


def as_made(item: Any) -> Key:
    """By database id (guess, where nothing is known)."""
    return 0, item.id


def by_name(contact: Contact) -> Key:
    """By name, whatever its case; those without come last (guess)."""
    return (contact.name is None, (contact.name or "").casefold()), contact.id


def contact_order(params: Params) -> Order:
    """By name, or newest first with `sort=date` (documented)."""
    return newest if params.get("sort") == "date" else by_name


# What parameters are read as


def text(name: str) -> Callable[[Params], str]:
    """A text, made comparable."""
    return lambda params: params.get(name, "").strip().casefold()


def word(name: str, *words: str) -> Callable[[Params], str]:
    """One of these words."""
    return lambda params: params.get(name, "") if params.get(name) in words else ""


def _bound(given: str, *, is_end: bool) -> int | None:
    found = bounds(given)
    return found[is_end] if found else None


def day_bound(name: str, moment: Literal["created", "updated"], *, is_end: bool) -> Condition:
    """A bound on a moment, inclusive (guess)."""

    def fits(item: Any, bound: int) -> bool:
        at: int = getattr(item, moment)
        return at <= bound if is_end else at >= bound

    return Condition(lambda params: _bound(params.get(name, ""), is_end=is_end), fits)


def contains(*names: str) -> Condition:
    """`q`: a part of any of these attributes, whatever the case (guess where not seen)."""

    def fits(item: Any, wanted: str) -> bool:
        return any(wanted in (getattr(item, name) or "").casefold() for name in names)

    return Condition(text("q"), fits)


# Messages


def _is_of_side(message: Message, side: str) -> bool:
    return message.is_staff is (side == "staff")


def _is_sent_by(message: Message, email: str) -> bool:
    return message.user is not None and (message.user.email or "").casefold() == email


def _is_of_channel(message: Message, slug: str) -> bool:
    return message.conversation.category.slug == slug


def _tags(*, any_tag: bool) -> Condition:
    def fits(message: Message, tags: tuple[str, ...]) -> bool:
        return is_tagged(message.conversation, tags, any_tag=any_tag)

    return Condition(lambda params: read_tags(params.get("tag", "")), fits)


REPLY = Condition(lambda _: None, lambda message, _: not message.is_first)
"""Not the first message of its conversation: what one kind of server counts."""

MESSAGES = (
    Condition(word("filter", "staff", "customer"), _is_of_side),
    Condition(text("sent_by"), _is_sent_by),
    Condition(lambda params: params.get("category"), _is_of_channel),
    Condition(lambda params: read_origin(params.get("origin", "")), lambda m, it: m.origin == it),
    day_bound("start_date", "created", is_end=False),
    day_bound("end_date", "created", is_end=True),
)
"""The first two are documented, the others in newer texts."""

TAGGED = {"all": _tags(any_tag=False), "any": _tags(any_tag=True)}
"""`tag` of messages: the conversation's tags."""

# Contacts


def _is_found(contact: Contact, wanted: tuple[str, str]) -> bool:
    """`q` in name or email (documented) or mobile (seen); with `type`, in that kind alone."""
    kind, part = wanted
    user = contact.user
    texts = (getattr(user, kind),) if kind else (user.name, user.email, user.mobile)
    return any(text is not None and part in text.casefold() for text in texts)


def _sought(params: Params) -> tuple[str, str] | None:
    kind, part = word("type", "email", "mobile")(params), text("q")(params)
    return (kind, part) if kind or part else None


CONTACTS = (
    Condition(_sought, _is_found),
    Condition(read_data, lambda contact, pairs: has_data(contact.user.data, pairs)),
)

# The rest

CHANNELS = (
    Condition(word("channel", *FILTERS), lambda channel, it: channel.channel in FILTERS[it]),
)


def articles(habits: Habits) -> tuple[Condition, ...]:
    """Conditions of articles (documented)."""
    return _ARTICLES[habits.internal]


def _status(internal: int) -> Condition:
    numbers = {"published": PUBLISHED, "draft": DRAFT, "internal": internal}
    return Condition(word("status", *numbers), lambda article, it: article.status == numbers[it])


TOPIC = Condition(lambda _: None, lambda article, it: article.topic == it)
"""The topic in the path."""

_ARTICLES = {number: (_status(number), contains("title", "body")) for number in (2, 4)}

TEMPLATES = (contains("name", "body"),)


def _number(name: str) -> Callable[[Params], int | None]:
    def read(params: Params) -> int | None:
        digits = params.get(name, "")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None

    return read


def _is_of_brand(rating: Rating, brand: str) -> bool:
    return brand in ("all_brands", rating.conversation.brand)


RATINGS = (
    Condition(_number("rating"), lambda it, number: it.rating == number),
    Condition(_number("assignee_id"), lambda it, number: it.assignee and it.assignee.id == number),
    Condition(text("brand"), _is_of_brand),
    day_bound("created_after", "created", is_end=False),
    day_bound("created_before", "created", is_end=True),
    day_bound("updated_after", "updated", is_end=False),
    day_bound("updated_before", "updated", is_end=True),
)
"""Documented; an unknown brand has none (guess)."""
