"""Exports that go on: after a failure, a cancellation, rubbish on the disk, and hours."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from disks import Crash
from exported import check_whole, die_after, fail_from, interrupted, listing, names, slugs_in
from loops import turns
from reading import truth

import reamaze_async
from reamaze_async import (
    ExportFailed,
    IncompleteListing,
    PermissionDenied,
    RateLimited,
    Retry,
    ServerError,
)
from reamaze_async.exporting.target import Target
from reamaze_async.sandbox import Answer, Sandbox

export = reamaze_async.export
EXPORT = sys.modules["reamaze_async.exporting.export"]
ENDINGS = ("ndjson", "ndjson.gz", "csv", "sqlite")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file to be."""
    return tmp_path / "x.ndjson"


# --- going on -------------------------------------------------------------------------------------


async def test_starts_over(sandbox, session, path):
    """After a failed page, the same export fetches the page before it and what was missing."""
    written = await interrupted(sandbox, session, path)
    assert written == truth(sandbox)[:240]
    summary = await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)
    assert sorted(request.page for request in sandbox.requests) == list(range(8, 18))
    assert (summary.resumed, summary.items, summary.requests) == (240, 500, 10)


@pytest.mark.parametrize("templates", ["paged", "bare"])
async def test_known_page_taken_for_the_end(connect, path, monkeypatch, templates):
    """A list without counts goes on below the page at which it is taken up."""
    async with Sandbox(200, seed=4, size="small", templates=templates) as sandbox:
        session = await connect(sandbox, concurrency=1)
        with monkeypatch.context() as patch, suppress(Crash):
            die_after(patch, 1)
            await export(session.response_templates.list(), path)
        summary = await export(session.response_templates.list(), path)
        assert (summary.resumed, summary.items) == (30, len(sandbox.response_templates))


@pytest.mark.parametrize("ending", ENDINGS)
async def test_list_has_shifted(sandbox, session, tmp_path, ending):
    """Hours later, what stayed is there once and in order, in whatever format."""
    path = tmp_path / f"x.{ending}"
    mark = sandbox.mark()
    await interrupted(sandbox, session, path)
    for _ in range(100):
        sandbox.world.create()
        sandbox.world.delete()
        sandbox.world.reopen()
    await export(listing(session), path)
    check_whole(sandbox, mark, path)


async def test_wrong_password_on_the_second_run(sandbox, session, connect, path):
    """A run that can't even begin takes nothing away."""
    written = await interrupted(sandbox, session, path)
    stranger = await connect(sandbox)
    sandbox.script = lambda _: Answer(403, b"{}")
    with pytest.raises(PermissionDenied):
        await export(listing(stranger), path)
    sandbox.script = {}
    assert slugs_in(path.with_name("x.ndjson.part")) == written
    await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)


async def test_wrong_password_on_the_first_run(sandbox, session, tmp_path, path):
    """A run that got nothing leaves nothing."""
    sandbox.script = lambda _: Answer(403, b"{}")
    with pytest.raises(PermissionDenied):
        await export(listing(session), path)
    assert names(tmp_path) == []


async def test_litter_beside_an_old_file(sandbox, session, tmp_path, path):
    """Nor does it where it was to replace a file, which stays."""
    path.write_text("old")
    sandbox.script = lambda _: Answer(403, b"{}")
    with pytest.raises(PermissionDenied):
        await export(listing(session), path, force=True)
    assert (names(tmp_path), path.read_text()) == ([path.name], "old")


async def test_limit_reached(sandbox, connect, path):
    """A deadline for waiting that has come keeps what was written."""
    session = await connect(sandbox, retry=Retry(deadline=0.1))
    late = Answer(429, headers={"Retry-After": "60"})
    sandbox.script = lambda request: late if request.page == 5 else None
    with pytest.raises(RateLimited):
        await export(listing(session), path)
    sandbox.script = {}
    await export(listing(await connect(sandbox)), path)
    assert slugs_in(path) == truth(sandbox)


async def test_cancelled(sandbox, session, path):
    """A cancelled export stops at once, with what was written noted, and goes on later."""
    held = sandbox.hold(12)
    task = asyncio.create_task(export(listing(session), path))
    await held.arrived.wait()
    while path.with_name(f"{path.name}.part").read_bytes().count(b"\n") < 11 * 30:
        await turns(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.release()
    await sandbox.idle()
    sandbox.requests.clear()
    await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)
    assert min(request.page for request in sandbox.requests) == 11


