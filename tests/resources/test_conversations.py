"""The verbs of conversations, over real sockets: what each asks, and what it makes of it."""

import inspect
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_type_hints

import msgspec
import pytest
from reading import slugs, truth

from reamaze_async import (
    Conversation,
    DecodeError,
    InvalidParameter,
    Listing,
    NotFound,
    Origin,
    Page,
    ReamazeSession,
    Status,
)
from reamaze_async.resources.conversations import ConversationQuery, Conversations
from reamaze_async.sandbox import Answer, Habits, Sandbox

ASKED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {}),
    ({"filter": "archived"}, {"filter": "archived"}),
    ({"filter": "open"}, {"filter": "open"}),
    ({"filter": "unassigned"}, {"filter": "unassigned"}),
    ({"filter": "all"}, {"filter": "all"}),
    ({"for_": "ann+b@example.com"}, {"for": "ann+b@example.com"}),
    ({"for_id": "sso-7"}, {"for_id": "sso-7"}),
    ({"for_id": 7}, {"for_id": "7"}),
    ({"sort": "updated"}, {"sort": "updated"}),
    ({"sort": "changed"}, {"sort": "changed"}),
    ({"tag": "vip"}, {"tag": "vip"}),
    ({"tag": ["vip", "late order"]}, {"tag": "vip,late order"}),
    ({"tag": ("vip",)}, {"tag": "vip"}),
    ({"category": "support"}, {"category": "support"}),
    ({"origin": Origin.EMAIL}, {"origin": "1"}),
    ({"origin": 17}, {"origin": "17"}),
    ({"data": {"order": "A-1", "n": 3}}, {"data[order]": "A-1", "data[n]": "3"}),
    ({"start_date": date(2026, 1, 31)}, {"start_date": "2026-01-31T00:00:00.000-05:00"}),
    ({"start_date": "2026-07-31"}, {"start_date": "2026-07-31T00:00:00.000-04:00"}),
    ({"end_date": "2026-01-31T10:00:00Z"}, {"end_date": "2026-01-31T10:00:00Z"}),
    ({"end_date": "2026-01-31T10:00:00"}, {"end_date": "2026-01-31T10:00:00.000-05:00"}),
    ({"end_date": "2026-01-31"}, {"end_date": "2026-01-31T23:59:59.999-05:00"}),
    ({"origin": "email"}, {"origin": "1"}),
    (
        {"start_date": datetime(2026, 1, 31, 9, tzinfo=UTC)},
        {"start_date": "2026-01-31T09:00:00+00:00"},
    ),
    (
        {"end_date": datetime(2026, 1, 31, 9, 0, 1, tzinfo=timezone(timedelta(hours=-7)))},
        {"end_date": "2026-01-31T09:00:01-07:00"},
    ),
    ({"filter": None, "tag": None, "data": None}, {}),
    ({"filter": "all", "tag": "a", "origin": 0}, {"filter": "all", "tag": "a", "origin": "0"}),
]

NAIVE = datetime.fromisoformat("2026-01-01T00:00:00")
MISREAD: list[dict[str, Any]] = [
    *({"filter": value} for value in ("opened", "", "ALL", 1, ["all"])),
    *({"sort": value} for value in ("created", "", True)),
    *({"for_": value} for value in ("", " ", 3, "a\nb")),
    *({"for_id": value} for value in ("", True, 1.5)),
    *({"tag": value} for value in ("", "a,b", ["a", "b,c"], [], ["a", ""], 3, b"a", ["a", None])),
    *({"category": value} for value in ("", 3)),
    *({"origin": value} for value in (-1, "e-mail", True, 1.5, "")),
    *({"data": value} for value in ({}, {"": "x"}, {"a": ""}, {1: "x"}, "a=b", {"a": None})),
    *({"start_date": value} for value in (NAIVE, "yesterday", "", 20260101, True)),
    *({"end_date": value} for value in (NAIVE, "2026-13-01")),
    {"start_date": "2026-02-01", "end_date": "2026-01-31"},
    {
        "start_date": datetime(2026, 2, 1, tzinfo=UTC),
        "end_date": datetime(2026, 1, 31, tzinfo=UTC),
    },
]

VERBS: dict[str, Callable[..., Any]] = {
    "list": lambda session, **given: anext(session.conversations.list(**given).raw(), None),
    "page": lambda session, **given: session.conversations.page(1, **given),
    "count": lambda session, **given: session.conversations.count(**given),
}

every_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)


def sent(sandbox: Sandbox) -> dict[str, str]:
    """What was asked, but the page."""
    [request] = sandbox.requests
    return {name: value for name, value in request.params.items() if name != "page"}


@every_verb
@pytest.mark.usefixtures("new_york")
@pytest.mark.parametrize(("given", "asked"), ASKED, ids=str)
async def test_condition_lost_on_the_way(connect, verb, given, asked):
    """Each condition arrives under the API's own name, alike from every verb."""
    async with Sandbox(0) as sandbox:
        await verb(await connect(sandbox), **given)
        assert sent(sandbox) == asked
        assert (sandbox.requests[0].method, sandbox.requests[0].path) == (
            "GET",
            "/api/v1/conversations",
        )


