"""Sources: the lists that threads are made of, and the requests that count and look."""

import pytest

from reamaze_async import NotFound
from reamaze_async.threads.sources import Feeds
from reamaze_async.threads.stats import ThreadsStats


def feeds(session, stats: ThreadsStats) -> Feeds:
    """The lists of all threads."""
    work = session.conversations.threads(filter="all")._work
    return Feeds(session._client, work.sources, "repair", is_raw=True, counts=stats)


async def test_request_that_nobody_counts(sandbox, session):
    """Counting messages and looking for a conversation are counted as requests."""
    stats = ThreadsStats()
    made = feeds(session, stats)
    assert await made.count_messages() == len(sandbox.messages)
    await made.look(sandbox.conversations[0].slug)
    with pytest.raises(NotFound):
        await made.look("gone")
    assert stats.requests == len(sandbox.requests) == 3


async def test_numbers_of_one_list_in_another(sandbox, session):
    """Each list has numbers of its own, and their requests are counted together."""
    stats = ThreadsStats()
    made = feeds(session, stats)
    feed = made.messages_of(sandbox.conversations[0].slug)
    await feed.fetching.begin_here()
    batch = await feed.fetching.next()
    assert batch is not None
    assert feed.stats.items == len(sandbox.conversations[0].messages)
    assert (feed.stats.requests, stats.requests, stats.items) == (0, 1, 0)
    await feed.fetching.end()
