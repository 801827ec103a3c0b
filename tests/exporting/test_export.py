"""Exports: whole or not there, gone on with after any end, once and in order."""

import asyncio
import io
from pathlib import Path

import pytest
from exported import fail_from, interrupted, listing, names, slugs_in
from reading import truth

import reamaze_async
from reamaze_async import (
    ExportFailed,
    ExportRefused,
    InvalidParameter,
    ReamazeSession,
    ServerError,
    stream,
    sync,
)
from reamaze_async.exporting.part_file import PartFile
from reamaze_async.exporting.target import Target
from reamaze_async.sandbox import Answer, Sandbox

export = reamaze_async.export
ENDINGS = ("ndjson", "ndjson.gz", "csv", "sqlite")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file to be."""
    return tmp_path / "x.ndjson"


# --- the good case ------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [*ENDINGS, "parquet", "ndjson.zst"])
async def test_rows_lost_or_litter_left(sandbox, session, tmp_path, ending):
    """Every conversation is in the file, in order, and nothing else is left behind."""
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"x.{ending}"
    try:
        summary = await export(listing(session), path)
    except ExportRefused as error:
        pytest.skip(str(error))
    assert names(tmp_path) == [path.name]
    assert summary.items == len(truth(sandbox))
    if ending != "ndjson.zst":
        assert slugs_in(path) == truth(sandbox)


async def test_changed_on_the_way(sandbox, session, path):
    """NDJSON holds each conversation as the API sent it, byte for byte."""
    await export(listing(session), path)
    assert path.read_bytes().splitlines() == [item.encoded() for item in sandbox.conversations]


async def test_summary_miscounts(sandbox, session, path):
    """The summary tells what was done."""
    summary = (await export(listing(session), path)).as_dict()
    assert summary.pop("elapsed") > 0
    assert summary == {
        "cut": 0,
        "incomplete": None,
        "path": str(path),
        "format": "ndjson",
        "items": 500,
        "resumed": 0,
        "pages": 17,
        "requests": 17,
        "retries": 0,
        "throttled": 0,
        "repaired": 0,
        "duplicates": 0,
        "contradictions": 0,
        "unreadable": 0,
        "total_count": 500,
        "bytes": path.stat().st_size,
    }


async def test_nothing_matches(session, path):
    """An export of nothing is an empty file."""
    summary = await export(listing(session, tag="nobody has this"), path)
    assert (summary.items, path.read_bytes()) == (0, b"")


@pytest.mark.parametrize("gap", [b"\n", b"\r", b"\r\n"])
async def test_lines_inside_a_line(sandbox, session, path, gap):
    """An item that came with line breaks in it is put on one line, with its numbers as they are."""
    body = b'{"page_count":1,"total_count":1,"conversations":[{%b"slug":"a", "n": 1.50e400}]}' % gap
    sandbox.script = {(1, 1): Answer(200, body, {"Content-Type": "application/json"})}
    await export(listing(session), path)
    assert path.read_bytes() == b'{"slug":"a","n":1.50e400}\n'


async def test_progress_not_told(session, path):
    """The live numbers are handed over after each page."""
    seen = []
    await export(listing(session), path, progress=lambda stats: seen.append(stats.items))
    assert seen == [*range(30, 500, 30), 500]


async def test_progress_that_fails(session, path):
    """What the callback raises comes out as itself, and what was written is kept."""
    with pytest.raises(ZeroDivisionError):
        await export(listing(session), path, progress=lambda stats: 1 / (stats.items - 60))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(slugs_in(Target(path, "ndjson").part)) == 60


async def test_exports_at_once(session, tmp_path):
    """Two exports to two files don't disturb each other."""
    async with asyncio.TaskGroup() as group:
        for name in ("a.ndjson", "b.ndjson"):
            group.create_task(export(listing(session), tmp_path / name))
    assert (tmp_path / "a.ndjson").read_bytes() == (tmp_path / "b.ndjson").read_bytes()


