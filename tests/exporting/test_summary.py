"""The summary of an export."""

from pathlib import Path

from reamaze_async import ListingStats
from reamaze_async.exporting.summary import summary_of


def test_number_left_out():
    """It repeats the listing's numbers, and knows what an earlier run had written."""
    stats = ListingStats(requests=3, pages=2, items=60, duplicates=1, total_count=90)
    summary = summary_of(stats, Path("x.csv"), "csv", items=90, resumed=30, size=7, elapsed=1.5)
    assert (summary.resumed, summary.requests, summary.duplicates) == (30, 3, 1)
    assert summary.as_dict()["path"] == "x.csv"