@every_verb
@pytest.mark.parametrize("given", MISREAD, ids=str)
async def test_condition_that_would_be_misread(sandbox, session, verb, given):
    """What the server would refuse or misread is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await verb(session, **given)
    assert sandbox.requests == []


@every_verb
async def test_condition_misspelt(sandbox, session, verb):
    """A condition that doesn't exist is a `TypeError`, not a wish that goes unheard."""
    with pytest.raises(TypeError, match=r"unexpected .*fliter"):
        await verb(session, fliter="open")
    assert sandbox.requests == []


@pytest.mark.parametrize("given", [{"drift": "verified"}, {"drift": None}, {"ordered": 1}])
async def test_listing_told_nonsense(session, given):
    """How to list is checked like what to list."""
    [name] = given
    with pytest.raises(InvalidParameter, match=f"^{name}="):
        session.conversations.list(**given)


def test_conditions_told_twice():
    """`list` and the type of what `page` and `count` take name the same conditions."""
    source = inspect.signature(Conversations.list).parameters
    types = get_type_hints(Conversations.list)
    conditions = get_type_hints(ConversationQuery)
    assert [*source][1:-2] == [*conditions]
    assert [*source][-2:] == ["ordered", "drift"]
    assert {name: types[name] for name in conditions} == conditions


@pytest.mark.parametrize("filter_", [None, "open", "unassigned", "archived", "all"])
async def test_filter_unheard(sandbox, session, filter_):
    """Each filter lists and counts what it says."""
    given = {"filter": filter_} if filter_ else {}
    expected = sandbox.stayed(sandbox.mark(), **given)
    assert await slugs(session.conversations.list(**given)) == expected
    assert await session.conversations.count(**given) == len(expected)


@pytest.mark.parametrize("sort", ["updated", "changed"])
@pytest.mark.parametrize("raw", [False, True])
async def test_order_of_a_sort(sandbox, session, sort, raw):
    """With `sort` the order is the API's, for structs and for raw items, at a request a page."""
    listing = session.conversations.list(filter="all", sort=sort)
    if raw:
        found = [msgspec.json.decode(item)["slug"] async for item in listing.raw()]
    else:
        found = await slugs(listing)
    assert found == sandbox.stayed(sandbox.mark(), filter="all", sort=sort)
    assert listing.stats.requests == 17


def test_signature_of_the_contract_changed():
    """Conditions are keywords, None unless given; in order, and repaired, unless said otherwise."""
    _, *parameters = inspect.signature(Conversations.list).parameters.values()
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    told = {p.name: p.default for p in parameters if p.default is not None}
    assert told == {"ordered": True, "drift": "repair"}


async def test_listing_that_isnt_one(session):
    """`list` returns a `Listing` at once, whose repr tells what it lists."""
    listing = session.conversations.list(filter="open", tag=["a", "b"])
    assert isinstance(listing, Listing)
    assert repr(listing) == "<Listing /conversations?filter=open&tag=a%2Cb>"
    assert repr(session.conversations.list()) == "<Listing /conversations>"


async def test_conversation_that_isnt_typed(session):
    """Items are frozen structs with aware times and enumerated statuses."""
    async for conversation in session.conversations.list(filter="all"):
        assert isinstance(conversation, Conversation)
        assert isinstance(conversation.status, Status)
        assert conversation.created_at.tzinfo is not None


# --- one page, a count ----------------------------------------------------------------------------


async def test_page_of_another_number(sandbox, session):
    """`page` asks for one page, and gives its items with its counts."""
    page = await session.conversations.page(3, filter="all")
    assert isinstance(page, Page)
    assert [item.slug for item in page.items] == truth(sandbox)[60:90]
    assert (page.number, page.page_size, page.page_count, page.total_count) == (3, 30, 17, 500)
    assert [request.page for request in sandbox.requests] == [3]


async def test_page_past_the_end(session):
    """Past the end a page is empty, with true counts."""
    page = await session.conversations.page(99, filter="all")
    assert (list(page.items), page.number, page.total_count) == ([], 99, 500)


@pytest.mark.parametrize("number", [0, -1, True, 1.5, "1", None])
async def test_page_number_that_is_none(sandbox, session, number):
    """A page number is a positive whole number, or refused before anything is sent."""
    with pytest.raises(InvalidParameter, match="page"):
        await session.conversations.page(number)
    assert sandbox.requests == []


async def test_count_by_reading_everything(sandbox, session):
    """`count` costs one request, and reads no item."""
    odd = b'{"page_count":1,"total_count":7,"conversations":[{"slug":3}]}'
    sandbox.script = {(1, 1): Answer(200, odd)}
    assert await session.conversations.count() == 7
    assert len(sandbox.requests) == 1