@pytest.mark.parametrize("ending", ["ndjson", "sqlite"])
async def test_cancelled_when_all_is_done(session, tmp_path, monkeypatch, ending):
    """A cancellation that comes once the file has its name takes no summary away."""
    loop, remove_leftovers = asyncio.get_running_loop(), Target.remove_leftovers

    def cancelled(target: Target) -> None:
        loop.call_soon_threadsafe(task.cancel)
        remove_leftovers(target)

    monkeypatch.setattr(Target, "remove_leftovers", cancelled)
    task = asyncio.create_task(export(listing(session), tmp_path / f"x.{ending}"))
    assert (await task).items == 500
    assert names(tmp_path) == [f"x.{ending}"]


@pytest.mark.parametrize(
    "tail", [b'{"slug":"half', b'{"slug":"a"}', b"\0" * 50, b"no\n" * 3, b'[{"a":1}]\n']
)
async def test_rubbish_at_the_end(sandbox, session, path, tail):
    """What isn't a whole item is cut off, and believed by nobody."""
    await interrupted(sandbox, session, path)
    with path.with_name("x.ndjson.part").open("ab") as file:
        file.write(tail)
    await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)


@pytest.mark.parametrize("lines", [0, 1, 29, 31, 200])
async def test_part_file_is_shorter(sandbox, session, path, lines):
    """What the checkpoint says was written, and isn't there, is fetched."""
    await interrupted(sandbox, session, path)
    part = path.with_name("x.ndjson.part")
    part.write_bytes(b"".join(part.read_bytes().splitlines(keepends=True)[:lines]))
    await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)


async def test_old_checkpoint(sandbox, session, path):
    """With a checkpoint as old as the export, no more than a page is fetched again."""
    note = path.with_name("x.ndjson.part.checkpoint")
    first = []

    def keep(stats: Any) -> None:
        first or first.append(note.read_bytes())

    fail_from(sandbox, 9)
    with pytest.raises(ServerError):
        await export(listing(session), path, progress=keep)
    sandbox.script = {}
    sandbox.requests.clear()
    note.write_bytes(first[0])
    await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)
    assert min(request.page for request in sandbox.requests) >= 8


@pytest.mark.parametrize("ending", ["ndjson", "csv"])
async def test_file_moved_away_before_the_tidying(sandbox, session, tmp_path, ending, monkeypatch):
    """When all was done but the tidying, and the file is gone since, it is made again."""
    path = tmp_path / f"x.{ending}"
    monkeypatch.setattr(
        Target, "remove_leftovers", Mock(side_effect=OSError(5, "Input/output error"))
    )
    with pytest.raises(ExportFailed, match="input/output error"):
        await export(listing(session), path)
    monkeypatch.undo()
    path.unlink()
    await export(listing(session), path)
    assert (slugs_in(path), names(tmp_path)) == (truth(sandbox), [path.name])


async def test_part_file_cut_after_it_was_whole(sandbox, session, tmp_path, monkeypatch):
    """What is gone of a part file that was whole is fetched again."""
    path = tmp_path / "x.csv"
    monkeypatch.setattr(EXPORT, "convert", Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(ExportFailed, match="no space left"):
        await export(listing(session), path)
    monkeypatch.undo()
    part = Target(path, "csv").part
    part.write_bytes(b"".join(part.read_bytes().splitlines(keepends=True)[:77]))
    await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)


async def test_disk_full_of_half_a_file(sandbox, session, tmp_path, monkeypatch):
    """A finished file that doesn't fit the disk makes room again; the part file stays."""
    path = tmp_path / "x.csv"

    def fill(_: Any, finished: Path, __: str, **___: Any) -> None:
        finished.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(EXPORT, "convert", fill)
    with pytest.raises(ExportFailed, match="no space left on device"):
        await export(listing(session), path)
    assert names(tmp_path) == ["x.csv.part", "x.csv.part.checkpoint"]


# --- a page that keeps failing --------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 2, 8])
@pytest.mark.parametrize("page", [2, 9, 17])
async def test_page_that_keeps_failing(sandbox, connect, path, page, concurrency):
    """All others are written, the missing page is named, and is all that is missing later."""
    session = await connect(sandbox, concurrency=concurrency)
    sandbox.script = lambda request: Answer.html(500, "no") if request.page == page else None
    with pytest.raises(IncompleteListing, match=rf"page {page}: HTTP 500") as error:
        await export(listing(session), path)
    assert page in error.value.pages
    rest = truth(sandbox)
    lost = rest[30 * page - 30 : 30 * page]
    del rest[30 * page - 30 : 30 * page]
    assert slugs_in(path.with_name("x.ndjson.part")) == rest
    sandbox.script = {}
    await export(listing(session), path)
    assert slugs_in(path) == rest + lost


