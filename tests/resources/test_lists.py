"""All lists alike, over real sockets: whole, typed and raw, counted, by pages; refused, denied."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest

from reamaze_async import (
    IncompleteListing,
    InvalidParameter,
    Page,
    PermissionDenied,
    ReamazeSession,
)
from reamaze_async.resources.table import ENDPOINTS
from reamaze_async.sandbox import Answer, Flaw, Habits, Sandbox
from reamaze_async.sandbox.store import name_of

TRUTHS = {
    "messages": ("messages", lambda it: (it.conversation.slug, it.created_at)),
    "contacts": ("contacts", lambda it: it.id),
    "channels": ("channels", lambda it: it.slug),
    "articles": ("articles", lambda it: it.slug),
    "response_templates": ("response_templates", lambda it: it.id),
    "staff": ("staff", lambda it: it.email),
    "satisfaction_ratings": ("ratings", lambda it: str(it.id)),
    "incidents": ("incidents", lambda it: it.key),
    "systems": ("systems", lambda it: it.key),
}
OURS = {
    "messages": lambda it: (it.conversation.slug, it.created_at),
    "contacts": lambda it: it.contact_id,
    "staff": lambda it: it.email,
    "response_templates": lambda it: it.id,
    "satisfaction_ratings": lambda it: it.id,
    "incidents": lambda it: it.id,
    "systems": lambda it: it.id,
}
PAGED = [name for name in TRUTHS if name not in ("channels", "incidents", "systems")]
KEYS = {endpoint.name: endpoint for endpoint in ENDPOINTS}

HARMLESS = {("messages", Flaw.NO_KEY)}
"""A message is known by more than what tells other things from one another."""

every_list = pytest.mark.parametrize("name", TRUTHS)


def conditions(name: str) -> dict[str, Any]:
    """By date, contacts stand as the truth has them."""
    return {"sort": "date"} if name == "contacts" else {}


def truth(sandbox: Sandbox, name: str) -> list[Any]:
    """What tells the things of a list from one another, in its order."""
    attribute, key = TRUTHS[name]
    return [key(thing) for thing in getattr(sandbox, attribute)]


@every_list
async def test_list_that_lacks_something(sandbox, session, name):
    """Everything comes, typed, once, in order, in as many requests as there are pages."""
    listing = getattr(session, name).list(**conditions(name))
    found = [item async for item in listing]
    key = OURS.get(name, lambda it: it.slug)
    assert [key(item) for item in found] == truth(sandbox, name)
    assert {type(item) for item in found} == {KEYS[name].kind}
    assert listing.stats.requests == (listing.stats.page_count if name in PAGED else 1)


@every_list
async def test_raw_list_that_differs(session, name):
    """Raw, the same things come in the same order, with every field."""
    listing = getattr(session, name).list(**conditions(name))
    typed = [KEYS[name].key(item) async for item in listing]
    raw = [KEYS[name].key(KEYS[name].decoder.outline(item)) async for item in listing.raw()]
    assert raw == typed
    assert len(set(raw)) == len(raw)
    first = msgspec.json.decode(await anext(listing.raw()))
    assert first


@every_list
async def test_pages_and_counts_that_disagree(sandbox, session, name):
    """The pages hold all of it, and `count` says how many, by one request."""
    resource = getattr(session, name)
    pages = [page async for page in resource.list().pages()]
    assert sum(len(page.items) for page in pages) == len(truth(sandbox, name))
    before = len(sandbox.requests)
    assert await resource.count() == len(truth(sandbox, name))
    assert len(sandbox.requests) == before + 1


@pytest.mark.parametrize("name", PAGED)
async def test_page_of_another_list(sandbox, session, name):
    """One page is asked for by its number; past the end it is empty."""
    page = await getattr(session, name).page(2)
    assert isinstance(page, Page)
    total = len(truth(sandbox, name))
    assert (page.number, len(page.items)) == (2, max(0, min(30, total - 30)))
    assert page.total_count == total
    assert [request.page for request in sandbox.requests] == [2]


@every_list
async def test_list_that_is_told_nonsense(sandbox, session, name):
    """A condition that doesn't exist, or how to list that doesn't: refused, nothing is sent."""
    resource = getattr(session, name)
    with pytest.raises(TypeError, match="fliter"):
        await anext(aiter(resource.list(fliter="open")))
    with pytest.raises(TypeError, match="fliter"):
        await resource.count(fliter="open")
    for given in ({"drift": "repaired"}, {"ordered": 1}):
        with pytest.raises(InvalidParameter, match=r"\.$"):
            resource.list(**given)
    assert sandbox.requests == []


@every_list
async def test_list_that_the_role_forbids(connect, name):
    """403 is told as itself, and says what to look at."""
    async with Sandbox(30, deny=[name]) as sandbox:
        session: ReamazeSession = await connect(sandbox)
        resource = getattr(session, name)
        with pytest.raises(PermissionDenied, match="role"):
            [item async for item in resource.list()]
        with pytest.raises(PermissionDenied):
            await resource.count()


@every_list
async def test_list_of_nothing(connect, name):
    """An empty list is a list."""
    async with Sandbox(0, contacts=0, staff=0) as sandbox:
        resource = getattr(await connect(sandbox), name)
        found = [item async for item in resource.list()]
        assert len(found) == len(truth(sandbox, name)) == await resource.count()


@pytest.mark.parametrize("flaw", [Flaw.NULL, Flaw.EMPTY, Flaw.NOT_JSON, Flaw.NO_KEY, Flaw.DEEP])
@every_list
async def test_item_that_takes_its_neighbours(sandbox, session, name, flaw):
    """One bad item costs itself, is counted, and is told at the end."""
    spoilt = getattr(sandbox, TRUTHS[name][0])[1]
    sandbox.flaws[name_of(spoilt)] = flaw
    listing, found = getattr(session, name).list(), []
    with suppress(IncompleteListing):
        async for item in listing:
            found.append(item)  # noqa: PERF401 - what came before an error counts
    lost = len(truth(sandbox, name)) - len(found)
    assert lost == listing.stats.unreadable == int((name, flaw) not in HARMLESS)


@pytest.mark.parametrize("name", ["contacts", "satisfaction_ratings", "staff", "articles"])
async def test_list_that_brings_less_than_it_counted(connect, name):
    """Every page is the first one: something is missing, and it is told."""
    async with Sandbox(900, staff=61, habits=Habits(ignore_page=True)) as sandbox:
        listing = getattr(await connect(sandbox), name).list()
        with pytest.raises(IncompleteListing):
            [item async for item in listing]


async def test_item_that_a_page_leaves_out(sandbox, session, caplog):
    """A page without an item that can't be read says so: in the log, since it raises nothing."""
    body = b'{"page_count":1,"total_count":2,"staff":[null,{"email":"a@b.example"}]}'
    sandbox.script = lambda _: Answer(200, body)
    assert [member.email for member in (await session.staff.page(1)).items] == ["a@b.example"]
    (said,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "GET /api/v1/staff: 1 item can't be read (page 1 at $.staff[0]" in said.message
