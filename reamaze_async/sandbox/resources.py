"""The table: for each resource what there is, how it is listed, shown and found. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from reamaze_async.sandbox import search
from reamaze_async.sandbox.contact import KINDS, OWN_ID, Contact
from reamaze_async.sandbox.encoding import JSON, encode
from reamaze_async.sandbox.message import Message
from reamaze_async.sandbox.rules import Habits, read_query
from reamaze_async.sandbox.search import Condition, Order, Params
from reamaze_async.sandbox.store import Selection, Store
from reamaze_async.sandbox.world import World

Envelope = Literal["paged", "counted", "bare"]
"""Pages with three counts, everything with one count, or a bare array."""

Conditions = Callable[[Habits], tuple[Condition, ...]]


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of thing, as the API serves it."""

    name: str
    """Its word in the path, and the key of a list."""
    root: str
    """The key of a single one, in bodies that are sent."""
    store: Callable[[World], Store[Any]]
    query: Callable[[Params, Habits], Selection[Any]]
    """What the parameters of a list ask for."""
    envelope: Envelope = "paged"
    show: Callable[[Any, Params], JSON] = lambda item, _: item.json()
    """One thing as a list shows it."""
    find: Callable[[World, str, Params], Any] = lambda *_: None
    """The one thing that a name in a path means; None: there is none."""

    def encoded(self, item: Any, params: Params) -> bytes:
        """One thing's bytes; those of conversations are kept."""
        kept: Callable[[], bytes] | None = getattr(item, "encoded", None)
        return kept() if kept else encode(self.show(item, params))


def _searched(
    conditions: Conditions, order: Callable[[Params], Order]
) -> Callable[[Params, Habits], Selection[Any]]:
    return lambda params, habits: search.search(params, order(params), conditions(habits))


def _always(*conditions: Condition) -> Conditions:
    return lambda _: conditions


def _of_messages(habits: Habits) -> tuple[Condition, ...]:
    return (*search.MESSAGES, search.TAGGED[habits.tag_match])


def _message(message: Message, params: Params) -> JSON:
    included = params.get("include", "").split(",")
    return message.json(original_body="original_body" in included)


def find_contact(world: World, name: str, params: Params) -> Contact | None:
    """A contact by what `identifier_type` says, by default an email.

    Without it the caller's own id and the number `_id` lead there too (guess). An unknown kind is
    as if it weren't given (guess).
    """
    kind = params.get("identifier_type")
    if kind in (*KINDS, OWN_ID):
        return world.people.contact(kind, name)
    return world.people.any_contact(name)


def _by(name: str, things: Iterable[Any], value: str) -> Any:
    return next((it for it in things if str(getattr(it, name)) == value), None)


CONVERSATIONS = Resource(
    "conversations",
    "conversation",
    lambda world: world.conversation_store,
    read_query,
    find=lambda world, name, _: world.get(name),
)
MESSAGES = Resource(
    "messages",
    "message",
    lambda world: world.messages,
    _searched(_of_messages, lambda _: search.newest),
    show=_message,
)
CONTACTS = Resource(
    "contacts",
    "contact",
    lambda world: world.contacts,
    _searched(_always(*search.CONTACTS), search.contact_order),
    find=find_contact,
)
CHANNELS = Resource(
    "channels",
    "channel",
    lambda world: world.channel_store,
    _searched(_always(*search.CHANNELS), lambda _: search.as_made),
    envelope="counted",
    find=lambda world, name, _: world.channel(name),
)
ARTICLES = Resource(
    "articles",
    "article",
    lambda world: world.articles,
    _searched(search.articles, lambda _: search.as_made),
    find=lambda world, name, _: _by("slug", world.articles.everything(), name),
)
TEMPLATES = Resource(
    "response_templates",
    "response_template",
    lambda world: world.response_templates,
    _searched(_always(*search.TEMPLATES), lambda _: search.as_made),
    find=lambda world, name, _: _by("id", world.response_templates.everything(), name),
)
STAFF = Resource(
    "staff",
    "staff",
    lambda world: world.people.members,
    _searched(_always(), lambda _: search.oldest),
)
RATINGS = Resource(
    "satisfaction_ratings",
    "satisfaction_rating",
    lambda world: world.ratings,
    _searched(_always(*search.RATINGS), lambda _: search.newest),
)
INCIDENTS = Resource(
    "incidents",
    "incident",
    lambda world: world.incidents,
    _searched(_always(), lambda _: search.newest),
    envelope="bare",
    find=lambda world, name, _: _by("key", world.incidents.everything(), name),
)
SYSTEMS = Resource(
    "systems",
    "system",
    lambda world: world.systems,
    _searched(_always(), lambda _: search.as_made),
    envelope="bare",
)

_ALL = (CONVERSATIONS, MESSAGES, CONTACTS, CHANNELS, ARTICLES, TEMPLATES, STAFF, RATINGS)
BY_NAME: dict[str, Resource] = {it.name: it for it in (*_ALL, INCIDENTS, SYSTEMS)}
"""Each by its word in the path."""
