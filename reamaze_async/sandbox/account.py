"""What an account holds beside conversations and people, made from its seed."""

from collections.abc import Iterable, Sequence
from itertools import count
from random import Random

from reamaze_async.sandbox import fake_data
from reamaze_async.sandbox.conversation import Conversation
from reamaze_async.sandbox.entities import User
from reamaze_async.sandbox.library import DRAFT, PUBLISHED, Article, ResponseTemplate, Topic
from reamaze_async.sandbox.rating import Rating, rated
from reamaze_async.sandbox.status_page import CONDITIONS, STAGES, Affected, Incident, System, Update
from reamaze_async.sandbox.times import HOUR

ARTICLES, TEMPLATES = 67, 41
"""More than two pages, and more than one."""

DONE = frozenset({2, 6, 8})
"""Statuses of conversations that are done: their customers are asked for a rating."""

TOPICS = (
    Topic("Orders & Delivery", "orders-delivery"),
    Topic("Returns", "returns"),
    Topic("About us", "about-us"),
)
GROUPS = ("Shipping", None, "Returns & refunds", "Greetings")
GREETINGS = ("Hello", "Refund approved", "Out of stock", "Goodbye", "Where is it", "שלום")
SYSTEMS = ("Web shop", "Payments", "Warehouse", "Telephone")
BREAKDOWNS = ("Payments are slow", "Shop not reachable", "Planned maintenance")


def articles(
    seed: int, brand: str, authors: Sequence[User], now: int, internal: int
) -> list[Article]:
    """The help centre, in the order of its making.

    Args:
        seed: Decides the texts.
        brand: Part of links.
        authors: Who may have written them.
        now: Milliseconds since 1970.
        internal: The number of the status Internal, on which witnesses disagree.
    """
    random = Random(f"articles {seed}")
    states = (PUBLISHED, PUBLISHED, PUBLISHED, DRAFT, internal)
    places = (*TOPICS, None)
    made = []
    for number in range(ARTICLES):
        title = f"{fake_data.subject(random.random(), random.random())} {number + 1}"
        slug = fake_data.slugify(title)
        created = now - (ARTICLES - number) * 100 * HOUR
        made.append(
            Article(
                id=20_001 + number,
                title=title,
                body="## " + fake_data.body(random, "large"),
                slug=slug,
                status=states[random.randrange(len(states))],
                created=created,
                updated=created + random.randrange(100 * HOUR),
                author=authors[number % len(authors)],
                topic=places[random.randrange(len(places))],
                brand=brand,
            )
        )
    return made


def response_templates(seed: int) -> list[ResponseTemplate]:
    """Shared ones and the user's own, in the order of their making."""
    random = Random(f"templates {seed}")
    return [
        ResponseTemplate(
            id=30_001 + number,
            name=f"{GREETINGS[number % len(GREETINGS)]} {number + 1}",
            body=fake_data.body(random, "normal"),
            group=GROUPS[random.randrange(len(GROUPS))],
            is_personal=random.random() < 0.2,
        )
        for number in range(TEMPLATES)
    ]


def ratings(conversations: Iterable[Conversation], now: int) -> list[Rating]:
    """What customers said of about a third of what was done, oldest first."""
    asked = [it for it in conversations if it.status in DONE and it.luck % 3 == 0]
    asked.sort(key=lambda it: (it.updated, it.id))
    numbers = count(40_001)
    found = (rated(it, next(numbers), min(now, it.updated + it.luck % HOUR)) for it in asked)
    return [rating for rating in found if rating]


def systems(now: int) -> list[System]:
    """What the status page watches."""
    created = now - 9000 * HOUR
    return [System(n + 1, title, created, created) for n, title in enumerate(SYSTEMS)]


def incidents(watched: Sequence[System], now: int) -> list[Incident]:
    """What befell the systems, newest first: the first one still goes on."""
    made = []
    for number, title in enumerate(BREAKDOWNS):
        began = now - (number * 400 + 3) * HOUR
        stages = STAGES if number else STAGES[:2]
        updates = tuple(
            Update(number * 10 + n, stage, f"<p>{stage}</p>", began + n * HOUR // 2)
            for n, stage in enumerate(stages)
        )
        condition = CONDITIONS[0 if number else 2]
        affected = (Affected(number + 1, watched[number % len(watched)], condition),)
        incident = Incident(number + 1, title, began, updates[-1].created, updates, affected)
        made.append(incident)
    return made
