"""A DAG for Airflow 3: a database that stays in step, and what each run did as its result."""

import asyncio
from dataclasses import asdict
from datetime import timedelta

from airflow.sdk import dag, task

from reamaze_async import ReamazeSession, SyncSummary, sync


async def follow(path: str) -> SyncSummary:
    async with ReamazeSession.from_env() as session:
        return await sync(session, path)


@task(retries=3, retry_delay=timedelta(minutes=1))
def conversations() -> dict:
    return asdict(asyncio.run(follow("conversations.sqlite")))


@dag(schedule="*/5 * * * *", catchup=False, max_active_runs=1)
def helpdesk():
    conversations()


helpdesk()