# --- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("there.ndjson", {}, "there already. Name another file, or replace it"),
        ("folder.ndjson", {}, "a folder: name a file in it, such as '.*folder.ndjson/conv"),
        ("folder.ndjson", {"force": True}, "a folder: name a file in it"),
        ("folder", {}, "folder: it is a folder: name a file in it"),
        (
            "to-be.csv/",
            {},
            "a folder: name a file in it, such as '.*to-be.csv/conversations.ndjson'",
        ),
        ("circle.csv", {}, "circle.csv: it is a link that leads in a circle"),
        ("x" * 227 + ".ndjson", {}, "name is too long for '.part.finished-journal' behind it"),
        ("x" * 999 + ".ndjson", {}, "too long .*: name it in 233 bytes or less"),
        ("nowhere/x.ndjson", {}, "there is no folder .*nowhere'"),
        ("x" * 999 + "/x.ndjson", {}, "it can't be looked at: file name too long"),
        ("open.sqlite", {"force": True}, "open.sqlite-wal stands beside it"),
    ],
)
async def test_sent_before_refused(sandbox, session, tmp_path, name, options, said):
    """What can't end well is refused in one sentence before anything is sent or written."""
    for file in ("there.ndjson", "open.sqlite", "open.sqlite-wal"):
        (tmp_path / file).touch()
    for folder in ("folder", "folder.ndjson"):
        (tmp_path / folder).mkdir()
    (tmp_path / "circle.csv").symlink_to("circle.csv")
    before = names(tmp_path)
    with pytest.raises(ExportRefused, match=said) as error:
        await export(listing(session), f"{tmp_path}/{name}", **options)
    assert "\n" not in str(error.value)
    assert (names(tmp_path), sandbox.requests) == (before, [])


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize("ending", ["ndjson", "csv"])
async def test_link_replaced_by_a_file(session, tmp_path, ending, is_there):
    """Through a link the file is written that it leads to, there or not, and the link stays."""
    (tmp_path / "sub").mkdir()
    link, file = tmp_path / f"link.{ending}", tmp_path / "sub" / f"x.{ending}"
    link.symlink_to(file)
    if is_there:
        file.write_text("old")
        with pytest.raises(ExportRefused, match="there already"):
            await export(listing(session), link)
    await export(listing(session), link, force=is_there)
    assert (names(tmp_path), names(file.parent)) == ([link.name, "sub"], [file.name])
    assert (link.is_symlink(), len(slugs_in(file))) == (True, 500)


async def test_nothing_is_said_to_be_kept(sandbox, session, path):
    """A part file that can't be opened has kept nothing, and nothing was sent."""
    Target(path, "ndjson").part.mkdir()
    with pytest.raises(ExportFailed, match=r"part: it can't be opened: .* Mend that, or name an"):
        await export(listing(session), path)
    assert sandbox.requests == []


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices")
async def test_unknown_ending(session, tmp_path):
    """An ending that no format has is a wrong parameter."""
    with pytest.raises(InvalidParameter, match="no known ending"):
        await export(listing(session), tmp_path / "x.xlsx")


async def test_file_that_is_there_is_lost(sandbox, session, path):
    """With force the old file stays until the new one is whole."""
    path.write_text("old")
    fail_from(sandbox, 9)
    with pytest.raises(ServerError):
        await export(listing(session), path, force=True)
    assert path.read_text() == "old"
    sandbox.script = {}
    await export(listing(session), path, force=True)
    assert slugs_in(path) == truth(sandbox)


