"""Articles over real sockets: of all topics or one, read, written."""

from typing import Any

import pytest
from written import asked, written

from reamaze_async import (
    Article,
    ArticleStatus,
    InvalidParameter,
    NotFound,
    UnprocessableEntity,
)
from reamaze_async.sandbox import Habits, Sandbox

TEXT = "# Title\r\n\r\n* one\n* <b>two</b>\t"


@pytest.mark.parametrize("given", [{}, {"status": "draft"}, {"q": "the"}], ids=str)
@pytest.mark.parametrize("topic", [None, "returns"])
async def test_condition_lost_on_the_way(sandbox, session, given, topic):
    """Conditions arrive under the API's own names, in all topics and in one."""
    found = [article async for article in session.articles.list(topic=topic, **given)]
    assert asked(sandbox) == given
    path = f"/topics/{topic}/articles" if topic else "/articles"
    assert sandbox.requests[-1].path == f"/api/v1{path}"
    assert await session.articles.count(topic=topic, **given) == len(found)
    assert topic is None or {article.topic.slug for article in found} <= {topic}


@pytest.mark.parametrize(
    "given",
    [{"status": "Draft"}, {"status": 1}, {"q": " "}, {"topic": ""}, {"topic": "."}],
    ids=str,
)
async def test_condition_that_would_be_misread(sandbox, session, given):
    """What would be refused or misread is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        session.articles.list(**given)
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.articles.page(1, **given)
    assert sandbox.requests == []


async def test_article_of_another_slug(sandbox, session):
    """One article comes by its slug, typed."""
    truth = sandbox.articles[0]
    found = await session.articles.get(truth.slug)
    assert (found.slug, found.title, found.body) == (truth.slug, truth.title, truth.body)
    assert isinstance(found.status, ArticleStatus)
    with pytest.raises(NotFound):
        await session.articles.get("no/such")


BODIES: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({}, "/articles", {}),
    ({"status": ArticleStatus.INTERNAL}, "/articles", {"status": 4}),
    ({"topic": "returns", "status": 1}, "/topics/returns/articles", {"status": 1}),
    ({"topic_id": "returns"}, "/articles", {"topic_id": "returns"}),
    ({"topic_id": None}, "/articles", {"topic_id": None}),
]


@pytest.mark.parametrize(("given", "path", "sent"), BODIES, ids=str)
async def test_article_sent_changed(sandbox, session, given, path, sent):
    """The body goes to the letter, and nothing beside what was given."""
    made = await session.articles.create("T: ", TEXT, **given)
    assert written(sandbox) == ("POST", path, {"article": {"title": "T: ", "body": TEXT} | sent})
    assert (made.body, made.slug) == (TEXT, sandbox.articles[-1].slug)


@pytest.mark.parametrize("answer", ["whole", "slug"])
async def test_update_of_something_else(connect, answer):
    """Only what is given is sent; the answer may be the slug alone, the rest is None."""
    async with Sandbox(5, habits=Habits(article_update=answer)) as sandbox:
        truth = sandbox.articles[3]
        changed = await (await connect(sandbox)).articles.update(truth.slug, title="New")
        path = f"/articles/{truth.slug}"
        assert written(sandbox) == ("PUT", path, {"article": {"title": "New"}})
        assert truth.title == "New"
        assert changed.title == ("New" if answer == "whole" else None)
        assert answer == "whole" or changed == Article(slug=truth.slug)


@pytest.mark.parametrize(
    "given",
    [
        {"title": "", "body": "x"},
        {"title": "x", "body": " \n"},
        {"title": "x", "body": None},
        {"title": "x", "body": "x", "status": 2},
        {"title": "x", "body": "x", "status": "draft"},
        {"title": "x", "body": "x", "topic": ".."},
    ],
    ids=str,
)
async def test_article_that_would_be_refused(sandbox, session, given):
    """One sentence, before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.articles.create(**given)
    with pytest.raises(InvalidParameter, match="nothing to change"):
        await session.articles.update("a")
    assert sandbox.requests == []


async def test_article_refused(sandbox, session):
    """422 names the field."""
    with pytest.raises(UnprocessableEntity) as caught:
        await session.articles.create("x", "y", topic_id="nowhere")
    assert caught.value.errors == {"topic_id": ["not found"]}
