"""Sources: the lists that threads are made of, and the requests that count and look."""

import pytest

from reamaze_async import NotFound
from reamaze_async.threads.sources import ListOpener
from reamaze_async.threads.stats import ThreadsStats


def opener(session, stats: ThreadsStats) -> ListOpener:
    """The lists of all threads."""
    work = session.conversations.threads(filter="all")._work
    return ListOpener(session._client, work.sources, "repair", is_raw=True, counts=stats)


async def test_request_that_nobody_counts(sandbox, session):
    """Counting messages and looking for a conversation are counted as requests."""
    stats = ThreadsStats()
    made = opener(session, stats)
    assert await made.count_messages() == len(sandbox.messages)
    await made.look(sandbox.conversations[0].slug)
    with pytest.raises(NotFound):
        await made.look("gone")
    assert stats.requests == len(sandbox.requests) == 3


async def test_numbers_of_one_list_in_another(sandbox, session):
    """Each list has numbers of its own, and their requests are counted together."""
    stats = ThreadsStats()
    made = opener(session, stats)
    opened = made.messages_of(sandbox.conversations[0].slug)
    await opened.fetching.begin_here()
    batch = await opened.fetching.next()
    assert batch is not None
    assert opened.stats.items == len(sandbox.conversations[0].messages)
    assert (opened.stats.requests, stats.requests, stats.items) == (0, 1, 0)
    await opened.fetching.end()
