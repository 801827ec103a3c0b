"""The recipe for an object store, against a server that speaks S3."""

import asyncio
import io
import sys
from pathlib import Path

import pytest

from reamaze_async.sandbox import Sandbox

boto3 = pytest.importorskip("boto3", reason="needs: pip install --group recipes")
moto = pytest.importorskip("moto.server", reason="needs: pip install --group recipes")
parquet = pytest.importorskip(
    "pyarrow.parquet", reason="needs: pip install 'reamaze-async[parquet]'"
)

RECIPE = Path(__file__).parent / "object_store.py"
AWS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture
def store(monkeypatch):
    """A store with an empty bucket, as the environment names it."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {**AWS, "S3_ENDPOINT": f"http://{host}:{port}"}.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
    client.create_bucket(Bucket="exports")
    yield client
    client.close()
    server.stop()


def objects(store):
    """The names of what the bucket holds."""
    return [found["Key"] for found in store.list_objects_v2(Bucket="exports").get("Contents", [])]


async def started(folder, environment):
    """The recipe, in a process of its own."""
    words = (RECIPE, "exports")
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=folder, env=environment, stdout=quiet
    )


async def test_object_that_looks_finished(store, account, tmp_path):
    """A run that is killed leaves no object; the next one uploads the whole."""
    async with Sandbox(500, seed=7, size="small") as sandbox:
        hold = sandbox.hold(9)
        process = await started(tmp_path, account(sandbox))
        await hold.arrived.wait()
        process.kill()
        await process.wait()
        assert objects(store) == []
        hold.release()
        process = await started(tmp_path, account(sandbox))
        assert await process.wait() == 0
    assert objects(store) == ["conversations.parquet"]
    body = store.get_object(Bucket="exports", Key="conversations.parquet")["Body"].read()
    slugs = parquet.read_table(io.BytesIO(body)).column("slug").to_pylist()
    assert slugs == [found.slug for found in sandbox.conversations]