# --- whose part file it is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"filter": "open"}, "its query was 'filter=all', not 'filter=open'"),
        ({"filter": "all", "tag": "vip"}, "its query was 'filter=all', not 'filter=all&tag=vip'"),
        ({"drift": "verify"}, "its drift was 'repair', not 'verify'"),
    ],
)
async def test_mixed_with_another_query(sandbox, session, path, conditions, said):
    """The part file of another query is refused, untouched, with the way to start over."""
    written = await interrupted(sandbox, session, path)
    with pytest.raises(ExportRefused, match=said) as error:
        await export(listing(session, **conditions), path)
    assert "go on with it, or start over by `restart=True`" in str(error.value)
    assert slugs_in(path.with_name("x.ndjson.part")) == written
    assert sandbox.requests == []


async def test_mixed_with_another_brand(sandbox, session, connect, path):
    """So is that of another brand."""
    await interrupted(sandbox, session, path)
    async with Sandbox(30) as other:
        with pytest.raises(ExportRefused, match="its origin was"):
            await export(listing(await connect(other)), path)


async def test_mixed_with_another_brand_at_the_same_address(sandbox, session, path):
    """Also where both are asked for at the same base URL."""
    await interrupted(sandbox, session, path)
    login = ("other", sandbox.email, sandbox.token)
    async with ReamazeSession(*login, base_url=sandbox.base_url) as other:
        with pytest.raises(ExportRefused, match=r"its brand was 'acme\.reamaze\.io'"):
            await export(listing(other), path)


async def test_part_file_without_a_checkpoint(sandbox, session, path):
    """A part file that nothing tells of is refused."""
    path.with_name("x.ndjson.part").write_bytes(b'{"slug":"a"}\n')
    with pytest.raises(ExportRefused, match="there is no checkpoint beside it"):
        await export(listing(session), path)
    assert path.with_name("x.ndjson.part").read_bytes() == b'{"slug":"a"}\n'


async def test_can_not_start_over(sandbox, session, path):
    """`restart` forgets whatever was there."""
    await interrupted(sandbox, session, path)
    summary = await export(listing(session, filter="open"), path, restart=True)
    assert summary.resumed == 0
    assert slugs_in(path) == sandbox.stayed(sandbox.mark(), filter="open")


async def test_empty_part_file_in_the_way(session, path):
    """A part file that holds nothing belongs to nobody."""
    path.with_name("x.ndjson.part").touch()
    assert (await export(listing(session), path)).items == 500


# --- two at once ----------------------------------------------------------------------------------


async def test_two_to_one_file(sandbox, session, path):
    """The second export to a file is refused while the first runs."""
    held = sandbox.hold(3)
    first = asyncio.create_task(export(listing(session), path))
    await held.arrived.wait()
    with pytest.raises(ExportRefused, match="another process is writing it"):
        await export(listing(session), path)
    held.release()
    await first
    assert slugs_in(path) == truth(sandbox)


async def test_file_appears_at_the_last_moment(sandbox, session, path, monkeypatch):
    """A file that another export has just finished is refused once more under the lock."""
    opened = PartFile.__init__

    def open_late(part: PartFile, at: Path) -> None:
        path.write_text("theirs")
        opened(part, at)

    monkeypatch.setattr(PartFile, "__init__", open_late)
    with pytest.raises(ExportRefused, match="there already"):
        await export(listing(session), path)
    assert (path.read_text(), sandbox.requests) == ("theirs", [])


@pytest.mark.parametrize("thing", ["items", "pages", "session", "list"])
async def test_thing_that_is_no_listing(session, tmp_path, thing):
    """What can't be exported, or synced, is refused in one sentence."""
    things = {
        "items": session.conversations.list().raw(),
        "pages": session.conversations.list().pages(),
        "session": session,
        "list": [session.conversations.list()],
    }
    with pytest.raises(InvalidParameter, match="can't be exported: give a listing"):
        await export(things[thing], tmp_path / "x.csv")
    with pytest.raises(InvalidParameter, match="can't be exported: give a listing"):
        await stream(things[thing], io.BytesIO())
    if thing != "session":
        with pytest.raises(InvalidParameter, match="can't be synced: give the session"):
            await sync(things[thing], tmp_path / "x.sqlite")
