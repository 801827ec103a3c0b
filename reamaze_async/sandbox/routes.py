"""Which method on which path does what: the table of all operations, and what they have in common.

Lists, single reads, new things and changed things are made from the table of resources; only what
is like nothing else has a function of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from reamaze_async.sandbox import (
    catalogue_writes,
    contact_writes,
    message_writes,
    reports,
    resources,
    responses,
    search,
    writes,
)
from reamaze_async.sandbox.contact import Contact
from reamaze_async.sandbox.conversation import Conversation
from reamaze_async.sandbox.entities import FILTERS
from reamaze_async.sandbox.forms import BLANK
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.lists import Lists
from reamaze_async.sandbox.resources import Resource
from reamaze_async.sandbox.responses import JSON_TYPE, Answer
from reamaze_async.sandbox.rules import Habits, Query, pairs
from reamaze_async.sandbox.search import Params
from reamaze_async.sandbox.world import World

READS_REPORTS, MANAGES_INCIDENTS = "access_reports", "manage_incidents"
"""Permissions (the first documented for ratings; else a guess)."""


class Served(Protocol):
    """What handlers know of the application."""

    world: World
    habits: Habits
    lists: Lists


Handler = Callable[..., Answer]
"""Of the application, the request, and the names in its path."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one resource, or on one thing of it."""

    name: str
    """What limits per endpoint count by."""
    handler: Handler
    resource: str
    is_list: bool = False
    root: str | None = None
    """The key that a single object may come under."""
    permission: str | None = None

    @property
    def words(self) -> frozenset[str]:
        """What forbids it."""
        short = f"{self.name.partition(' ')[0]} {self.resource}"
        return frozenset(filter(None, (self.name, short, self.resource, self.permission)))


# What most resources have


def _list(resource: Resource) -> Handler:
    def serve(app: Served, incoming: Incoming) -> Answer:
        return app.lists.answer(resource, incoming)

    return serve


def _get(resource: Resource) -> Handler:
    def serve(app: Served, incoming: Incoming, name: str) -> Answer:
        params = pairs(incoming.query)
        found = resource.find(app.world, name, params)
        if found is None:
            return responses.NOT_FOUND
        return Answer(200, app.lists.encoded(resource, found, params), {"Content-Type": JSON_TYPE})

    return serve


def _create(write: Callable[[World, Habits, Incoming], Answer]) -> Handler:
    def serve(app: Served, incoming: Incoming) -> Answer:
        return write(app.world, app.habits, incoming)

    return serve


def _on(resource: Resource, write: Callable[..., Answer]) -> Handler:
    """What is done with one thing, and maybe with one thing of that."""

    def serve(app: Served, incoming: Incoming, name: str, *names: str) -> Answer:
        found = resource.find(app.world, name, pairs(incoming.query))
        if found is None:
            return responses.NOT_FOUND
        return write(app.world, app.habits, incoming, found, *names)

    return serve


# What only one has


def _list_conversations(app: Served, incoming: Incoming) -> Answer:
    category = pairs(incoming.query).get("category")
    if app.habits.unknown_category == 404 and category and app.world.channel(category) is None:
        return responses.NOT_FOUND
    return app.lists.answer(resources.CONVERSATIONS, incoming)


def _create_conversation(world: World, _: Habits, incoming: Incoming) -> Answer:
    return writes.create(world, incoming)


def _get_conversation(app: Served, incoming: Incoming, name: str) -> Answer:
    """By slug, database id, reference or origin (documented)."""
    params = pairs(incoming.query)
    kind = params.get("id_type")
    if kind == "origin" and not params.get("category"):
        return responses.unprocessable({"category": [BLANK]})
    found = _conversation(app.world, kind, name, params)
    if found is None:
        return responses.NOT_FOUND
    body = app.lists.spoiled(found, found.single())
    return Answer(200, body, {"Content-Type": JSON_TYPE})


def _conversation(world: World, kind: str | None, name: str, params: Params) -> Conversation | None:
    if kind == "ref":
        return next((it for it in world.conversations if it.ref == name), None)
    if kind == "origin":
        inside = world.view(Query("all", category=params["category"])).everything()
        kinds = FILTERS.get(params.get("channel", ""))
        found = next((it for it in inside if it.origin_id == name), None)
        return found if found and (kinds is None or found.category.channel in kinds) else None
    return world.get(name)


def _update_conversation(
    world: World, _: Habits, incoming: Incoming, found: Conversation
) -> Answer:
    return writes.update(world, found, incoming)


def _list_thread(app: Served, incoming: Incoming, slug: str) -> Answer:
    found = app.world.get(slug)
    if found is None:
        return responses.NOT_FOUND
    return app.lists.answer(resources.MESSAGES, incoming, items=found.messages)


def _create_message(world: World, _: Habits, incoming: Incoming, found: Conversation) -> Answer:
    return message_writes.create(world, found, incoming)


def _identities(_: World, __: Habits, ___: Incoming, contact: Contact) -> Answer:
    return Answer.of(contact.identities_json())


def _notes(_: World, __: Habits, ___: Incoming, contact: Contact) -> Answer:
    return Answer.of([note.json() for note in contact.notes])


def _list_topic(app: Served, incoming: Incoming, slug: str) -> Answer:
    topic = catalogue_writes.topic(slug)
    if topic is None:
        return responses.NOT_FOUND
    query = resources.ARTICLES.query(pairs(incoming.query), app.habits)
    assert isinstance(query, search.Search)
    return app.lists.answer(resources.ARTICLES, incoming, query.narrowed(search.TOPIC, topic))


