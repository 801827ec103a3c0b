"""A flow for Prefect 3: a database that stays in step, and what each run did as an artifact."""

import asyncio
from dataclasses import asdict

from prefect import flow, task
from prefect.artifacts import acreate_table_artifact

from reamaze_async import ReamazeSession, SyncSummary, sync


@task(retries=3, retry_delay_seconds=60)
async def follow(path: str) -> SyncSummary:
    async with ReamazeSession.from_env() as session:
        return await sync(session, path)


@flow
async def helpdesk() -> None:
    summary = await follow("conversations.sqlite")
    await acreate_table_artifact([asdict(summary)], key="helpdesk")


if __name__ == "__main__":
    asyncio.run(helpdesk())
