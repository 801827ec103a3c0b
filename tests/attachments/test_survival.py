"""Attachments whose download is killed at any instant: whole in the end, none fetched twice."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from kills import kill_after

from reamaze_async.sandbox import Sandbox

KILLS = 8
PROGRAM = """
import asyncio, json, sys
from reamaze_async import ReamazeSession, attachments_in_file, download_attachments

async def main(login, messages, folder):
    async with ReamazeSession(**login) as session:
        await download_attachments(session, attachments_in_file(messages), folder)

asyncio.run(main(json.loads(sys.argv[1]), *sys.argv[2:]))
"""


async def start(sandbox: Sandbox, messages: Path, folder: Path) -> asyncio.subprocess.Process:
    """A download in a process of its own."""
    login = {name: getattr(sandbox, name) for name in ("base_url", "brand", "email", "token")}
    words = (json.dumps(login), str(messages), str(folder))
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *words, stdin=DEVNULL, stderr=PIPE
    )


@pytest.mark.slow
async def test_download_killed_at_any_instant(tmp_path):
    """All files are whole in the end, and only those that were under way are fetched again."""
    luck, folder, messages = Random(1), tmp_path / "files", tmp_path / "messages.ndjson"
    async with Sandbox(120, seed=3, latency=0.005) as sandbox:
        lines = [json.dumps(message.json()) for message in sandbox.messages]
        messages.write_text("".join(f"{line}\n" for line in lines))
        for _ in range(KILLS):
            process = await start(sandbox, messages, folder)
            await kill_after(process, sandbox, luck.randint(1, 12))
        _, said = await (await start(sandbox, messages, folder)).communicate()
        assert said == b""
        text = (folder / "attachments.ndjson").read_text()
        index = [json.loads(line) for line in text.splitlines()]
        assert {entry["state"] for entry in index} == {"whole"}
        for entry in index:
            found = (folder / entry["file"]).read_bytes()
            assert sha256(found).hexdigest() == entry["sha256"]
        assert len(list(folder.iterdir())) == len(index) + 1
        assert len(sandbox.requests) <= len(index) + 8 * KILLS
