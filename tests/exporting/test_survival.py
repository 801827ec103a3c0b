"""Exports that are killed at any instant, on disks that fail at any call."""

import asyncio
import itertools
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from disks import Crash, Disk, lose_power
from exported import check_whole, die_after, listing, names, slugs_in
from kills import kill_after
from loops import turns
from reading import truth
from rows import READERS, read_sqlite

from reamaze_async import (
    ExportFailed,
    ExportRefused,
    IncompleteListing,
    ReamazeSession,
    export,
    export_all,
    sync,
)
from reamaze_async.exporting.part_file import PartFile
from reamaze_async.sandbox import Answer, Churn, Sandbox

EXPORT = sys.modules["reamaze_async.exporting.export"]
LONG = bool(os.environ.get("REAMAZE_LONG"))
ENDINGS = ("ndjson", "ndjson.gz", "csv", "sqlite")

# --- a disk that fails, a machine that dies -------------------------------------------------------

TROUBLES = {
    "full": OSError(28, "No space left on device"),
    "crash": Crash(),
    "power": Crash(),
}
"""What may happen at any call."""

EVERY_TROUBLE = [(kind, ending) for kind in TROUBLES for ending in ENDINGS]
SOME_TROUBLE = [("full", "ndjson"), ("power", "ndjson"), ("crash", "csv")]


@pytest.fixture
def often_synced(monkeypatch):
    """Every page is synced and noted."""
    monkeypatch.setattr(EXPORT, "PAUSE", 0.0)
    monkeypatch.setattr(EXPORT, "SECONDS", 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "ending"), EVERY_TROUBLE if LONG else SOME_TROUBLE)
async def test_trouble_at_any_call(connect, tmp_path, monkeypatch, often_synced, kind, ending):
    """Whatever is done to files may fail, or be the last thing: the same export goes on."""
    disk, path = Disk(monkeypatch), tmp_path / f"x.{ending}"
    async with Sandbox(70, seed=4, size="small") as sandbox:
        session = await connect(sandbox)
        for number in itertools.count(1):
            mark = sandbox.mark()
            disk.fail_at(number, TROUBLES[kind])
            with suppress(ExportFailed, Crash):
                await export(listing(session), path)
            has_failed = disk.mend()
            if kind == "power":
                lose_power(disk, path)
            if not path.exists() or names(tmp_path) != [path.name]:
                sandbox.world.create(), sandbox.world.archive()
                await export(listing(session), path)
            check_whole(sandbox, mark, path)
            path.unlink()
            if not has_failed:
                break
    assert number > 15


@pytest.mark.parametrize("writes", [1, 2, 9])
async def test_jumps_forgotten(sandbox, session, tmp_path, monkeypatch, writes):
    """Where the order moves, what jumped to the front after a kill is in the file, and once."""
    path, mark = tmp_path / "x.ndjson", sandbox.mark()
    die_after(monkeypatch, writes)
    with pytest.raises(Crash):
        await export(listing(session, sort="changed"), path)
    monkeypatch.undo()
    stayed = sandbox.stayed(mark, filter="all", sort="changed")
    for slug in stayed[300:340]:
        sandbox.world.change(slug)
    await export(listing(session, sort="changed"), path)
    assert sorted(slugs_in(path)) == sorted(stayed)


async def test_doubt_forgotten(sandbox, session, tmp_path, monkeypatch):
    """A page that could not be fetched is still missed after a kill."""
    path = tmp_path / "x.ndjson"
    sandbox.script = lambda request: Answer.html(500, "no") if request.page == 3 else None
    die_after(monkeypatch, 4)
    with pytest.raises(Crash):
        await export(listing(session), path)
    monkeypatch.undo()
    sandbox.script = {}
    with pytest.raises(IncompleteListing):
        await export(listing(session), path)
    await export(listing(session), path)
    assert sorted(slugs_in(path)) == sorted(truth(sandbox))


async def export_systems(session: ReamazeSession, path: str) -> None:
    """Export them as if they were everything, unless that was done before."""
    try:
        summary = await export_all(session, path, only=["systems"])
    except ExportRefused as refused:
        if "there already" not in str(refused):
            raise
    else:
        assert summary.complete


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["full", "crash"])
@pytest.mark.parametrize("name", ["all/", "all.sqlite"])
async def test_trouble_at_any_call_of_everything(connect, tmp_path, monkeypatch, kind, name):
    """Whatever an end at any call leaves of an export of everything, the next run goes on."""
    disk = Disk(monkeypatch)
    async with Sandbox(1, seed=4, size="small") as sandbox:
        session = await connect(sandbox)
        for number in itertools.count(1):
            disk.fail_at(number, TROUBLES[kind])
            with suppress(ExportFailed, Crash):
                await export_systems(session, f"{tmp_path}/{number}{name}")
            if not disk.mend():
                break
            await export_systems(session, f"{tmp_path}/{number}{name}")
    assert number > 30


def come_together(sandbox: Sandbox, page: int) -> None:
    """Let a page come when there is one already that waits for it."""
    held = sandbox.hold(page)
    sandbox.before = lambda request: request.number >= page + 8 and held.release()


