"""Raw pages: bytes, keys, marks and cursors that belong together."""

import json

import pytest

from reamaze_async import ReamazeSession
from reamaze_async.listings.listing import raw_listing
from reamaze_async.listings.stats import ListingStats


@pytest.mark.parametrize("sort", [None, "changed"])
async def test_key_or_mark_of_another_item(sandbox, session, sort):
    """Each item comes with its own key and mark, on a page alone and while iterating."""
    listing = raw_listing(session.conversations.list(filter="all", sort=sort))
    alone = (await listing.page(2, ListingStats())).items
    iterated = [item async for page in listing.pages() for item in page.items]
    assert len(iterated) == 500
    assert list(iterated[30:60]) == list(alone)
    for item in iterated:
        assert (json.loads(item.json)["slug"], listing.item(item.json)) == (item.key, item)
    assert [item.mark for item in iterated] == sorted((i.mark for i in iterated), reverse=True)


async def test_cursor_of_another_page(session):
    """The cursor of a page is where another iteration goes on after it."""
    listing = raw_listing(session.conversations.list(filter="all"))
    pages = [page async for page in listing.pages()]
    keys = [item.key for page in pages for item in page.items]
    seen = keys[: 30 * 7]
    rest = [page async for page in listing.pages(cursor=pages[6].cursor, seen=seen)]
    assert [item.key for page in rest for item in page.items] == keys[30 * 7 :]


async def test_requests_counted_elsewhere(session):
    """Who counts requests for several listings gets them all, and their stats keep the rest."""
    listing, counts = session.conversations.list(filter="all"), ListingStats()
    assert [page async for page in raw_listing(listing).pages(counts=counts)]
    assert (counts.requests, listing.stats.requests, listing.stats.pages) == (17, 0, 17)


def make_session(**settings: str) -> ReamazeSession:
    """A session that isn't open."""
    return ReamazeSession(**{"brand": "acme", "email": "me@acme.example", "token": "t"} | settings)


def test_one_list_taken_for_another():
    """Equal identities mean the same list, read as carefully."""
    session = make_session()
    lists = [session.conversations.list(filter=word) for word in ("all", "open")]
    lists.append(session.conversations.list(filter="all", drift="verify"))
    lists.append(make_session(brand="other").conversations.list(filter="all"))
    lists.append(make_session(base_url="http://localhost").conversations.list(filter="all"))
    identities = [raw_listing(listing).identity for listing in lists]
    assert all(one not in identities[:i] for i, one in enumerate(identities))
    assert raw_listing(session.conversations.list(filter="all")).identity == identities[0]