def _create_in_topic(app: Served, incoming: Incoming, slug: str) -> Answer:
    topic = catalogue_writes.topic(slug)
    if topic is None:
        return responses.NOT_FOUND
    return catalogue_writes.create_article(app.world, app.habits, incoming, topic)


def _report(app: Served, incoming: Incoming, kind: str) -> Answer:
    return reports.report(kind, app.world, pairs(incoming.query))


# The table

CONVERSATIONS, MESSAGES = resources.CONVERSATIONS, resources.MESSAGES
CONTACTS, CHANNELS = resources.CONTACTS, resources.CHANNELS
ARTICLES, TEMPLATES = resources.ARTICLES, resources.TEMPLATES
INCIDENTS, SYSTEMS = resources.INCIDENTS, resources.SYSTEMS

TABLE: tuple[tuple[str, str, Resource, Handler], ...] = (
    ("GET", "conversations", CONVERSATIONS, _list_conversations),
    ("POST", "conversations", CONVERSATIONS, _create(_create_conversation)),
    ("GET", "conversations/*", CONVERSATIONS, _get_conversation),
    ("PUT", "conversations/*", CONVERSATIONS, _on(CONVERSATIONS, _update_conversation)),
    ("GET", "messages", MESSAGES, _list(MESSAGES)),
    ("GET", "conversations/*/messages", MESSAGES, _list_thread),
    ("POST", "conversations/*/messages", MESSAGES, _on(CONVERSATIONS, _create_message)),
    ("GET", "contacts", CONTACTS, _list(CONTACTS)),
    ("POST", "contacts", CONTACTS, _create(contact_writes.create)),
    ("GET", "contacts/*", CONTACTS, _get(CONTACTS)),
    ("PUT", "contacts/*", CONTACTS, _on(CONTACTS, contact_writes.update)),
    ("GET", "contacts/*/identities", CONTACTS, _on(CONTACTS, _identities)),
    ("POST", "contacts/*/identities", CONTACTS, _on(CONTACTS, contact_writes.add_identity)),
    ("GET", "contacts/*/notes", CONTACTS, _on(CONTACTS, _notes)),
    ("POST", "contacts/*/notes", CONTACTS, _on(CONTACTS, contact_writes.add_note)),
    ("PUT", "contacts/*/notes/*", CONTACTS, _on(CONTACTS, contact_writes.update_note)),
    ("DELETE", "contacts/*/notes/*", CONTACTS, _on(CONTACTS, contact_writes.delete_note)),
    ("GET", "channels", CHANNELS, _list(CHANNELS)),
    ("GET", "channels/*", CHANNELS, _get(CHANNELS)),
    ("GET", "articles", ARTICLES, _list(ARTICLES)),
    ("POST", "articles", ARTICLES, _create(catalogue_writes.create_article)),
    ("GET", "topics/*/articles", ARTICLES, _list_topic),
    ("POST", "topics/*/articles", ARTICLES, _create_in_topic),
    ("GET", "articles/*", ARTICLES, _get(ARTICLES)),
    ("PUT", "articles/*", ARTICLES, _on(ARTICLES, catalogue_writes.update_article)),
    ("GET", "response_templates", TEMPLATES, _list(TEMPLATES)),
    ("POST", "response_templates", TEMPLATES, _create(catalogue_writes.create_template)),
    ("GET", "response_templates/*", TEMPLATES, _get(TEMPLATES)),
    ("PUT", "response_templates/*", TEMPLATES, _on(TEMPLATES, catalogue_writes.update_template)),
    ("GET", "staff", resources.STAFF, _list(resources.STAFF)),
    ("POST", "staff", resources.STAFF, _create(catalogue_writes.create_staff)),
    ("GET", "satisfaction_ratings", resources.RATINGS, _list(resources.RATINGS)),
    ("GET", "incidents", INCIDENTS, _list(INCIDENTS)),
    ("POST", "incidents", INCIDENTS, _create(catalogue_writes.create_incident)),
    ("GET", "incidents/*", INCIDENTS, _get(INCIDENTS)),
    ("PUT", "incidents/*", INCIDENTS, _on(INCIDENTS, catalogue_writes.update_incident)),
    ("GET", "systems", SYSTEMS, _list(SYSTEMS)),
)
"""Every operation but the reports, in the order of the documentation's index."""

PARTS = ("/identities", "/notes", "/notes/*")
"""What belongs to one contact, and comes under no root."""


def _route(method: str, shape: str, resource: Resource, handler: Handler) -> Route:
    is_list = method == "GET" and shape.endswith(resource.name)
    is_write = method != "GET"
    permission = {"satisfaction_ratings": READS_REPORTS}.get(resource.name)
    if resource is INCIDENTS and is_write:
        permission = MANAGES_INCIDENTS
    root = None if is_list or shape.endswith(PARTS) else resource.root
    return Route(f"{method} {shape}", handler, resource.name, is_list, root, permission)


def _by_shape() -> dict[str, dict[str, Route]]:
    routes: dict[str, dict[str, Route]] = {}
    for method, shape, resource, handler in TABLE:
        routes.setdefault(shape, {})[method] = _route(method, shape, resource, handler)
    report = Route("GET reports/*", _report, "reports", permission=READS_REPORTS)
    return routes | {"reports/*": {"GET": report}}


ROUTES = _by_shape()
"""By the shape of the path under `/api/v1`, a star for each name in it, then by method."""
