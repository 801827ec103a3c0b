"""The numbers of several listings after one another."""

from reamaze_async import Page
from reamaze_async.syncing.stats import SyncStats


def page(number: int, *items: bytes) -> Page[bytes]:
    """A page of a list."""
    return Page(number=number, page_size=30, page_count=9, total_count=250, items=items)


async def test_counted_twice_or_not_at_all(session):
    """Requests add up over listings, whichever is asked, and as often as it is."""
    first, second = session.conversations.list(), session.conversations.list(filter="open")
    stats = SyncStats(first)
    for listing in (first, second, second, first):
        stats.follow(listing)
        await listing.raw_page(1)
    assert (stats.requests, stats.retries, stats.throttled, stats.repaired) == (4, 0, 0, 0)


async def test_pages_of_another_stage(session):
    """Each stage counts its own pages; the list's size stays."""
    stats = SyncStats(session.conversations.list())
    stats.note(page(1, b"{}", b"{}"))
    stats.enter("changes")
    assert (stats.pages, stats.items, stats.total_count, stats.page_count) == (1, 2, 250, 9)
    stats.enter("reading", earlier=40)
    assert (stats.stage, stats.pages, stats.items, stats.earlier) == ("reading", 0, 0, 40)
    assert stats.total_count == 250
