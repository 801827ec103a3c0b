"""A listing over real sockets: what it hands out, what it counts, and how it fails."""

import asyncio

import pytest
from loops import every_loop, turns
from reading import PAGES, quiet, slugs, truth

from reamaze_async import DecodeError, IncompleteListing, NotFound, ServerError
from reamaze_async.listings.listing import raw_listing
from reamaze_async.sandbox import Answer, Fault, Habits, Sandbox

# --- what comes -----------------------------------------------------------------------------------


@every_loop
@pytest.mark.parametrize("concurrency", [1, 2, 3, 8, 50])
async def test_order_or_items_lost(sandbox, connect, concurrency):
    """Every conversation comes once, in the API's order, however many requests are in flight."""
    session = await connect(sandbox, concurrency=concurrency)
    assert await slugs(session.conversations.list(filter="all")) == truth(sandbox)


async def test_pages_arrive_in_reverse(sandbox, session):
    """The order is the API's when a later page is answered before an earlier one."""
    late = sandbox.hold(2)
    listing = session.conversations.list(filter="all")
    task = asyncio.create_task(slugs(listing))
    await late.arrived.wait()
    await quiet(sandbox)
    late.release()
    assert await task == truth(sandbox)


async def test_sent_before_iterated(sandbox, session):
    """Making a listing, its generators and a block of it sends nothing."""
    listing = session.conversations.list(filter="all")
    listing.raw(), listing.pages(), raw_listing(listing).pages()
    async with listing:
        await turns()
    assert sandbox.requests == []


async def test_page_1_does_not_go_first(sandbox, session):
    """The others fan out only when page 1 has said how many there are."""
    first = sandbox.hold(1)
    task = asyncio.create_task(slugs(session.conversations.list(filter="all")))
    await first.arrived.wait()
    await quiet(sandbox)
    assert [request.page for request in sandbox.requests] == [1]
    first.release()
    await task


async def test_requests_wasted(sandbox, session):
    """Without drift a listing costs exactly `page_count` requests, each page asked for once."""
    await slugs(session.conversations.list(filter="all"))
    assert sorted(request.page for request in sandbox.requests) == list(range(1, PAGES + 1))


@pytest.mark.parametrize("pages", [0, 1])
async def test_nothing_matches(sandbox, connect, pages):
    """An empty list costs one request, whether the server counts its pages as 0 or as 1."""
    async with Sandbox(0, habits=Habits(empty_page_count=pages)) as empty:
        listing = (await connect(empty)).conversations.list(filter="all")
        assert await slugs(listing) == []
        assert len(empty.requests) == 1
        assert (listing.stats.total_count, listing.stats.page_count) == (0, pages)


