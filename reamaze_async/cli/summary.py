"""Summaries of what was done, and estimates of what would be, on one screen. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from reamaze_async.exporting.account_stats import AccountSummary
from reamaze_async.exporting.manifest import ResourceEntry
from reamaze_async.exporting.summary import ExportSummary
from reamaze_async.resources import words_of
from reamaze_async.syncing.stats import SyncSummary

from .progress import CONVERSATIONS, Noun, duration

UNITS = ("bytes", "kB", "MB", "GB", "TB")


def describe_export(summary: ExportSummary, noun: Noun = CONVERSATIONS, *, passes: int = 1) -> str:
    """The summary of an export, for people.

    Args:
        summary: what it did.
        noun: what its items are called.
        passes: how often it read the list at least.
    """
    where = "standard output" if summary.path is None else summary.path
    lines = [f"{noun.counted(summary.items)} in {where} ({size(summary.bytes)})"]
    if summary.resumed:
        lines.append(f"{summary.resumed:,} of them were there from an earlier run")
    speed = (summary.items - summary.resumed) / summary.elapsed if summary.elapsed else 0.0
    lines.append(
        f"{counted(summary.pages, 'page')} in {duration(summary.elapsed)}, "
        f"{speed:,.0f} {noun.many}/s"
    )
    duplicates = summary.duplicates if passes == 1 else 0
    troubles = _troubles(summary, duplicates)
    lines.append(", ".join([counted(summary.requests, "request"), *troubles]))
    if summary.cut:
        lines.append(
            f"{counted(summary.cut, 'cell')} cut, longer than a spreadsheet holds: NDJSON, Parquet "
            "and SQLite have all"
        )
    if summary.incomplete:
        lines.append(f"incomplete: {summary.incomplete}")
    return "\n".join(lines)


def describe_account(summary: AccountSummary) -> str:
    """The summary of an export of everything, for people."""
    width = max(len(words_of(name)) for name in [*summary.resources, "attachments"])
    lines = [f"{counted(summary.items, 'item')} in {summary.path} ({size(summary.bytes)})"]
    for name, entry in summary.resources.items():
        told = f"{entry.items:,}" if entry.state == "whole" else _state(entry)
        lines.append(f"  {words_of(name):{width}}  {told}")
    if files := summary.attachments:
        whole = f"{files.get('whole', 0):,}"
        states = ("dead", "refused", "failed")
        others = [f"{files[name]:,} {name}" for name in states if files.get(name)]
        lines.append(f"  {'attachments':{width}}  {', '.join([whole, *others])}")
    effort = f"{counted(summary.requests, 'request')} in {duration(summary.elapsed)}"
    lines.append(", ".join([effort, *_troubles(summary)]))
    return "\n".join(lines)


def _state(entry: ResourceEntry) -> str:
    """How it stands with a resource that isn't whole."""
    items = f", {entry.items:,} so far" if entry.items else ""
    return f"{entry.state}{items}"


def describe_sync(summary: SyncSummary, noun: Noun = CONVERSATIONS) -> str:
    """The summary of a sync, for people; `noun` is what its items are called."""
    news = (
        (summary.added, "{:,} new"),
        (summary.changed, "{:,} changed"),
        (summary.removed, "{:,} gone"),
    )
    effort = f"{counted(summary.requests, 'request')} in {duration(summary.elapsed)}"
    whole = ["the whole list read"] if summary.was_read_whole else []
    lines = [
        f"{noun.counted(summary.items)} in {summary.path}",
        ", ".join(_worth_telling(news)) or "nothing new",
        ", ".join([effort, *whole, *_troubles(summary)]),
    ]
    if summary.incomplete:
        lines.append(f"incomplete: {summary.incomplete}")
    if summary.unexplained > 0:
        lines.append(f"{summary.unexplained:,} more than the server counts, and nothing tells why")
    if shortage := shortage_of(summary):
        lines.append(shortage)
    if summary.unordered:
        lines.append("the server doesn't list by date of change, so only whole readings tell all")
    return "\n".join(lines)


def shortage_of(summary: SyncSummary) -> str:
    """What is said of rows that the server counts and a sync lacks; empty if there are none."""
    if summary.unexplained >= 0:
        return ""
    return f"{-summary.unexplained:,} fewer than the server counts: they may be missing"


def _troubles(
    summary: ExportSummary | SyncSummary | AccountSummary, duplicates: int = 0
) -> list[str]:
    return _worth_telling(
        (
            (summary.throttled, "429s waited for: {:,}"),
            (summary.retries, "retries after failures: {:,}"),
            (summary.repaired, "pages read again as they had shifted: {:,}"),
            (duplicates, "duplicates dropped: {:,}"),
        )
    )


def _worth_telling(counts: Iterable[tuple[int, str]]) -> list[str]:
    return [text.format(count) for count, text in counts if count]


def estimate(
    *,
    noun: Noun = CONVERSATIONS,
    where: str,
    total: int,
    pages: int,
    earlier: int,
    passes: int,
    latency: float,
    concurrency: int,
    limit: tuple[int | None, float | None],
) -> str:
    """The estimate of what an export would do.

    Args:
        noun: what the items are called.
        where: the output's name.
        total: how many the list has.
        pages: how many pages.
        earlier: how many of them an earlier run has left in the file.
        passes: how often the list is read.
        latency: seconds that one answer took.
        concurrency: requests under way at once.
        limit: requests allowed, and the seconds in which; None where that isn't known.
    """
    amount = f"{noun.counted(total)} on {counted(pages, 'page')}"
    if earlier:
        amount += f", {earlier:,} of them there from an earlier run,"
    to_come = pages - pages * min(earlier, total) // total if total else 1
    requests = max(1, to_come * passes)
    unlimited = latency * -(-requests // concurrency)
    allowed, per = limit
    if allowed is None or per is None:
        return (
            f"{amount} would go to {where}: about {duration(unlimited)} if all goes as fast as "
            "this one request, longer if the rate limit is reached "
            "(--requests-per-minute tells how long)."
        )
    limited = (requests - 1) // allowed * per
    rate = allowed * 60 / per
    seconds = max(unlimited, limited)
    return (
        f"{amount} would go to {where}: about {duration(seconds)} at {rate:,.0f} requests a minute."
    )


def size(count: int) -> str:
    """A number of bytes as people say it."""
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return (
        f"{amount:,.0f} {UNITS[unit]}"
        if unit == 0 or amount >= 100
        else f"{amount:.1f} {UNITS[unit]}"
    )


def counted(count: int, noun: str) -> str:
    """A number with its noun, in the plural if need be."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
