"""Exports of threads: whole, in order, and gone on with after any end."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from disks import Crash
from exported import die_after, names
from thread_reading import Snapshot, every_way, requests_of_each, requests_together, snapshot

from reamaze_async import (
    ExportRefused,
    IncompleteListing,
    InvalidParameter,
    ServerError,
    export,
    export_threads,
)
from reamaze_async.exporting.export import FileExport
from reamaze_async.sandbox import Answer, Churn, Sandbox


def threads_in(path: Path) -> Snapshot:
    """The threads of a file, none of them twice."""
    found: Snapshot = {}
    for line in path.read_bytes().splitlines():
        thread = json.loads(line)
        slug = thread["conversation"]["slug"]
        assert slug not in found
        found[slug] = [message["body"] for message in thread["messages"]]
    return found


def everything(session, way: Any = "auto", **more: Any):
    """All threads."""
    return session.conversations.threads(filter="all", way=way, **more)


@every_way
async def test_thread_lost_on_the_way_to_the_file(sandbox, session, tmp_path, way):
    """Each thread is a line, in order, and nothing else is left behind."""
    path = tmp_path / "x.ndjson"
    summary = await export_threads(everything(session, way), path)
    assert list(threads_in(path).items()) == list(snapshot(sandbox).items())
    assert (summary.items, names(tmp_path)) == (500, ["x.ndjson"])


async def test_bytes_that_are_not_the_server_s(sandbox, session, tmp_path):
    """A line holds what `raw()` hands out."""
    await export_threads(everything(session), tmp_path / "x.ndjson")
    raw = [thread async for thread in everything(session).raw()]
    assert (tmp_path / "x.ndjson").read_bytes().splitlines() == raw


async def stop_after(sandbox: Sandbox, requests: int, work: Any) -> bool:
    """Cancel an export when it has sent so many requests; False if it was faster."""
    enough, last = asyncio.Event(), len(sandbox.requests) + requests
    sandbox.before = lambda request: request.number >= last and enough.set()
    ends = [asyncio.ensure_future(work), asyncio.create_task(enough.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    await asyncio.wait(ends)
    return ends[0].cancelled()


async def interrupt(sandbox, monkeypatch, threads, path: Path, pause: str) -> None:
    """Export until a cancellation, or the death of the process."""
    if pause == "cancelled":
        assert await stop_after(sandbox, 45, export_threads(threads, path))
        return
    monkeypatch.setattr(sys.modules[FileExport.__module__], "SECONDS", 1e9)
    monkeypatch.setattr(sys.modules[FileExport.__module__], "PAUSE", 1e9)
    die_after(monkeypatch, 60)
    with pytest.raises(Crash):
        await export_threads(threads, path)
    monkeypatch.undo()


@pytest.mark.parametrize(("way", "requests"), [("each", 150), ("together", 45)])
async def test_threads_fetched_twice(sandbox, session, tmp_path, way, requests):
    """Gone on with again and again, it costs little more than what was under way each time."""
    path, stops = tmp_path / "x.ndjson", 0
    while await stop_after(sandbox, requests, export_threads(everything(session, way), path)):
        stops += 1
    assert list(threads_in(path).items()) == list(snapshot(sandbox).items())
    cost = requests_of_each(sandbox) if way == "each" else requests_together(sandbox)
    assert stops > 1
    assert len(sandbox.requests) <= cost + 40 * stops


async def test_messages_fetched_twice(sandbox, session, tmp_path):
    """Messages that wait for their conversations when a run ends are not asked for again."""
    path, brand = tmp_path / "x.ndjson", "/api/v1/messages"
    await stop_after(sandbox, 60, export_threads(everything(session, "together"), path))
    stored = (tmp_path / "x.ndjson.part.messages").read_bytes().count(b"\n")
    sandbox.requests.clear()
    await export_threads(everything(session, "together"), path)
    assert stored > 300
    pages = {request.page for request in sandbox.requests if request.path == brand}
    assert min(pages) >= stored // 30


async def test_page_of_messages_passed_over(sandbox, session, tmp_path):
    """A page of messages that can't be fetched ends the run; the next one goes on there."""
    path, brand = tmp_path / "x.ndjson", "/api/v1/messages"
    sandbox.script = lambda request: (
        Answer.html(500, "no") if (request.path, request.page) == (brand, 40) else None
    )
    with pytest.raises(ServerError):
        await export_threads(everything(session, "together"), path)
    sandbox.script = {}
    sandbox.requests.clear()
    await export_threads(everything(session, "together"), path)
    assert list(threads_in(path).items()) == list(snapshot(sandbox).items())
    assert min(it.page for it in sandbox.requests if it.path == brand) >= 38


