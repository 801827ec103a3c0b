"""The account before leaving, over real sockets: a still list that comes short is told."""

import json
import logging
import random
from collections.abc import Callable, Sequence

import pytest
from samples import page_of

from reamaze_async import IncompleteListing
from reamaze_async.listings.listing import raw_listing
from reamaze_async.listings.raw import RawPage
from reamaze_async.sandbox import Answer

ROWS = [f"s{number:03}" for number in range(300)]
every_drift = pytest.mark.parametrize("drift", ["repair", "verify"])
every_concurrency = pytest.mark.parametrize("concurrency", [1, 8])


def serve(
    sandbox, rows: Callable[[int, int], Sequence[str]], size=lambda number: 30, by_change=ROWS
) -> None:
    """Let the server answer from these rows, for a page and the so-many-eth request."""

    def answer(request) -> Answer:
        is_other = request.params.get("sort") == "changed"
        found, items = (by_change if is_other else rows(request.page, request.number)), []
        per_page = size(request.number)
        items = found[(request.page - 1) * per_page : request.page * per_page]
        pages = -(-len(found) // per_page)
        counts = {"page_size": per_page, "page_count": pages, "total_count": len(found)}
        return Answer(200, page_of(*({"slug": slug} for slug in items), **counts))

    sandbox.script = answer


async def walk(listing) -> tuple[list[str], IncompleteListing | None]:
    """The slugs that come, and the error at the end."""
    found: list[str] = []
    try:
        async for raw in listing.raw():
            found += [json.loads(raw)["slug"]]
    except IncompleteListing as error:
        return found, error
    return found, None


def tied(start: int, group: int, *, anew: bool) -> Callable[[int, int], Sequence[str]]:
    """Ties that stand in another order for each second page, or at each request."""

    def rows(page: int, number: int) -> Sequence[str]:
        ties = ROWS[start : start + group]
        if anew:
            random.Random(number).shuffle(ties)
        elif page % 2:
            ties.reverse()
        return [*ROWS[:start], *ties, *ROWS[start + group :]]

    return rows


@every_drift
@every_concurrency
async def test_tie_told_when_no_order_finds_it(sandbox, connect, drift, concurrency):
    """Ties that one order always hides, and that another order hides too, are told with pages."""
    serve(sandbox, tied(29, 2, anew=False), by_change=[*ROWS[:29], *ROWS[30:], ROWS[0]])
    listing = (await connect(sandbox, concurrency=concurrency)).conversations.list(drift=drift)
    found, error = await walk(listing)
    assert len(set(found)) == 299
    assert error is not None
    assert error.pages == (2,)
    assert "the server counts 300 items, but fewer came, also by sort='changed'" in str(error)


@every_drift
async def test_tie_that_another_order_finds(sandbox, connect, drift, caplog):
    """Ties that never settle are found by another sort order, and it is said by which."""
    serve(sandbox, tied(25, 10, anew=False))
    listing = (await connect(sandbox)).conversations.list(drift=drift)
    with caplog.at_level(logging.WARNING, "reamaze_async"):
        found, error = await walk(listing)
    assert (set(found), len(found), error) == (set(ROWS), 300, None)
    assert "stand in no fixed order, and were found by sort='changed' only" in caplog.text


@every_concurrency
@pytest.mark.parametrize("group", [2, 4, 10, 30])
async def test_tie_drawn_anew(sandbox, connect, group, concurrency):
    """Ties drawn anew at each request are found by reading their pages again, at little cost."""
    serve(sandbox, tied(20, group, anew=True))
    listing = (await connect(sandbox, concurrency=concurrency)).conversations.list()
    found, error = await walk(listing)
    assert (set(found), error) == (set(ROWS), None)


@every_drift
@every_concurrency
@pytest.mark.parametrize(("sizes", "at"), [((30, 50), 1), ((30, 100), 4), ((50, 30), 3)])
async def test_page_size_that_changes(sandbox, connect, drift, concurrency, sizes, at):
    """A page size that changes on the way costs requests, and no item."""
    serve(sandbox, lambda *_: ROWS, lambda number: sizes[number > at])
    listing = (await connect(sandbox, concurrency=concurrency)).conversations.list(drift=drift)
    assert await walk(listing) == (ROWS, None)


async def test_page_size_of_page_1_alone(sandbox, session):
    """Where page 1 is always shorter than the others are long, what no page holds is told."""
    serve(sandbox, lambda *_: ROWS)
    script = sandbox.script

    def answer(request) -> Answer:
        if request.page == 1:
            return script(request)
        items = ROWS[(request.page - 1) * 50 : request.page * 50]
        counts = {"page_size": 50, "page_count": 6, "total_count": 300}
        return Answer(200, page_of(*({"slug": slug} for slug in items), **counts))

    sandbox.script = answer
    found, error = await walk(session.conversations.list())
    assert (len(found), error is not None) == (280, True)


@pytest.mark.parametrize("drift", ["ignore", "repair", "verify"])
async def test_server_that_ignores_the_page(sandbox, session, drift):
    """The same page for ever, of a thousand million, comes to an end after a few requests."""
    items = [{"slug": slug} for slug in ROWS[:30]]
    body = page_of(*items, page_count=10**9, total_count=3 * 10**10)
    sandbox.script = lambda request: Answer(200, body)
    found, error = await walk(session.conversations.list(drift=drift))
    assert found == ROWS[:30]
    assert error is not None
    assert len(sandbox.requests) < 60


async def test_export_that_believes_a_shortage(sandbox, session):
    """Raw pages, as exports and syncs read them, end with the same error; so when gone on with."""
    serve(sandbox, tied(29, 2, anew=False), by_change=[*ROWS[:29], *ROWS[30:], ROWS[0]])
    listing = raw_listing(session.conversations.list())
    pages, error = await taken(listing.pages())
    assert error is not None
    seen = [item.key for page in pages[:6] for item in page.items]
    pages, error = await taken(listing.pages(cursor=pages[5].cursor, seen=seen))
    assert error is not None


@every_drift
@every_concurrency
@pytest.mark.parametrize("lacking", [[], ROWS[::2], ROWS[40:]], ids=["all", "half", "the newest"])
async def test_copy_that_lacks_much(sandbox, connect, drift, concurrency, lacking):
    """Where some answers come from a copy that lacks a lot, all comes, or it is told."""
    serve(sandbox, lambda page, number: ROWS if number % 3 else lacking)
    listing = (await connect(sandbox, concurrency=concurrency)).conversations.list(drift=drift)
    found, error = await walk(listing)
    assert len(found) == len(set(found))
    assert error is not None or set(found) == set(ROWS)


@pytest.mark.parametrize(("drift", "most"), [("repair", 140), ("verify", 300)])
async def test_page_that_always_counts_otherwise(sandbox, session, drift, most):
    """A count that never agrees with its neighbour's is told, and not asked for without end."""
    serve(sandbox, lambda *_: ROWS)
    script = sandbox.script

    def answer(request) -> Answer:
        found = script(request)
        if request.page > 1:
            return found
        return Answer(200, found.body.replace(b'"total_count":300', b'"total_count":301'))

    sandbox.script = answer
    found, error = await walk(session.conversations.list(drift=drift))
    assert (set(found), error is not None, len(sandbox.requests) < most) == (set(ROWS), True, True)


async def test_list_that_is_emptied_at_once(sandbox, session):
    """What leaves all at once, and stays away, is asked for once more, and is no fault."""
    serve(sandbox, lambda page, number: ROWS if number <= 4 else [])
    found, error = await walk(session.conversations.list())
    assert (error, len(found) >= 30, len(sandbox.requests) < 20) == (None, True, True)


@every_concurrency
@pytest.mark.parametrize("other", ["every conversation", "two too many", "an error"])
async def test_other_order_that_is_another_list(sandbox, connect, concurrency, other):
    """What `sort=` brings against the filter isn't handed out, and its error ends nothing."""
    mine = [{"slug": slug, "status": 0} for slug in ROWS]
    # Many are known by the count, and one by what it is.
    alien = [{"slug": f"x{n}", "status": 0} for n in range(200)]
    if other == "two too many":
        alien = [{"slug": "x", "status": 4}] * 2

    def answer(request) -> Answer:
        if (is_other := "sort" in request.params) and other == "an error":
            return Answer(500)
        items, page = alien + mine if is_other else mine, request.page
        counts = {"page_count": -(-len(items) // 30), "total_count": len(items)}
        return Answer(200, page_of(*items[page * 30 - 30 : page * 30], **counts))

    sandbox.script = answer
    listing = (await connect(sandbox, concurrency=concurrency)).conversations.list(drift="verify")
    assert await walk(listing) == (ROWS, None)


async def taken(pages) -> tuple[list[RawPage], IncompleteListing | None]:
    """Raw pages to their end, and how they end."""
    found: list[RawPage] = []
    try:
        async for page in pages:
            found += [page]
    except IncompleteListing as error:
        return found, error
    return found, None
