"""An object store: the conversations as Parquet in a bucket, uploaded once they are whole.

Never pipe an export into a store: a producer that is killed leaves an object that looks finished.
"""

import asyncio
import os
import sys

import boto3

from reamaze_async import ReamazeSession, export


async def main(bucket: str, file: str = "conversations.parquet") -> None:
    async with ReamazeSession.from_env() as session:
        # Killed at any time, it goes on from there; the file is here once it is whole.
        listing = session.conversations.list(filter="all")
        summary = await export(listing, file, force=True)
    store = boto3.client("s3", endpoint_url=os.environ.get("S3_ENDPOINT"))
    store.upload_file(file, bucket, file)
    print(f"{summary.items} conversations in s3://{bucket}/{file}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
