"""The record of a resource: what its operations ask and send, made from data."""

from datetime import UTC, datetime

import pytest

from reamaze_async import InvalidParameter
from reamaze_async.listings.changes import RawChanges
from reamaze_async.listings.listing import raw_listing
from reamaze_async.paging.newest import FIRST
from reamaze_async.resources import conversations, endpoint_of
from reamaze_async.resources.endpoints import ByDate, Operation
from reamaze_async.sandbox import Habits, Sandbox
from reamaze_async.wire import fields, parameters
from reamaze_async.wire.decode import PageDecoder
from reamaze_async.wire.fields import Field


def no_nonsense(given):
    """A rule."""
    if given.get("title") == "nonsense":
        raise InvalidParameter("nonsense")


UPDATE = Operation(
    "PUT",
    "/things/{id}",
    "things.update",
    parameters=parameters.CONVERSATIONS,
    fields=(Field("title", fields.letters), Field("n", fields.flag_or_day, "more.n")),
    root="thing",
    rules=(no_nonsense,),
)


def test_request_of_another_operation():
    """Keys, query and body stand where they belong, and nothing beside them."""
    request = UPDATE.request(7, asked={"filter": "open"}, given={"title": "é\n", "n": True})
    assert (request.method, request.target) == ("PUT", "/api/v1/things/7?filter=open")
    assert request.body == '{"thing":{"title":"é\\n","more":{"n":true}}}'.encode()
    assert "title" not in repr(request)


@pytest.mark.parametrize("given", [{}, {"title": "nonsense"}, {"title": ""}])
def test_write_that_would_be_refused(given):
    """An update that changes nothing, breaks a rule or holds a bad value is never made."""
    with pytest.raises(InvalidParameter):
        UPDATE.request("a", given=given)


async def test_answer_in_a_wrapper(connect):
    """Single things are understood under their root key, read or written."""
    async with Sandbox(5, habits=Habits(wrapped=True)) as sandbox:
        session = await connect(sandbox)
        article = await session.articles.create("T", "B")
        assert (await session.articles.update(article.slug, title="U")).title == "U"
        template = await session.response_templates.create("T", "B")
        assert await session.response_templates.get(template.id) == template
        incident = await session.incidents.create("T")
        assert (await session.incidents.update(incident.id, title="U")).title == "U"
        assert (await session.staff.create("New", "new@example.com")).name == "New"
        slug = sandbox.conversations[0].slug
        assert (await session.messages.create(slug, "Hi")).body == "Hi"
        assert (await session.conversations.update(slug, status=2)).slug == slug


def test_decoder_that_the_import_pays_for():
    """A decoder is made when it is first needed, and once."""
    assert isinstance(conversations.ENDPOINT.decoder, PageDecoder)
    assert conversations.ENDPOINT.decoder is conversations.ENDPOINT.decoder


# --- what is new ----------------------------------------------------------------------------------

SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "since", "asked"),
    [
        ({}, None, {}),
        ({}, SINCE, {"start_date": SINCE}),
        ({"start_date": "2026-02-01T00:00:00Z"}, SINCE, {"start_date": SINCE}),
        ({"start_date": "2026-04-01T00:00:00Z"}, SINCE, {"start_date": "2026-04-01T00:00:00Z"}),
        ({"start_date": None}, SINCE, {"start_date": SINCE}),
        ({"filter": "staff"}, SINCE, {"filter": "staff", "start_date": SINCE}),
    ],
)
def test_news_beyond_the_conditions(given, since, asked):
    """What is asked for is never more than the list holds, nor more than is new."""
    assert ByDate("created_at", since="start_date").narrowed(given, since) == asked
    assert ByDate("created_at", sort="date").narrowed(given, since) == given | {"sort": "date"}


@pytest.mark.parametrize(
    "name", ["conversations", "messages", "contacts", "satisfaction_ratings", "articles", "staff"]
)
async def test_news_in_another_order(session, name):
    """The news of a list have the marks by which they are sorted, where they are."""
    news = raw_listing(getattr(session, name).list()).news
    by_date = endpoint_of(name).by_date
    assert (news is None) == (by_date is None)
    if news is not None and news.is_sorted:
        pages = RawChanges(session._client, news.source(None), since=FIRST).pages()
        marks = [item.mark async for page in pages for item in page.items]
        assert len(marks) > 100
        assert (marks, all(marks)) == (sorted(marks, reverse=True), True)
