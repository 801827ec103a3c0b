"""The promise of `drift`, over real sockets: a sandbox whose list moves before each answer.

`REAMAZE_LONG=1` makes 200 runs of each kind; the suite makes a few.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from reamaze_async import IncompleteListing, ReamazeSession
from reamaze_async.listings.listing import Listing
from reamaze_async.models import Conversation
from reamaze_async.sandbox import Answer, Churn, Sandbox

RUNS = 200 if os.environ.get("REAMAZE_LONG") else 8
PAGES = 20


@dataclass
class Result:
    """What came of one listing, against the sandbox's truth."""

    lost: int
    twice: int
    in_order: bool
    per_page: float
    doubted: bool = False


async def run(seed: int, churn: Churn, **options: Any) -> Result:
    """List everything while it moves."""
    options = {"filter": "all"} | options
    async with (
        Sandbox(PAGES * 30, seed=seed, size="small", churn=churn, jitter=0.002) as sandbox,
        ReamazeSession(
            sandbox.brand, sandbox.email, sandbox.token, base_url=sandbox.base_url
        ) as session,
    ):
        mark = sandbox.mark()
        listing = session.conversations.list(**options)
        got, doubted = await collect(listing)
        asked = {name: options[name] for name in ("filter", "sort") if options.get(name)}
        stayed = sandbox.stayed(mark, **asked)
        kept = set(stayed)
        return Result(
            lost=len(kept - set(got)),
            twice=len(got) - len(set(got)),
            in_order=[slug for slug in got if slug in kept] == stayed,
            per_page=listing.stats.requests / PAGES,
            doubted=doubted,
        )


async def collect(listing: Listing[Conversation]) -> tuple[list[str], bool]:
    """The slugs, and whether the listing said that it may be incomplete."""
    got: list[str] = []
    with suppress(IncompleteListing):
        async for conversation in listing:
            got += [conversation.slug]
        return got, False
    return got, True


ONE_WAY = {
    "arrivals at the front": Churn(arrive=0.6, where="front"),
    "arrivals anywhere": Churn(arrive=0.6, arrivals=("create", "insert")),
    "departures": Churn(leave=0.6, departures=("delete",)),
}


@pytest.mark.parametrize("kind", ONE_WAY)
async def test_one_way_churn_tears_a_seam(kind: str) -> None:
    """Nothing is lost, nothing comes twice, the order stays, for at most 1.6 requests a page."""
    results = [await run(seed, ONE_WAY[kind]) for seed in range(RUNS)]
    assert sum(result.lost for result in results) == 0
    assert sum(result.twice for result in results) == 0
    assert all(result.in_order for result in results)
    assert not any(result.doubted for result in results)
    assert sum(result.per_page for result in results) / RUNS <= 1.6


@pytest.mark.parametrize("ordered", [True, False])
async def test_calm_churn_both_ways_loses_one(ordered: bool) -> None:
    """At a calm helpdesk's rates (0.004 a request each way) nothing is lost."""
    churn = Churn(arrive=0.004, leave=0.004, departures=("delete",))
    results = [await run(seed, churn, ordered=ordered) for seed in range(RUNS)]
    assert sum(result.lost + result.twice for result in results) == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_verify_misses_one_in_heavy_churn_both_ways() -> None:
    """Where each request brings 0.3 arrivals and 0.3 departures, `verify` loses nothing."""
    churn = Churn(arrive=0.3, leave=0.3, departures=("delete",))
    results = [await run(seed, churn, drift="verify") for seed in range(RUNS)]
    assert sum(result.lost + result.twice for result in results) == 0


async def test_forty_leave_at_once() -> None:
    """A burst of more than a page between two reads is bridged, or else told."""
    churn = Churn(burst=0.1)
    results = [await run(seed, churn, filter=None) for seed in range(RUNS)]
    assert sum(result.twice for result in results) == 0
    assert all(result.doubted for result in results if result.lost)


@pytest.mark.slow
@pytest.mark.parametrize("sort", ["changed", "updated"])
async def test_touched_ones_jump_to_the_front(sort: str) -> None:
    """Where the order itself moves, what was touched meanwhile is found all the same."""
    results = [await run(seed, Churn(touch=0.2), sort=sort) for seed in range(RUNS)]
    assert sum(result.lost + result.twice for result in results) == 0


async def test_merges_and_everything_else_at_once() -> None:
    """Whatever happens: nothing twice, and an end."""
    churn = Churn(mixed=0.5, merge=0.1, burst=0.02)
    results = [await run(seed, churn) for seed in range(RUNS)]
    assert sum(result.twice for result in results) == 0


@pytest.mark.slow
@pytest.mark.parametrize("sort", ["changed", "updated"])
async def test_archived_and_deleted_in_a_sorted_list(sort: str) -> None:
    """What is archived jumps under `sort="changed"`; that others are deleted hides no loss."""
    churn = Churn(leave=0.3)
    results = [await run(seed, churn, sort=sort) for seed in range(RUNS)]
    assert sum(result.lost + result.twice for result in results) == 0
    assert not any(result.doubted for result in results)


@pytest.mark.parametrize("sort", [None, "changed", "updated"])
@pytest.mark.parametrize(("drift", "readings"), [("repair", 1.0), ("verify", 2.0)])
async def test_calm_list_read_too_often(sort: str | None, drift: str, readings: float) -> None:
    """Without churn each page is asked for exactly once; by `verify` twice, in any order."""
    result = await run(1, Churn(), sort=sort, drift=drift)
    assert (result.lost, result.twice, result.per_page) == (0, 0, readings)


@pytest.mark.parametrize("drift", ["repair", "verify"])
async def test_server_that_gives_the_same_page_for_every_number(drift: str) -> None:
    """A list that stands still and brings fewer items than it counts ends with an error."""
    async with (
        Sandbox(120, seed=1, size="small") as sandbox,
        ReamazeSession(
            sandbox.brand, sandbox.email, sandbox.token, base_url=sandbox.base_url
        ) as session,
    ):
        first = await session.request("GET", "/conversations", params={"filter": "all"})
        sandbox.script = lambda request: Answer(200, first, {"Content-Type": "application/json"})
        listing = session.conversations.list(filter="all", drift=drift)
        assert (len(set((await collect(listing))[0])), (await collect(listing))[1]) == (30, True)