@pytest.mark.parametrize("answer", [Answer(200, b"<html>"), Answer(200, b"{}")])
async def test_page_that_can_not_be_read(sandbox, session, path, answer):
    """A page that isn't one, as often as it is asked for, is left out too."""
    sandbox.script = lambda request: answer if request.page == 4 else None
    with pytest.raises(IncompleteListing, match="can't be read"):
        await export(listing(session), path)
    assert len(slugs_in(path.with_name("x.ndjson.part"))) == 470


async def test_first_page_keeps_failing(sandbox, session, path):
    """Without page 1 there is nothing to go on with."""
    sandbox.script = lambda request: Answer.html(500, "no") if request.page == 1 else None
    with pytest.raises(ServerError):
        await export(listing(session), path)


async def test_incomplete_again_and_again(sandbox, session, path):
    """As long as the page fails, each run says so, and nothing comes twice."""
    sandbox.script = lambda request: Answer.html(500, "no") if request.page == 9 else None
    for _ in range(3):
        with pytest.raises(IncompleteListing):
            await export(listing(session), path)
    found = slugs_in(path.with_name("x.ndjson.part"))
    assert len(found) == len(set(found)) == 470


@pytest.mark.parametrize("ending", ["ndjson", "csv"])
@pytest.mark.parametrize("allowed", [False, True])
async def test_killed_before_what_lacks_something_was_placed(
    sandbox, session, tmp_path, monkeypatch, ending, allowed
):
    """The next run reads on, or tells what is missing if that is allowed."""
    path = tmp_path / f"x.{ending}"
    sandbox.script = lambda it: Answer.html(500, "no") if it.page == 5 else None
    monkeypatch.setattr(EXPORT.FileExport, "_rename", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        await export(listing(session), path, allow_incomplete=True)
    monkeypatch.undo()
    sandbox.script = {}
    summary = await export(listing(session), path, allow_incomplete=allowed)
    assert (summary.items, bool(summary.incomplete)) == ((470, True) if allowed else (500, False))


# --- items that can't be read ---------------------------------------------------------------------

ODD = {"no slug": b'{"id": 1}', "null": b"null"}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("killed", [False, True])
async def test_odd_item_forgotten_over_a_pause(sandbox, session, path, monkeypatch, odd, killed):
    """What an interrupted run could not read is told when the export ends, and counted."""
    if killed:
        monkeypatch.setattr(EXPORT.FileExport, "_leave", Mock())
        monkeypatch.setattr(EXPORT, "SECONDS", 1e9)
    sandbox.flaws[truth(sandbox)[40]] = ODD[odd]
    fail_from(sandbox, 9)
    with pytest.raises(ServerError):
        await export(listing(session), path)
    sandbox.script = {}
    sandbox.requests.clear()
    monkeypatch.undo()
    with pytest.raises(IncompleteListing, match=r"1 item can't be read \(page 2 at") as error:
        await export(listing(session), path)
    assert (error.value.pages, len(sandbox.requests)) == ((2,), 10)
    summary = await export(listing(session), path, allow_incomplete=True)
    assert (summary.unreadable, "page 2 at" in (summary.incomplete or "")) == (1, True)
    assert summary.items == 499 + (odd == "no slug")


async def test_odd_item_that_is_mended(sandbox, session, path):
    """What wasn't written is told no more once it can be read."""
    sandbox.flaws[truth(sandbox)[40]] = b"null"
    with pytest.raises(IncompleteListing):
        await export(listing(session), path)
    sandbox.flaws.clear()
    summary = await export(listing(session), path)
    assert (summary.items, summary.unreadable, summary.incomplete) == (500, 0, None)


async def test_keyless_item_taken_for_an_earlier_one(sandbox, session, path):
    """An item without a key that this run has written is none of an earlier run."""
    sandbox.flaws[truth(sandbox)[40]] = b"{}"
    summary = await export(listing(session), path, allow_incomplete=True)
    assert (summary.items, summary.resumed, summary.unreadable) == (500, 0, 1)