async def test_power_takes_more_than_the_window(sandbox, session, tmp_path, monkeypatch):
    """Between two syncs there are never more than so many pages."""
    monkeypatch.setattr(EXPORT, "PAUSE", 0.0)
    monkeypatch.setattr(EXPORT, "PAGES", 4)
    unsynced = [0]
    real, write_really = PartFile.sync, PartFile.write

    def sync(part: PartFile) -> None:
        real(part)
        unsynced.append(0)

    def write(part: PartFile, lines: bytes) -> None:
        write_really(part, lines)
        unsynced[-1] += lines.count(b"\n")

    monkeypatch.setattr(PartFile, "sync", sync)
    monkeypatch.setattr(PartFile, "write", write)
    come_together(sandbox, 3)
    await export(listing(session), tmp_path / "x.ndjson")
    assert (max(unsynced), sum(unsynced)) == (4 * 30, 500)


async def test_page_kept_from_the_disk(sandbox, session, tmp_path, monkeypatch):
    """Pages that are there together are written together; none waits for one that is late."""
    sizes, write = [0], PartFile.write
    keep = lambda part, lines: (write(part, lines), sizes.append(lines.count(b"\n")))  # noqa: E731 - a fake
    monkeypatch.setattr(PartFile, "write", keep)
    come_together(sandbox, 2)
    late = sandbox.hold(12)
    task = asyncio.create_task(export(listing(session), tmp_path / "x.ndjson"))
    while sum(sizes) < 11 * 30:
        await turns(1)
    late.release()
    await task
    assert (max(sizes) > 30, sum(sizes)) == (True, 500)


# --- SIGKILL --------------------------------------------------------------------------------------

PROGRAM = """
import asyncio, json, sys
from reamaze_async import ReamazeSession, Retry, export, sync

async def main(login, path, verb):
    async with ReamazeSession(**login, retry=Retry(max_delay=0.01)) as session:
        if verb == "sync":
            await sync(session, path)
        else:
            how = {"filter": "all"} if verb == "conversations" else {}
            await export(getattr(session, verb).list(**how), path)

asyncio.run(main(json.loads(sys.argv[1]), *sys.argv[2:]))
"""


async def start(
    sandbox: Sandbox, path: Path, verb: str = "conversations"
) -> asyncio.subprocess.Process:
    """An export of a resource, or a sync, in a process of its own."""
    names = ("base_url", "brand", "email", "token")
    login = json.dumps({name: getattr(sandbox, name) for name in names})
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, login, str(path), verb, stdin=DEVNULL, stderr=PIPE
    )


def upset(sandbox: Sandbox, luck: Random) -> None:
    """What happens while nobody reads."""
    world = sandbox.world
    for _ in range(luck.choice((0, 3, 50))):
        luck.choice((world.create, world.archive, world.delete, world.reopen, world.touch))()


JOURNEYS = 25 if LONG else 2
PAGES, KILLS = (200, 8) if LONG else (60, 4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(JOURNEYS))
async def test_killed_at_any_instant(tmp_path, seed):
    """Killed again and again under churn: whole, once, in order, and few requests wasted."""
    luck = Random(seed)
    path = tmp_path / f"x.{ENDINGS[seed % len(ENDINGS)]}"
    churn = Churn(arrive=0.2) if seed % 2 else Churn(leave=0.2)
    async with Sandbox(30 * PAGES, seed=seed, size="small", latency=0.002, churn=churn) as sandbox:
        mark, kills = sandbox.mark(), 0
        for _ in range(KILLS):
            process = await start(sandbox, path)
            requests = luck.randint(0, 2 * PAGES // KILLS)
            kills += await kill_after(process, sandbox, requests, luck.random() / 50)
            if names(tmp_path) == [path.name]:  # Too late: it was done.
                break
            upset(sandbox, luck)
        else:
            _, said = await (await start(sandbox, path)).communicate()
            assert path.exists(), said.decode()
        check_whole(sandbox, mark, path)
        assert len(sandbox.requests) <= 1.3 * PAGES + 16 * kills


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10 if LONG else 1))
async def test_sync_killed_at_any_instant(connect, tmp_path, seed):
    """A sync that is killed again and again ends equal to the list."""
    luck, path = Random(seed), tmp_path / "x.sqlite"
    async with Sandbox(900, seed=seed, size="small", latency=0.002) as sandbox:
        for _ in range(8 if LONG else 4):
            process = await start(sandbox, path, "sync")
            await kill_after(process, sandbox, luck.randint(0, 30), luck.random() / 20)
            upset(sandbox, luck)
        session = await connect(sandbox)
        await sync(session, path)
        await sync(session, path, reconcile=True)
        assert names(tmp_path) == ["x.sqlite"]
        assert sorted(slugs_in(path)) == sorted(truth(sandbox))


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["parquet", "sqlite"])
async def test_messages_killed_at_any_instant(tmp_path, ending):
    """Messages, which have no id, are whole after many kills, and little is fetched again."""
    pytest.importorskip("pyarrow")
    path, luck, kills = tmp_path / f"x.{ending}", Random(ending), 0
    pages, most = (2000, 20) if LONG else (100, 5)
    async with Sandbox(
        pages * 6, messages=30 * pages, seed=1, size="small", latency=0.002
    ) as sandbox:
        for _ in range(most):
            process = await start(sandbox, path, "messages")
            requests = luck.randint(0, 2 * pages // most)
            kills += await kill_after(process, sandbox, requests, luck.random() / 20)
        await (await start(sandbox, path, "messages")).communicate()
        assert names(tmp_path) == [path.name]
        rows = READERS[ending](path) if ending == "parquet" else read_sqlite(path, "messages")
        assert [json.loads(row["raw"]) for row in rows] == [it.json() for it in sandbox.messages]
        assert len(sandbox.requests) <= 1.1 * pages + 16 * kills