@every_way
async def test_other_error_than_the_page_s(sandbox, session, tmp_path, way):
    """A thread that can't be fetched ends the export; the same one again goes on there."""
    path, bad = tmp_path / "x.ndjson", sandbox.conversations[100].slug
    sandbox.world.change(bad, message_count=99)
    sandbox.script = lambda request: (
        Answer.html(500, "no") if f"{bad}/messages" in request.path else None
    )
    with pytest.raises(ServerError):
        await export_threads(everything(session, way), path)
    assert len(threads_in(tmp_path / "x.ndjson.part")) == 100
    sandbox.script = {}
    await export_threads(everything(session, way), path)
    assert list(threads_in(path).items()) == list(snapshot(sandbox).items())


async def test_merged_while_nobody_reads(sandbox, session, tmp_path):
    """What comes too late for a thread that was written is told, run after run."""
    path = tmp_path / "x.ndjson"
    young, old = sandbox.conversations[5].slug, sandbox.conversations[400].slug
    await stop_after(sandbox, 45, export_threads(everything(session, "together"), path))
    sandbox.world.merge(old, young)
    for _ in range(2):
        with pytest.raises(IncompleteListing, match=young):
            await export_threads(everything(session, "together"), path)
    summary = await export_threads(everything(session), path, allow_incomplete=True)
    assert young in (summary.incomplete or "")


@every_way
@pytest.mark.parametrize("odd", ["conversation", "message"])
@pytest.mark.parametrize("pause", ["cancelled", "killed"])
async def test_odd_item_forgotten_over_a_pause(
    sandbox, session, tmp_path, monkeypatch, way, odd, pause
):
    """What an earlier run could not read is told by each run, until that is allowed."""
    path, bad = tmp_path / "x.ndjson", sandbox.conversations[35]
    sandbox.flaws[bad.slug if odd == "conversation" else str(bad.messages[0].id)] = b"null"
    await interrupt(sandbox, monkeypatch, everything(session, way), path, pause)
    for _ in range(2):
        with pytest.raises(IncompleteListing, match=r"1 (item|messages?) can't be read"):
            await export_threads(everything(session, way), path)
    summary = await export_threads(everything(session, way), path, allow_incomplete=True)
    assert "can't be read" in (summary.incomplete or "")
    assert summary.items == 500 - (odd == "conversation")


async def test_written_to_while_nobody_reads(sandbox, session, tmp_path):
    """New messages in threads that are written already are no news, and no loss."""
    path, kept = tmp_path / "x.ndjson", snapshot(sandbox)
    await stop_after(sandbox, 30, export_threads(everything(session, "together"), path))
    for it in sandbox.conversations[:10]:
        sandbox.world.touch(it.slug)
    await export_threads(everything(session, "together"), path)
    found = threads_in(path)
    assert all(set(kept[slug]) <= set(found[slug]) for slug in kept)


async def test_messages_that_others_may_read(sandbox, session, tmp_path):
    """The messages beside a file that only its owner may read are not for others either."""
    path = tmp_path / "x.ndjson"
    path.touch(0o600)
    work = export_threads(everything(session, "together"), path, force=True)
    await stop_after(sandbox, 45, work)
    for ending in (".part", ".part.messages"):
        assert (tmp_path / f"x.ndjson{ending}").stat().st_mode & 0o077 == 0


# --- refused --------------------------------------------------------------------------------------


async def test_format_without_threads(session, tmp_path):
    """Threads are NDJSON; anything else is refused before the first request."""
    with pytest.raises(InvalidParameter, match="threads are NDJSON"):
        await export_threads(everything(session), tmp_path / "x.csv")
    with pytest.raises(InvalidParameter, match=r"export_threads\(threads, path\)"):
        await export(session.conversations.threads(), tmp_path / "x.ndjson")
    with pytest.raises(InvalidParameter, match="can't be exported"):
        await export_threads(session.conversations.list(), tmp_path / "x.ndjson")


