"""An asset for Dagster: a database that stays in step, and what each run did as metadata."""

import asyncio
from dataclasses import asdict

import dagster

from reamaze_async import ReamazeSession, SyncSummary, sync


async def follow(path: str) -> SyncSummary:
    async with ReamazeSession.from_env() as session:
        return await sync(session, path)


@dagster.asset(retry_policy=dagster.RetryPolicy(max_retries=3, delay=60))
def conversations() -> dagster.MaterializeResult:
    """All conversations of the helpdesk, in SQLite; a run that finds nothing new is one request."""
    summary = asyncio.run(follow("conversations.sqlite"))
    return dagster.MaterializeResult(metadata=asdict(summary))


defs = dagster.Definitions(
    assets=[conversations],
    schedules=[
        dagster.ScheduleDefinition("often", target=[conversations], cron_schedule="*/5 * * * *")
    ],
)