async def test_count_that_isnt_told(sandbox, session):
    """An answer without a total is an error, not a zero."""
    sandbox.script = {(1, 1): Answer(200, b'{"conversations":[]}')}
    with pytest.raises(DecodeError, match="total_count"):
        await session.conversations.count()


# --- one conversation -----------------------------------------------------------------------------


async def test_one_of_odd_slugs(sandbox, session):
    """`get` finds a conversation by its slug, whatever stands in it."""
    odd = [c.slug for c in sandbox.conversations if not c.slug.replace("-", "").isalnum()]
    assert odd
    for slug in [sandbox.conversations[0].slug, *odd]:
        assert (await session.conversations.get(slug)).slug == slug


@pytest.mark.parametrize("slug", ["a/b", "../contacts", "a?page=2", "a#b", "ü 100%", "%2e%2e"])
async def test_slug_that_changes_the_path(sandbox, session, slug):
    """A slug stays one part of the path, percent-encoded."""
    with pytest.raises(NotFound):
        await session.conversations.get(slug)
    [request] = sandbox.requests
    assert request.path == f"/api/v1/conversations/{slug}"
    assert request.query == ""


@pytest.mark.parametrize("slug", ["", " ", ".", "..", 3, None, "a\nb"])
async def test_slug_that_is_none(sandbox, session, slug):
    """What can be no slug is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"^slug="):
        await session.conversations.get(slug)
    assert sandbox.requests == []


async def test_single_read_without_its_more(sandbox, session):
    """A single read has what a listing hasn't: `last_staff_message`."""
    answered = [c for c in sandbox.conversations if c.single().get("last_staff_message")]
    conversation = await session.conversations.get(answered[0].slug)
    assert conversation.last_staff_message.body


async def test_single_read_in_a_wrapper(sandbox, session):
    """An object wrapped in its root key, as seen by some, is understood like a bare one."""
    sandbox.script = lambda request: Answer(200, b'{"conversation":{"slug":"a","status":2}}')
    assert (await session.conversations.get("a")).status is Status.RESOLVED


# --- a server that ignores the filter -------------------------------------------------------------


async def test_filter_that_the_server_ignores(connect, caplog):
    """It is told once in the log and counted; nothing is dropped."""
    caplog.set_level(logging.WARNING, "reamaze_async")
    async with Sandbox(200, size="small", habits=Habits(ignore_filter=True)) as sandbox:
        listing = (await connect(sandbox)).conversations.list(filter="open")
        assert await slugs(listing) == sandbox.stayed(sandbox.mark())
    assert listing.stats.contradictions > 0
    [message] = caplog.messages
    assert "filter" in message


@pytest.mark.parametrize("filter_", [None, "open", "unassigned", "archived", "all"])
async def test_filter_suspected_wrongly(sandbox, session, filter_):
    """A server that heeds the filter is never suspected."""
    listing = session.conversations.list(filter=filter_)
    await slugs(listing)
    assert listing.stats.contradictions == 0


@pytest.mark.parametrize(
    ("filter_", "status"), [(None, 4), ("open", 2), ("unassigned", 3), ("archived", 0)]
)
@pytest.mark.parametrize("raw", [False, True])
async def test_contradiction_overlooked(sandbox, session, filter_, status, raw):
    """An item that a filter can't have meant is noticed, typed or raw."""
    body = b'{"page_count":1,"total_count":1,"conversations":[{"slug":"a","status":%d}]}' % status
    sandbox.script = {(1, 1): Answer(200, body)}
    listing = session.conversations.list(filter=filter_)
    assert len([item async for item in (listing.raw() if raw else listing)]) == 1
    assert listing.stats.contradictions == 1


async def test_status_missing(sandbox, session: ReamazeSession):
    """An item without a status contradicts nothing."""
    body = b'{"page_count":1,"total_count":1,"conversations":[{"slug":"a"}]}'
    for filter_ in (None, "open", "archived"):
        sandbox.script = {(1, len(sandbox.requests) + 1): Answer(200, body)}
        listing = session.conversations.list(filter=filter_)
        assert await slugs(listing) == ["a"]
        assert listing.stats.contradictions == 0


@pytest.mark.parametrize(
    ("status", "found"), [("[]", 0), ('{"a":1}', 0), ("true", 0), ('"2"', 1), ("2.0", 1)]
)
@pytest.mark.parametrize("raw", [False, True])
async def test_odd_status_ends_the_listing(sandbox, session, status, found, raw):
    """A status that is no number contradicts nothing, one in other words does, typed or raw."""
    item = b'{"slug":"a","status":%b}' % status.encode()
    body = b'{"page_count":1,"total_count":1,"conversations":[%b]}' % item
    sandbox.script = {(1, 1): Answer(200, body)}
    listing = session.conversations.list(filter="open")
    assert len([one async for one in (listing.raw() if raw else listing)]) == 1
    assert listing.stats.contradictions == found