@pytest.mark.parametrize("number", [1, 29, 30, 31, 60])
async def test_last_page_full_or_not(connect, number):
    """A last page of any size is the last one, and costs no request more."""
    async with Sandbox(number, size="small") as sandbox:
        listing = (await connect(sandbox)).conversations.list(filter="all")
        assert await slugs(listing) == truth(sandbox)
        assert len(sandbox.requests) == -(-number // 30)


async def test_iterated_again_goes_on_where_it_stopped(sandbox, session):
    """A listing starts over when it is iterated again, also after a `break`, and counts anew."""
    listing = session.conversations.list(filter="all")
    async for _ in listing:
        break
    assert await slugs(listing) == await slugs(listing) == truth(sandbox)
    assert listing.stats.items == len(truth(sandbox))


async def test_unordered_waits_for_a_late_page(sandbox, session):
    """Unordered, pages come as they arrive; the late one last, and none is lost."""
    late = sandbox.hold(2)
    numbers = []
    async for page in session.conversations.list(filter="all", ordered=False).pages():
        numbers.append(page.number)
        if len(numbers) == PAGES - 1:
            late.release()
    assert numbers[-1] == 2
    assert sorted(numbers) == list(range(1, PAGES + 1))


async def test_duplicates_of_shifted_pages(sandbox, session):
    """What an arrival pushes onto the next page is handed out once."""
    mark = sandbox.mark()
    sandbox.before = lambda request: sandbox.world.create() if request.page in (2, 9) else None
    listing = session.conversations.list(filter="all")
    found = await slugs(listing)
    assert len(found) == len(set(found))
    assert set(sandbox.stayed(mark, filter="all")) <= set(found)
    assert listing.stats.duplicates > 0


async def test_pages_without_their_facts(sandbox, session):
    """`pages()` tells each page's number, its counts, and the items on it."""
    pages = [page async for page in session.conversations.list(filter="all").pages()]
    assert [page.number for page in pages] == list(range(1, PAGES + 1))
    assert {(page.page_size, page.page_count, page.total_count) for page in pages} == {
        (30, PAGES, 500)
    }
    assert [item.slug for page in pages for item in page.items] == truth(sandbox)


async def test_raw_changes_a_byte(sandbox, session):
    """`raw()` hands out each item's own bytes: unknown fields, spaces and big numbers included."""
    items = [b'{"slug":"a", "new": 123456789012345678901234567890.10}', b'{"slug":"b","x?":[ ]}']
    body = b'{"page_count":1,"total_count":2,"conversations":[%b]}' % b" , ".join(items)
    sandbox.script = {(1, 1): Answer(200, body)}
    assert [raw async for raw in session.conversations.list().raw()] == items


async def test_raw_keeps_whole_pages_alive(session):
    """Each raw item is bytes of its own, not a view that holds its whole page in memory."""
    async for raw in session.conversations.list().raw():
        assert type(raw) is bytes


async def test_nested_loops(connect):
    """A listing inside the loop over another, and inside that one, disturbs neither."""
    found = []
    async with Sandbox(150, size="small") as sandbox:
        session = await connect(sandbox)
        async for outer in session.conversations.list(filter="all").pages():
            async for inner in session.conversations.list(filter="all").pages():
                async for _ in session.conversations.list(filter="all"):
                    break
                found.append((outer.number, inner.number))
    assert found == [(outer, inner) for outer in range(1, 6) for inner in range(1, 6)]


@every_loop
async def test_several_at_once(sandbox, connect):
    """Listings, pages and single calls at once share the slots, and each gets all of its own."""
    session = await connect(sandbox, concurrency=3)
    results = await asyncio.gather(
        *(slugs(session.conversations.list(filter="all")) for _ in range(4)),
        *(session.conversations.count(filter="all") for _ in range(10)),
    )
    assert results == [truth(sandbox)] * 4 + [500] * 10
    assert sandbox.most_in_flight <= 3


async def test_same_listing_twice_at_once(sandbox, session):
    """One listing iterated by two tasks at once gives each all of it."""
    listing = session.conversations.list(filter="all")
    both = await asyncio.gather(slugs(listing), slugs(listing))
    assert both == [truth(sandbox)] * 2


async def test_same_listing_entered_by_two_tasks(sandbox, session):
    """Leaving one `async with` of a listing doesn't end the loop in another task's."""
    listing = session.conversations.list(filter="all")
    entered, left = asyncio.Event(), asyncio.Event()

    async def other() -> list[str]:
        async with listing as items:
            first = (await anext(items)).slug
            entered.set()
            await left.wait()
            return [first, *await slugs(items)]

    async with listing as items:
        await anext(items)
        task = asyncio.create_task(other())
        await entered.wait()
    left.set()
    assert await task == truth(sandbox)


# --- errors ---------------------------------------------------------------------------------------


async def test_error_before_the_items_before_it(sandbox, session):
    """A page that fails at once is told only after the items of the pages before it."""
    late = sandbox.hold(3)
    sandbox.script = {(5, 1): Answer(404)}
    found: list[str] = []

    async def walk() -> None:
        async for conversation in session.conversations.list(filter="all"):
            found.append(conversation.slug)  # noqa: PERF401 - what came before an error counts

    task = asyncio.create_task(walk())
    await late.arrived.wait()
    await quiet(sandbox)
    late.release()
    with pytest.raises(NotFound, match="GET /api/v1/conversations page 5: HTTP 404"):
        await task
    assert found == truth(sandbox)[:120]


@every_loop
@pytest.mark.parametrize("pages", [(3, 5), (5, 3)])
async def test_two_pages_fail_at_once(sandbox, session, pages):
    """Of two failures the earlier page's reaches the consumer, as itself and in no group."""
    holds = [sandbox.hold(page) for page in pages]
    sandbox.script = {(3, 1): Answer(404), (5, 1): Answer(404)}
    task = asyncio.create_task(slugs(session.conversations.list(filter="all")))
    for hold in holds:
        await hold.arrived.wait()
    for hold in holds:
        hold.release()
        await turns(50)
    with pytest.raises(NotFound) as caught:
        await task
    assert caught.value.page == 3


async def test_requests_behind_an_error(sandbox, session):
    """While the consumer is still busy with what came before, pages behind an error are dropped."""
    failing, behind = sandbox.hold(2), sandbox.hold(when=lambda request: request.page > 2)
    sandbox.script = {(2, 1): Answer(404)}
    async with session.conversations.list(filter="all") as items:
        await anext(items)
        await failing.arrived.wait()
        await behind.arrived.wait()
        failing.release()
        await sandbox.idle()
        with pytest.raises(NotFound):
            await slugs(items)


async def test_requests_after_an_error(sandbox, session):
    """An error ends the work: pages still on their way are dropped, nothing more is sent."""
    held = sandbox.hold(when=lambda request: request.page > 2)
    sandbox.script = {(2, 1): Answer(404)}
    with pytest.raises(NotFound):
        await slugs(session.conversations.list(filter="all"))
    await sandbox.idle()
    asked = len(sandbox.requests)
    held.release()
    await quiet(sandbox)
    assert len(sandbox.requests) == asked


async def test_error_on_page_1(sandbox, session):
    """If page 1 can't be fetched, the loop raises at its first step, and nothing else is asked."""
    sandbox.script = {(1, 1): Answer(404)}
    with pytest.raises(NotFound, match="page 1"):
        await slugs(session.conversations.list(filter="all"))
    assert len(sandbox.requests) == 1


async def test_error_when_unordered(sandbox, session):
    """Unordered too, an error comes as itself; a step after it never looks like the list's end."""
    sandbox.script = {(4, 1): Answer(404)}
    items = aiter(session.conversations.list(filter="all", ordered=False))
    with pytest.raises(NotFound):
        await slugs(items)
    with pytest.raises(NotFound):
        await anext(items)


async def test_listing_spoilt_by_an_error(sandbox, session):
    """After an error the same listing can be iterated again."""
    sandbox.script = {(4, 1): Answer(404)}
    listing = session.conversations.list(filter="all")
    with pytest.raises(NotFound):
        await slugs(listing)
    assert await slugs(listing) == truth(sandbox)


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.MAINTENANCE, Fault.EMPTY, Fault.NESTED])
async def test_garbage_without_its_page(sandbox, session, fault):
    """What isn't JSON after all attempts is an error with the page's number."""
    sandbox.script = lambda request: fault if request.page == 4 else None
    with pytest.raises(DecodeError, match="page 4"):
        await slugs(session.conversations.list(filter="all"))
    assert sum(request.page == 4 for request in sandbox.requests) == 5


