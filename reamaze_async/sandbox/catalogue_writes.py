"""POST and PUT of articles, response templates, staff and incidents. Pure."""

from copy import copy
from typing import Any

from reamaze_async.sandbox import fake_data
from reamaze_async.sandbox.account import TOPICS
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.forms import (
    MISSING,
    TAKEN,
    UNLISTED,
    Errors,
    Field,
    Form,
    Given,
    is_email,
    is_flag,
    is_text,
    list_of,
    one_of,
)
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.library import DRAFT, PUBLISHED, Article, ResponseTemplate, Topic
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.rules import Habits
from reamaze_async.sandbox.status_page import (
    CONDITIONS,
    STAGES,
    Affected,
    Incident,
    System,
    Update,
    update_systems,
)
from reamaze_async.sandbox.store import Store
from reamaze_async.sandbox.world import World

TEMPLATE = Form(
    "response_template",
    (
        Field("name", is_text, is_needed=True),
        Field("body", is_text, is_needed=True),
        Field("is_personal", is_flag),
    ),
)
STAFF = Form(
    "staff",
    (
        Field("name", is_text, is_needed=True),
        Field("email", is_email, is_needed=True),
        Field("password", is_text),
    ),
)


def _article_form(habits: Habits) -> Form:
    return Form(
        "article",
        (
            Field("title", is_text, is_needed=True),
            Field("body", is_text, is_needed=True),
            Field("status", one_of(PUBLISHED, DRAFT, habits.internal), reason=UNLISTED),
            Field("topic_id", lambda value: topic(str(value)) is not None, reason=MISSING),
        ),
    )


def topic(slug: str) -> Topic | None:
    """The topic with this slug."""
    return next((it for it in TOPICS if it.slug == slug), None)


def create_article(
    world: World, habits: Habits, incoming: Incoming, under: Topic | None = None
) -> Answer:
    """POST /articles, or under a topic: 201 with the article (guess)."""
    given = _article_form(habits).accept(incoming, is_new=True)
    if isinstance(given, Answer):
        return given
    at, title = world.tick(), str(given["title"])
    number = _next_id(world.articles)
    slug = fake_data.slugify(title) or f"article-{number}"
    taken = {it.slug for it in world.articles.everything()}
    made = Article(
        id=number,
        title=title,
        body=str(given["body"]),
        slug=f"{slug}-{number}" if slug in taken else slug,
        status=given.get("status") or PUBLISHED,
        created=at,
        updated=at,
        author=world.people.me or world.staff[0],
        topic=under or topic(str(given.get("topic_id"))),
        brand=world.brand,
    )
    world.articles.put(made, "create")
    return Answer.of(made.json(), 201)


def update_article(world: World, habits: Habits, incoming: Incoming, article: Article) -> Answer:
    """PUT /articles/{slug}; the slug stays (guess)."""
    given = _article_form(habits).accept(incoming, is_new=False)
    if isinstance(given, Answer):
        return given
    fields = {
        name: given[name] for name in ("title", "body", "status") if given.get(name) is not None
    }
    if "topic_id" in given:
        fields["topic"] = topic(str(given["topic_id"]))
    _change(world.articles, article, updated=world.tick(), **fields)
    only = {"slug": article.slug}
    return Answer.of(only if habits.article_update == "slug" else article.json())


def create_template(world: World, _: Habits, incoming: Incoming) -> Answer:
    """POST /response_templates: 201 with the template (guess)."""
    given = TEMPLATE.accept(incoming, is_new=True)
    if isinstance(given, Answer):
        return given
    number, personal = _next_id(world.response_templates), bool(given.get("is_personal"))
    made = ResponseTemplate(number, str(given["name"]), str(given["body"]), None, personal)
    world.response_templates.put(made, "create")
    return Answer.of(made.json(), 201)


def update_template(
    world: World, _: Habits, incoming: Incoming, template: ResponseTemplate
) -> Answer:
    """PUT /response_templates/{id}."""
    given = TEMPLATE.accept(incoming, is_new=False)
    if isinstance(given, Answer):
        return given
    fields = {name: given[name] for name in ("name", "body") if name in given}
    if given.get("is_personal") is not None:
        fields["is_personal"] = bool(given["is_personal"])
    _change(world.response_templates, template, **fields)
    return Answer.of(template.json())


