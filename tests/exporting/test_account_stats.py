"""The live numbers of an export of everything."""

import json

from reamaze_async import AccountStats, AccountSummary, ListingStats
from reamaze_async.exporting.manifest import ResourceEntry, now


def test_numbers_counted_twice():
    """A listing's numbers are taken over as they grow, one listing after the other."""
    stats = AccountStats(resources=("staff", "messages"))
    assert (stats.total_count, stats.page_count) == (None, None)
    stats.begin("staff")
    listing = ListingStats(requests=1, pages=1, items=30, total_count=40, page_count=2)
    stats.follow(listing), stats.follow(listing)
    listing.items, listing.pages = 40, 2
    stats.follow(listing)
    stats.begin("messages", earlier=60)
    stats.follow(ListingStats(requests=2, items=5, total_count=100, page_count=4, throttled=1))
    assert (stats.items, stats.pages, stats.requests, stats.throttled) == (45, 2, 3, 1)
    assert (stats.total_count, stats.page_count, stats.earlier) == (140, 6, 60)


def test_what_is_there_already():
    """What earlier runs have left counts as there, with the pages that it once took."""
    stats = AccountStats(resources=("staff", "messages"))
    stats.note_done("staff", 40)
    stats.expect("messages", 100, 4)
    stats.add(ListingStats(requests=1))
    stats.begin("messages")
    stats.note_ended("messages")
    assert (stats.earlier, stats.total_count, stats.page_count) == (40, 140, 6)
    assert (stats.ended, stats.requests) == (["staff", "messages"], 1)


def test_summary_that_is_no_json():
    """A summary is plain values, for machines."""
    summary = AccountSummary(
        path="all", format="ndjson", complete=True, resources={"staff": ResourceEntry()},
        attachments=None, runs=1, items=0, bytes=0, requests=0, retries=0, throttled=0,
        repaired=0, duplicates=0, began=now(), ended=now(), elapsed=0.1,
    )  # fmt: skip
    told = json.loads(json.dumps(summary.as_dict()))
    assert told["resources"]["staff"]["state"] == "failed"