async def test_error_wrapped_by_what_the_body_does(session):
    """An exception of the loop body comes out as itself, a group of the caller's own too."""
    own = ExceptionGroup("mine", [ValueError(1)])

    async def walk() -> None:
        async for _ in session.conversations.list(filter="all"):
            raise own

    with pytest.raises(ExceptionGroup) as caught:
        await walk()
    assert caught.value is own


async def test_gap_that_nobody_hears_of(sandbox, session):
    """When a page stays empty although it is counted, the listing ends with `IncompleteListing`."""
    hollow = b'{"page_size":30,"page_count":17,"total_count":500,"conversations":[]}'
    sandbox.script = lambda request: Answer(200, hollow) if request.page == 6 else None
    with pytest.raises(IncompleteListing) as caught:
        await slugs(session.conversations.list(filter="all"))
    assert 6 in caught.value.pages
    assert caught.value.path == "/api/v1/conversations"


async def test_server_error_after_all_attempts(sandbox, session):
    """A page that fails at each of five attempts is the server's error, with its number."""
    sandbox.script = lambda request: Fault.ERROR_503 if request.page == 2 else None
    with pytest.raises(ServerError, match="page 2: HTTP 503"):
        await slugs(session.conversations.list(filter="all"))
    assert sum(request.page == 2 for request in sandbox.requests) == 5
