"""`reamaze count`, and the estimate of `--dry-run`: one request each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import click

from reamaze_async.errors import NotFound, PermissionDenied
from reamaze_async.exporting.account_lists import listing_of
from reamaze_async.http.requester import Counts
from reamaze_async.listings.listing import raw_listing
from reamaze_async.resources import words_of
from reamaze_async.session import ReamazeSession
from reamaze_async.threads.way import Way
from reamaze_async.wire.decode import PAGE_SIZE

from .arguments import AccountArguments, ExportArguments, source_among
from .conditions import THREADS, conditions_of
from .display import say, write
from .errors import check_output, in_options
from .export import listed
from .summary import estimate
from .verbose import log_to


def count(given: Mapping[str, Any]) -> None:
    """Print how many items of a resource match.

    Args:
        given: the command's options, by name.

    Raises:
        InvalidParameter, Misuse: it was asked wrongly.
        Failure: no answer came.
        Stopped: a signal came.
    """
    conditions = conditions_of(given)
    check_output()
    source = source_among(given)

    async def work() -> None:
        with log_to(say, given["verbose"]):
            async with source.opened() as session:
                number = await getattr(session, given["resource"]).count(**conditions)
        click.echo(number)

    source.run(work)


def print_estimate(arguments: ExportArguments) -> None:
    """Print what an export would do.

    Raises:
        Failure: no answer came.
        Stopped: a signal came.
    """

    async def work() -> None:
        clock = asyncio.get_running_loop().time
        async with arguments.source.opened() as session:
            began = clock()
            page = await raw_listing(listed(session, arguments)).page(1, Counts())
            latency, pages = clock() - began, page.page_count
            if arguments.resource == THREADS:
                pages += await _pages_of_messages(session, arguments.way, page.total_count)
            how = _circumstances(session, arguments) | {"earlier": arguments.earlier()}
            text = estimate(total=page.total_count, pages=pages, latency=latency, **how)
        write(text, sys.stderr if arguments.is_stream else sys.stdout)

    arguments.source.run(work)


def _circumstances(session: ReamazeSession, arguments: ExportArguments) -> dict[str, Any]:
    """What an estimate depends on beside the list."""
    limit = session.limiter.state
    return {
        "noun": arguments.noun,
        "where": arguments.where,
        "passes": arguments.passes,
        "concurrency": session.concurrency,
        "limit": (limit.requests, limit.per),
    }


async def _pages_of_messages(session: ReamazeSession, way: Way, conversations: int) -> int:
    """How many pages of messages there are at least, read in this way."""
    together = await session.messages.count() // PAGE_SIZE + 1
    each = conversations
    return {"each": each, "together": together, "auto": min(each, together)}[way]


def print_estimate_of_all(arguments: AccountArguments) -> None:
    """Print what an export of everything would do: a request for each resource.

    Raises:
        Failure: no answer came.
        Stopped: a signal came.
    """
    latencies: list[float] = []
    totals: list[tuple[int, int]] = []

    async def ask(session: ReamazeSession, name: str) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            page = await raw_listing(listing_of(session, name)).page(1, Counts())
        except (PermissionDenied, NotFound) as error:
            if name == "conversations":
                raise
            write(f"{words_of(name)}: {in_options(error)}", sys.stdout)
            return
        latencies.append(clock() - began)
        totals.append((page.total_count, page.page_count))
        write(f"{words_of(name)}: {page.total_count:,}", sys.stdout)

    async def work() -> None:
        async with arguments.source.opened() as session:
            for name in arguments.names:
                await ask(session, name)
            text = estimate(
                total=sum(total for total, _ in totals),
                pages=sum(pages for _, pages in totals),
                earlier=0,
                latency=sum(latencies) / max(1, len(latencies)),
                **_circumstances(session, arguments),
            )
        write(text, sys.stdout)

    arguments.source.run(work)
