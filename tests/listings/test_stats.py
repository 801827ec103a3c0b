"""The numbers of a listing, while it runs and afterwards."""

from reading import PAGES, slugs, truth

from reamaze_async.sandbox import Answer, Fault


async def test_stats_only_at_the_end(sandbox, session):
    """The numbers are live: a progress bar reads them while the loop runs."""
    listing = session.conversations.list(filter="all")
    assert (listing.stats.items, listing.stats.total_count, listing.stats.elapsed) == (0, None, 0.0)
    async for page in listing.pages():
        assert (listing.stats.pages, listing.stats.total_count) == (page.number, 500)
        assert listing.stats.page_count == PAGES
    assert listing.stats.items == 500


async def test_stats_that_the_server_denies(sandbox, session):
    """Requests, retries and 429s are counted as the server sees them."""
    sandbox.script = {
        (3, 1): Fault.ERROR_502,
        (3, 2): Fault.RESET,
        (5, 1): Answer(429, headers={"Retry-After": "0"}),
    }
    listing = session.conversations.list(filter="all")
    assert await slugs(listing) == truth(sandbox)
    stats = listing.stats
    assert (stats.requests, stats.retries, stats.throttled) == (len(sandbox.requests), 2, 1)
    assert stats.requests == PAGES + 3


async def test_repair_that_is_not_counted(sandbox, session):
    """A page that is fetched again because the list has moved is counted, apart from retries."""
    gone = [conversation.slug for conversation in sandbox.conversations[5:8]]
    sandbox.before = lambda request: gone and sandbox.world.delete(gone.pop())
    listing = session.conversations.list(filter="all")
    await slugs(listing)
    stats = listing.stats
    assert 0 < stats.repaired == stats.requests - PAGES
    assert stats.retries == 0


async def test_clock_that_never_stops(session):
    """`elapsed` grows while iterating and stands still afterwards."""
    listing = session.conversations.list(filter="all")
    async for _ in listing.pages():
        assert listing.stats.elapsed > 0
    assert listing.stats.elapsed == listing.stats.elapsed > 0
