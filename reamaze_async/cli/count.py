"""`reamaze count`, and the estimate of `--dry-run`: one request each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import click

from reamaze_async.errors import InvalidParameter, ReamazeError
from reamaze_async.http.requester import Counts
from reamaze_async.listings.listing import raw_listing

from .arguments import ExportArguments, source_among
from .conditions import conditions_of
from .display import say, write
from .errors import Failure, in_options
from .export import listed
from .sessions import Source
from .signals import Work, run
from .summary import estimate
from .verbose import told


def count(given: Mapping[str, Any]) -> None:
    """Print how many items of a resource match.

    Args:
        given: the command's options, by name.

    Raises:
        InvalidParameter, Misuse: it was asked wrongly.
        Failure: no answer could be had.
        Stopped: a signal came.
    """
    conditions = conditions_of(given)
    source = source_among(given)

    async def work() -> None:
        with told(say, given["verbose"]):
            async with source.opened() as session:
                number = await getattr(session, given["resource"]).count(**conditions)
        click.echo(number)

    _run(work, source)


def print_estimate(arguments: ExportArguments) -> None:
    """Print what an export would do.

    Raises:
        Failure: no answer could be had.
        Stopped: a signal came.
    """

    async def work() -> None:
        clock = asyncio.get_running_loop().time
        async with arguments.source.opened() as session:
            began = clock()
            page = await raw_listing(listed(session, arguments)).page(1, Counts())
            limit = session.limiter.state
            text = estimate(
                noun=arguments.noun,
                where=arguments.where,
                total=page.total_count,
                pages=page.page_count,
                earlier=arguments.earlier(),
                passes=arguments.passes,
                latency=clock() - began,
                concurrency=session.concurrency,
                limit=(limit.requests, limit.per),
            )
        write(text, sys.stderr if arguments.is_stream else sys.stdout)

    _run(work, arguments.source)


def _run(work: Work, source: Source) -> None:
    try:
        run(work)
    except InvalidParameter:
        raise
    except ReamazeError as error:
        raise Failure(in_options(error) + source.hint(error)) from None
