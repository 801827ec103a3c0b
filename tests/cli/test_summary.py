"""The summary and the forecast, word by word."""

from dataclasses import replace
from functools import partial

import pytest

from reamaze_async.cli.progress import noun_of
from reamaze_async.cli.summary import describe_export, describe_sync, estimate, size
from reamaze_async.exporting.summary import ExportSummary
from reamaze_async.syncing.stats import SyncSummary

DONE = ExportSummary(
    path="x.ndjson",
    format="ndjson",
    items=3000,
    resumed=0,
    pages=100,
    requests=100,
    retries=0,
    throttled=0,
    repaired=0,
    duplicates=0,
    contradictions=0,
    unreadable=0,
    total_count=3000,
    cut=0,
    incomplete=None,
    bytes=3_720_000,
    elapsed=100.0,
)
ahead = partial(
    estimate,
    where="x.ndjson",
    total=3000,
    pages=100,
    earlier=0,
    passes=1,
    latency=0.2,
    concurrency=8,
    limit=(None, None),
)


def test_a_smooth_export():
    """Three lines: what there is, how long it took, what it cost."""
    assert describe_export(DONE).splitlines() == [
        "3,000 conversations in x.ndjson (3.7 MB)",
        "100 pages in 1 min 40 s, 30 conversations/s",
        "100 requests",
    ]


def test_an_export_with_troubles():
    """Each trouble is told, with its number."""
    troubles = {"throttled": 8, "retries": 3, "repaired": 2, "duplicates": 1}
    assert describe_export(replace(DONE, requests=113, **troubles)).splitlines()[-1] == (
        "113 requests, 429s waited for: 8, retries after failures: 3, "
        "pages read again as they had shifted: 2, duplicates dropped: 1"
    )


def test_a_resumed_export_to_standard_output():
    """What was there before is told, and doesn't count for the speed."""
    assert describe_export(replace(DONE, path=None, resumed=1000)).splitlines()[:3] == [
        "3,000 conversations in standard output (3.7 MB)",
        "1,000 of them were there from an earlier run",
        "100 pages in 1 min 40 s, 20 conversations/s",
    ]


def test_an_empty_export_that_took_no_time():
    """Nothing is divided by nothing, and one is singular."""
    nothing = replace(DONE, items=0, pages=1, requests=1, bytes=0, elapsed=0.0)
    assert describe_export(nothing).splitlines() == [
        "0 conversations in x.ndjson (0 bytes)",
        "1 page in 0 s, 0 conversations/s",
        "1 request",
    ]


def test_a_second_reading_is_no_duplicate():
    """What a verifying export reads twice on purpose isn't called a trouble."""
    assert "duplicates" not in describe_export(replace(DONE, duplicates=3000), passes=2)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (123_456, "123 kB"),
        (3_720_000, "3.7 MB"), (4_000_000_000, "4.0 GB"), (5 * 10**15, "5,000 TB"),
    ],
)  # fmt: skip
def test_size(count, words):
    """A number of bytes is said as people say it."""
    assert size(count) == words


def test_forecast_without_a_limit():
    """A hundred pages by eights at 0.2 s each, and a caution."""
    assert ahead() == (
        "3,000 conversations on 100 pages would go to x.ndjson: about 2.6 s if all goes as fast as "
        "this one request, longer if the rate limit is reached (--requests-per-minute tells how "
        "long)."
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "about 1 min 00 s at 60 requests a minute."),
        ({"passes": 2}, "about 3 min 00 s at 60 requests a minute."),
        ({"pages": 60, "total": 1800}, "about 1.6 s at 60 requests a minute."),
        ({"earlier": 1500}, "about 1.4 s at 60 requests a minute."),
        ({"total": 0, "pages": 0}, "about 0.2 s at 60 requests a minute."),
        ({"limit": (5, 10.0)}, "about 3 min 10 s at 30 requests a minute."),
    ],
)
def test_forecast_at_a_limit(settings, words):
    """The first window goes at once, each further one takes its time."""
    assert ahead(**{"limit": (60, 60.0)} | settings).endswith(words)


def test_forecast_of_going_on():
    """What is there already is told."""
    told = ahead(earlier=1500)
    assert told.startswith(
        "3,000 conversations on 100 pages, 1,500 of them there from an earlier run, would go to "
    )


SYNC = SyncSummary(
    path="x.sqlite", items=1204, added=3, changed=0, removed=1, was_read_whole=False, requests=9,
    retries=0, throttled=2, repaired=0, total_count=1204, elapsed=2.5, incomplete=None,
    unexplained=0, unordered=False,
)  # fmt: skip


def test_a_sync():
    """What is in the database, what is different, and at what cost."""
    assert describe_sync(SYNC).splitlines() == [
        "1,204 conversations in x.sqlite",
        "3 new, 1 gone",
        "9 requests in 2.5 s, 429s waited for: 2",
    ]


def test_a_sync_of_something_else():
    """Its items are called what they are."""
    assert describe_sync(SYNC, noun_of("messages")).startswith("1,204 messages in x.sqlite")


def test_a_sync_that_says_nothing_of_its_doubts():
    """What it can't explain, and what the server doesn't do, has a line each."""
    odd = describe_sync(replace(SYNC, unexplained=-2, unordered=True)).splitlines()[3:]
    assert odd == [
        "2 fewer than the server counts: they may be missing",
        "the server doesn't list by date of change, so only whole readings tell all",
    ]
    assert "2 more than the server counts" in describe_sync(replace(SYNC, unexplained=2))


def test_a_sync_that_found_nothing():
    """That nothing is new is said, and that the whole list was read."""
    idle = replace(SYNC, added=0, removed=0, throttled=0, was_read_whole=True)
    assert describe_sync(idle).splitlines()[1:] == [
        "nothing new",
        "9 requests in 2.5 s, the whole list read",
    ]


def test_what_is_cut_or_missing():
    """Each has a line: what a spreadsheet can't hold, and what may be missing."""
    odd = describe_export(replace(DONE, cut=2, incomplete="items may be missing.")).splitlines()
    assert odd[-2].startswith("2 cells cut")
    assert odd[-1] == "incomplete: items may be missing."
    assert describe_sync(replace(SYNC, incomplete="x")).endswith("incomplete: x")
