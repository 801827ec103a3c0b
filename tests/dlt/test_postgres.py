"""The source for dlt, run into a real Postgres."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest
from warehouses import Warehouse

from reamaze_async.sandbox import Churn

dlt = pytest.importorskip("dlt", reason="needs: pip install 'dlt[postgres]'")
pytest.importorskip("dlt.pipeline", reason="needs: pip install 'dlt[postgres]'")
pytest.importorskip("psycopg2", reason="needs: pip install 'dlt[postgres]'")

from dlt.pipeline.exceptions import PipelineStepFailed  # noqa: E402 - if it is installed

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
"""Where Debian keeps the programs of a server."""


def program(name: str) -> str:
    """The path of one of Postgres' programs."""
    found = shutil.which(name) or next((str(folder / name) for folder in FOLDERS), None)
    if found is None:
        pytest.skip("needs: apt-get install postgresql")
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of this test's own, at a Unix socket, and its address."""
    initdb, postgres = program("initdb"), program("postgres")
    folder = Path(tempfile.mkdtemp())  # pytest's own are for this user alone
    data, user = folder / "data", {}
    if os.geteuid() == 0:  # Postgres refuses to run as root.
        user = {"user": "postgres"}
        shutil.chown(folder, **user)
    # The machine's locale may be one that it doesn't have.
    words = [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-N", "--no-locale", "-E", "UTF8"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)
    command = [postgres, "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd="/", **user)
    try:
        assert process.stderr
        for line in process.stderr:
            if b"ready to accept connections" in line:
                break
        yield f"postgresql://postgres:none@{quote(str(folder), safe='')}/postgres"
    finally:
        process.terminate()
        process.communicate()
        shutil.rmtree(folder)


@pytest.fixture
def warehouse(beside, tmp_path, server) -> Warehouse:
    """A warehouse of the sandbox beside, in Postgres."""
    return Warehouse(beside, tmp_path, dlt.destinations.postgres(server))


def test_runs_under_churn_drift_away(warehouse):
    """Changes and deletions come there as well: after three runs the rows equal the truth."""
    sandbox, luck, churn = warehouse.sandbox, Random(3), Churn(mixed=0.5)
    sandbox.before = lambda request: churn.apply(sandbox.world, luck)
    for _ in range(3):
        with suppress(PipelineStepFailed):
            warehouse.run()
    sandbox.before = None
    warehouse.run()
    warehouse.run()
    assert len(warehouse.asked) == 1
    gone = next(found for found in sandbox.conversations if found.json()["tag_list"])
    sandbox.world.delete(gone.slug)
    warehouse.run(full_refresh_after=0)
    assert warehouse.rows == warehouse.truth
    tags = sum(len(found.json()["tag_list"]) for found in sandbox.conversations)
    assert warehouse.ask("SELECT count(*) FROM conversations__tags") == [(tags,)]
