"""The recipe for cron: its own line, run as cron runs it."""

import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from reamaze_async.sandbox import Answer, Sandbox

LINES = (Path(__file__).parent / "crontab").read_text().splitlines()
COMMAND = LINES[-1].partition("  ")[2]


async def ended(sandbox, folder, environment):
    """How a run of the command ended, and what it said."""
    here = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"}
    process = await asyncio.create_subprocess_shell(
        COMMAND,
        env=environment | here,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_line_that_says_something(sandbox, account, tmp_path):
    """Runs are silent, and one that finds nothing new is one request."""
    environment = account(sandbox)
    assert await ended(sandbox, tmp_path, environment) == (0, "")
    asked = len(sandbox.requests)
    assert await ended(sandbox, tmp_path, environment) == (0, "")
    assert len(sandbox.requests) == asked + 1
    with closing(sqlite3.connect(tmp_path / "conversations.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM conversations").fetchone() == (500,)


async def test_two_at_once(account, tmp_path):
    """A run while another one is at it ends at once, silently."""
    async with Sandbox(100) as sandbox:
        hold = sandbox.hold(2)
        first = asyncio.create_task(ended(sandbox, tmp_path, account(sandbox)))
        await hold.arrived.wait()
        assert await ended(sandbox, tmp_path, account(sandbox)) == (0, "")
        hold.release()
        assert await first == (0, "")


async def test_failure_that_nobody_sees(sandbox, account, tmp_path):
    """What goes wrong is said, so that cron mails it."""
    sandbox.script = lambda request: Answer(404, b"{}")
    status, said = await ended(sandbox, tmp_path, account(sandbox))
    assert status == 1
    assert "HTTP 404" in said
