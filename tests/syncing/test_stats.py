"""The numbers of several listings after one another."""

from reamaze_async.listings.listing import raw_listing
from reamaze_async.listings.raw import RawItem, RawPage
from reamaze_async.paging.cursor import Cursor
from reamaze_async.syncing.stats import SyncStats


async def test_counted_twice_or_not_at_all(session):
    """Requests add up over listings, whichever is asked, and as often as it is."""
    listings = session.conversations.list(), session.conversations.list(filter="open")
    first, second = map(raw_listing, listings)
    stats = SyncStats()
    for listing in (first, second, second, first):
        await listing.page(1, stats)
    assert (stats.requests, stats.retries, stats.throttled, stats.repaired) == (4, 0, 0, 0)
    assert [listing.stats.requests for listing in listings] == [0, 0]


async def test_pages_of_another_stage():
    """Each stage counts its own pages; the list's size stays."""
    stats = SyncStats()
    stats.note(RawPage(1, 30, 9, 250, [RawItem(b"{}", key, 0.0) for key in "ab"], Cursor()))
    stats.enter("changes")
    assert (stats.pages, stats.items, stats.total_count, stats.page_count) == (1, 2, 250, 9)
    stats.enter("reading", earlier=40)
    assert (stats.stage, stats.pages, stats.items, stats.earlier) == ("reading", 0, 0, 40)
    assert stats.total_count == 250