async def test_part_file_of_something_else(sandbox, session, tmp_path):
    """An unfinished export of other threads, or of conversations, is not gone on with."""
    path = tmp_path / "x.ndjson"
    await stop_after(sandbox, 45, export_threads(everything(session, "together"), path))
    for other in (
        session.conversations.threads(filter="open"),
        everything(session, drift="verify"),
    ):
        with pytest.raises(ExportRefused, match="export of something else"):
            await export_threads(other, path)
    await export_threads(everything(session), path, restart=True)
    with pytest.raises(ExportRefused, match="there already"):
        await export_threads(everything(session), path)
    assert names(tmp_path) == ["x.ndjson"]


# --- killed ---------------------------------------------------------------------------------------


@every_way
@pytest.mark.parametrize("writes", [0, 1, 2, 40])
async def test_gone_at_a_write(sandbox, session, tmp_path, monkeypatch, way, writes):
    """Gone at any write, the next run goes on, and every thread is there once."""
    path = tmp_path / "x.ndjson"
    die_after(monkeypatch, writes)
    with pytest.raises(Crash):
        await export_threads(everything(session, way), path)
    monkeypatch.undo()
    await export_threads(everything(session, way), path)
    assert list(threads_in(path).items()) == list(snapshot(sandbox).items())
    assert names(tmp_path) == ["x.ndjson"]


@pytest.mark.parametrize("lost", [".part", ".part.messages"])
async def test_end_lost_to_a_power_failure(sandbox, session, tmp_path, lost):
    """Either file may have lost what wasn't on the disk; the other one doesn't mind."""
    path = tmp_path / "x.ndjson"
    await stop_after(sandbox, 80, export_threads(everything(session, "together"), path))
    file = path.with_name(path.name + lost)
    text = file.read_bytes()
    file.write_bytes(text[: len(text) // 2])
    await export_threads(everything(session, "together"), path)
    assert list(threads_in(path).items()) == list(snapshot(sandbox).items())


PROGRAM = """
import asyncio, json, sys
from reamaze_async import ReamazeSession, Retry, export_threads

async def main(login, path, way):
    async with ReamazeSession(**login, retry=Retry(max_delay=0.01)) as session:
        await export_threads(session.conversations.threads(filter="all", way=way), path)

asyncio.run(main(json.loads(sys.argv[1]), *sys.argv[2:]))
"""


async def killed(sandbox: Sandbox, path: Path, way: str, requests: int | None) -> bool:
    """Export in a process of its own, killed after so many requests; False if it was faster."""
    known = ("base_url", "brand", "email", "token")
    login = json.dumps({name: getattr(sandbox, name) for name in known})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, login, str(path), way, stdin=DEVNULL, stderr=PIPE
    )
    enough, last = asyncio.Event(), len(sandbox.requests) + (requests or 10**9)
    sandbox.before = lambda request: request.number >= last and enough.set()
    ends = [asyncio.create_task(enough.wait()), asyncio.create_task(process.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    ends[0].cancel()
    with suppress(ProcessLookupError):
        process.kill()
    _, said = await process.communicate()
    assert process.returncode in (0, -9), said.decode()
    return bool(process.returncode)


@pytest.mark.slow
@every_way
async def test_killed_at_any_instant(tmp_path, way):
    """Killed again and again while conversations leave: whole, once, in order."""
    luck, path = Random(way), tmp_path / "x.ndjson"
    churn = Churn(leave=0.05)
    async with Sandbox(400, seed=3, size="small", latency=0.002, churn=churn) as sandbox:
        mark, before = sandbox.mark(), snapshot(sandbox)
        for _ in range(6):
            if not await killed(sandbox, path, way, luck.randint(10, 80)):
                break
            sandbox.world.create(), sandbox.world.archive()
        await killed(sandbox, path, way, None) if not path.exists() else None
        found = threads_in(path)
        stayed = sandbox.stayed(mark, filter="all")
    assert [slug for slug in found if slug in set(stayed)] == stayed
    assert all(set(before[slug]) <= set(found[slug]) for slug in stayed)
