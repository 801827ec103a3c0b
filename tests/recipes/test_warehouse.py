"""The recipe for a warehouse, run as its users run it."""

import asyncio
import sys
from pathlib import Path
from random import Random

import pytest

from reamaze_async.sandbox import Churn, Sandbox

duckdb = pytest.importorskip("duckdb", reason="needs: pip install --group recipes")
pytest.importorskip("dlt.pipeline", reason="needs: pip install --group recipes")

RECIPE = Path(__file__).parent / "warehouse.py"


async def run(folder, environment):
    """Run the recipe to its end."""
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(folder / "dlt")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, RECIPE, cwd=folder, env=environment | quiet, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


def rows(folder):
    """The conversations in the warehouse."""
    with duckdb.connect(folder / "helpdesk.duckdb", read_only=True) as base:
        return base.execute("SELECT raw FROM support.conversations ORDER BY slug").fetchall()


def truth(sandbox):
    """The same of the world."""
    there = sorted(sandbox.conversations, key=lambda found: found.slug)
    return [(found.encoded().decode(),) for found in there]


async def test_rows_that_drift_away(account, tmp_path):
    """The rows equal the truth after changes while and between two runs."""
    luck, churn = Random(1), Churn(touch=0.5, arrive=0.5, arrivals=("create",))
    async with Sandbox(200, seed=7, size="small") as sandbox:
        sandbox.before = lambda request: churn.apply(sandbox.world, luck)
        status, said = await run(tmp_path, account(sandbox))
        assert (status, "helpdesk.duckdb" in said) == (0, True)
        for _ in range(50):
            churn.apply(sandbox.world, luck)
        sandbox.before = None
        assert (await run(tmp_path, account(sandbox)))[0] == 0
        assert rows(tmp_path) == truth(sandbox)
