"""From a reply to a read: keys that tell items apart, and what is odd on a page."""

import json

import pytest
from samples import page_of

from reamaze_async import IncompleteListing, Retry
from reamaze_async.listings.listing import raw_listing
from reamaze_async.listings.stats import ListingStats
from reamaze_async.sandbox import Answer, Flaw

WAYS = ["typed", "raw", "raw pages"]
every_way = pytest.mark.parametrize("way", WAYS)


def serve(sandbox, *items, count=None, **more) -> None:
    """Let page 1 be all there is, with these items."""
    total = len(items) if count is None else count
    body = page_of(*items, page_count=1, total_count=total, **more)
    sandbox.script = lambda request: Answer(200, body)


async def walk(session, way) -> tuple[list[bytes], object, object]:
    """Bytes or slugs that a way brings, the error at its end, and the numbers."""
    listing = session.conversations.list(filter="all")
    found, error = [], None
    try:
        if way == "typed":
            async for item in listing:
                found += [item.slug.encode()]
        elif way == "raw":
            async for raw in listing.raw():
                found += [raw]
        else:
            async for page in raw_listing(listing).json_pages():
                found += page.items
    except IncompleteListing as failure:
        error = failure
    return found, error, listing.stats


@every_way
async def test_two_items_under_one_key(sandbox, session, way):
    """Different items that share a key on one page are two; the same one twice is one."""
    serve(sandbox, {"slug": "a"}, {"slug": "a", "subject": "b"}, {"slug": "a"})
    found, error, stats = await walk(session, way)
    assert (len(found), error, stats.duplicates) == (2, None, 1)


@every_way
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_neighbours_lost_for_one_item(sandbox, session, way, place):
    """An item without a key costs itself, on page 1 too; raw it comes; it is counted and told."""
    items = [{"slug": "a"}, {"slug": "b"}]
    items.insert(place, {"slug": None, "perma_url": "secret"})
    serve(sandbox, *items)
    found, error, stats = await walk(session, way)
    assert len(found) == (2 if way == "typed" else 3)
    assert isinstance(error, IncompleteListing)
    assert f"page 1 at $.conversations[{place}]" in str(error)
    assert (stats.unreadable, error.pages) == (1, (1,))
    assert "secret" not in f"{error!r}{vars(error)}"


@every_way
@pytest.mark.parametrize("odd", [b"null", b"[]", b'{"slug": "x", "n": NaN}', b'{"slug": "\xff"}'])
async def test_page_lost_for_what_is_no_item(sandbox, session, way, odd):
    """What is no object, or no JSON at all, costs itself and comes in no way."""
    serve(sandbox, {"slug": "a"}, odd, {"slug": "b"})
    found, error, stats = await walk(session, way)
    assert (len(found), stats.unreadable) == (2, 1)
    assert isinstance(error, IncompleteListing)
    assert all(json.loads(one) for one in found if way != "typed")


@pytest.mark.parametrize("drift", ["repair", "verify", "ignore"])
async def test_null_on_several_pages_told_once(sandbox, session, drift):
    """Each `null` is counted once and told with its page, and proves no seam."""
    places = (40, 70, 250)
    sandbox.flaws.update({sandbox.conversations[place].slug: Flaw.NULL for place in places})
    listing = session.conversations.list(filter="all", drift=drift)
    with pytest.raises(IncompleteListing) as caught:
        [_ async for _ in listing]
    assert (listing.stats.unreadable, caught.value.pages) == (3, (2, 3, 9))
    assert listing.stats.items == len(sandbox.conversations) - 3
    assert listing.stats.requests == (34 if drift == "verify" else 17)


@pytest.mark.parametrize(("attempts", "requests"), [(1, 1), (2, 2), (5, 2)])
async def test_page_asked_for_too_often(sandbox, connect, attempts, requests):
    """A page that is no JSON as a whole is read by items when it comes so again, or at the last."""
    serve(sandbox, {"slug": "a"}, b'{"slug": "b", "x": NaN}')
    session = await connect(sandbox, retry=Retry(attempts, max_delay=0))
    found, _, stats = await walk(session, "raw")
    assert (len(found), stats.unreadable, len(sandbox.requests)) == (1, 1, requests)


async def test_page_that_is_no_more(sandbox, session):
    """A page past the end may be answered 404, if the list has shrunk: it is the end."""
    listing = session.conversations.list(filter="all")

    def answer(request):
        if request.page == 17:
            for conversation in sandbox.conversations[-30:]:
                sandbox.world.delete(conversation.slug)
            return Answer(404)
        return None

    sandbox.script = answer
    found = [item async for item in listing]
    assert len(found) >= 470


async def test_page_asked_for_alone(sandbox, session):
    """A single page hands on what is good on it, as a tuple."""
    serve(sandbox, {"slug": "a"}, {"slug": None}, {"slug": "b"})
    page = await session.conversations.page(1)
    assert isinstance(page.items, tuple)
    assert [item.slug for item in page.items] == ["a", "b"]
    raw = await raw_listing(session.conversations.list()).page(1, ListingStats())
    assert ([item.key for item in raw.items], len(raw.unreadable)) == (["a", "b"], 1)
    assert "subject" not in repr(raw)