def create_staff(world: World, _: Habits, incoming: Incoming) -> Answer:
    """POST /staff: 201 with the member (guess), who may be assigned to from now on."""
    given = STAFF.accept(incoming, is_new=True, also=lambda it: _known(world, it))
    if isinstance(given, Answer):
        return given
    world.tick()
    number = _next_id(world.people.members)
    user = User(number, str(given["name"]), str(given["email"]), is_staff=True)
    return Answer.of(world.people.join(user).json(), 201)


def _known(world: World, given: Given) -> Errors:
    return {"email": [TAKEN]} if world.user(str(given["email"])) else {}


def _is_update(value: Any) -> bool:
    return isinstance(value, dict) and value.get("status") in STAGES


def _is_affected(value: Any) -> bool:
    return isinstance(value, dict) and value.get("status") in CONDITIONS


INCIDENT = Form(
    "incident",
    (
        Field("title", is_text, is_needed=True),
        Field("updates_attributes", list_of(_is_update)),
        Field("incidents_systems_attributes", list_of(_is_affected)),
    ),
)


def create_incident(world: World, _: Habits, incoming: Incoming) -> Answer:
    """POST /incidents: 201 with the incident (guess)."""
    given = INCIDENT.accept(incoming, is_new=True, also=lambda it: _unknown(world, None, it))
    if isinstance(given, Answer):
        return given
    at = world.tick()
    made = Incident(_next_id(world.incidents), str(given["title"]), at, at)
    _add_updates(world, made, given)
    world.incidents.put(made, "create")
    update_systems(world.systems.everything(), world.incidents.everything())
    return Answer.of(made.json(), 201)


def update_incident(world: World, _: Habits, incoming: Incoming, incident: Incident) -> Answer:
    """PUT /incidents/{id}: updates are added; systems replaced by `id`, else added (guess)."""
    given = INCIDENT.accept(incoming, is_new=False, also=lambda it: _unknown(world, incident, it))
    if isinstance(given, Answer):
        return given
    fields = {"title": str(given["title"])} if given.get("title") else {}
    _add_updates(world, incident, given)
    _change(world.incidents, incident, updated=world.tick(), **fields)
    update_systems(world.systems.everything(), world.incidents.everything())
    return Answer.of(incident.json())


def _unknown(world: World, incident: Incident | None, given: Given) -> Errors:
    """A pair must name a system, or by its `id` one of the incident's own pairs (guess)."""
    named = given.get("incidents_systems_attributes") or ()
    known = [it.json()["id"] for it in incident.affected] if incident else []
    if any(it.get("id") and it["id"] not in known for it in named):
        return {"incidents_systems": [MISSING]}
    unknown = any(_system(world, it.get("system_id")) is None for it in named if not it.get("id"))
    return {"incidents_systems.system": ["must exist"]} if unknown else {}


def _system(world: World, key: object) -> System | None:
    return next((it for it in world.systems.everything() if it.key == str(key)), None)


def _add_updates(world: World, incident: Incident, given: Given) -> None:
    """Add the updates, and set the status of the systems that are named."""
    for update in given.get("updates_attributes") or ():
        number = incident.id * 1000 + len(incident.updates)
        text = str(update.get("message") or "")
        incident.updates += (Update(number, str(update["status"]), text, world.now),)
    for named in given.get("incidents_systems_attributes") or ():
        old = next((it for it in incident.affected if it.json()["id"] == named.get("id")), None)
        system = old.system if old else _system(world, named.get("system_id"))
        if system is None:
            continue
        number = old.id if old else incident.id * 1000 + len(incident.affected)
        kept = tuple(it for it in incident.affected if it is not old)
        incident.affected = (*kept, Affected(number, system, str(named["status"])))


def _change(store: Store[Any], item: Any, **fields: Any) -> None:
    before = copy(item)
    for name, value in fields.items():
        setattr(item, name, value)
    store.put(item, "update", before)


def _next_id(store: Store[Any]) -> int:
    return 1 + max((it.id for it in store.everything()), default=0)
