"""What file systems, containers and other programs may do to an export, from start to end."""

import asyncio
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from exported import interrupted, listing, names, slugs_in
from loops import turns
from reading import truth

from reamaze_async import ExportFailed, ExportRefused, export, sync
from reamaze_async.formats import sqlite

EXPORT = sys.modules["reamaze_async.exporting.export"]

ENDINGS = ["ndjson", "csv", "sqlite"]


@pytest.fixture(params=ENDINGS)
def path(request, tmp_path):
    """A file to be, of one format or another."""
    return tmp_path / f"x.{request.param}"


def refused(number: int) -> Any:
    """A function of the system that refuses everything."""

    def call(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return call


# --- niceties, and other ways ---------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EACCES])
async def test_no_fsync(sandbox, session, path, monkeypatch, number):
    """Where the system offers no fsync, an export and a first sync are made without."""
    monkeypatch.setattr(os, "fsync", refused(number))
    await export(listing(session), path)
    await sync(session, path.with_name("sync.sqlite"))
    assert sorted(slugs_in(path)) == sorted(truth(sandbox))


async def test_fsync_that_has_lost_something(session, path, monkeypatch):
    """An fsync that fails, where it is offered, is told."""
    monkeypatch.setattr(os, "fsync", refused(errno.EIO))
    with pytest.raises(ExportFailed, match="input/output error"):
        await export(listing(session), path)


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV, errno.EPERM])
async def test_file_that_can_not_be_replaced(sandbox, session, path, monkeypatch, number):
    """A FILE that is mounted keeps its number, and gets the content."""
    path.write_bytes(b"old" * 500_000)
    before, real = path.stat().st_ino, Path.replace
    onto_it = refused(number)
    monkeypatch.setattr(Path, "replace", lambda a, b: onto_it() if b == path else real(a, b))
    await export(listing(session), path, force=True)
    assert (path.stat().st_ino, names(path.parent)) == (before, [path.name])
    assert sorted(slugs_in(path)) == sorted(truth(sandbox))


MOUNTED = """
mount -t tmpfs tmpfs {folder} && cd {folder} && echo old > host && touch x.ndjson || exit 99
mount --bind host x.ndjson || exit 99
for _ in 1 2; do
    {python} -m reamaze_async export conversations --sandbox -q --force -o x.ndjson || exit
done
wc -l < host
for each in /tmp /var/tmp /usr/tmp; do
    [ -d $each ] && mount --bind $each $each && mount -o remount,ro,bind $each
done
cd /sys && TMPDIR= {python} -c "
from reamaze_async.formats import convert, table_of
from reamaze_async.resources import endpoint_of
lines = (b'{{\\"slug\\": \\"%d\\"}}' % n for n in range(60_000))
table = table_of(endpoint_of('conversations').schema)
convert(lines, __import__('pathlib').Path('{folder}/x.sqlite'), 'sqlite', table=table)" && echo made
"""


@pytest.mark.slow
def test_container(tmp_path):
    """A single file that is mounted, and no folder for temporary files: real mounts."""
    folder = Path("/mnt")
    script = MOUNTED.format(folder=folder, python=sys.executable)
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["unshare", "-m", "bash", "-c", script]
    if not shutil.which("unshare") or subprocess.call(["unshare", "-m", "true"]):
        pytest.skip("mounts are for root")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as done:
        out, err = done.communicate(timeout=500)
    if done.returncode == 99:
        pytest.skip("mounts are for root")
    assert (out.split(), err) == (["1000", "made"], "")


async def test_old_sqlite(session, tmp_path, monkeypatch):
    """SQLite that knows no strict tables makes others."""
    monkeypatch.setattr(sqlite, "STRICT", (99,))
    await export(listing(session), tmp_path / "x.sqlite")
    assert len(slugs_in(tmp_path / "x.sqlite")) == 500


async def test_library_that_is_broken(sandbox, session, path, monkeypatch):
    """A format that can't be written is refused before anything is asked."""
    if path.suffix == ".ndjson":
        return
    monkeypatch.setitem(sys.modules, f"reamaze_async.formats.{path.suffix[1:]}", None)
    with pytest.raises(ExportRefused, match="can't be written here"):
        await export(listing(session), path)
    assert (sandbox.requests, names(path.parent)) == ([], [])


async def test_extra_that_is_broken(sandbox, session, tmp_path, monkeypatch):
    """Where an extra can't be loaded, it is named."""
    monkeypatch.setitem(sys.modules, "reamaze_async.formats.parquet", None)
    with pytest.raises(ExportRefused, match=r"pip install 'reamaze-async\[parquet\]'"):
        await export(listing(session), tmp_path / "x.parquet")
    assert (sandbox.requests, names(tmp_path)) == ([], [])


# --- owners and modes -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400, 0o666])
async def test_mode_of_a_file_that_is_replaced(session, path, mode):
    """It stays, and what is written on the way is readable by nobody more."""
    seen: set[int] = set()
    path.touch()
    path.chmod(mode)

    def look(_: Any) -> None:
        beside = [each for each in path.parent.iterdir() if each.suffix in (".part", ".finished")]
        seen.update(each.stat().st_mode & 0o077 for each in beside)

    await export(listing(session), path, force=True, progress=look)
    assert (path.stat().st_mode & 0o777, seen) == (mode, {mode & 0o077})


@pytest.mark.skipif(os.geteuid() != 0, reason="owners are given away by root")
async def test_owner_of_a_file_that_is_replaced(session, path):
    """Owner and group stay."""
    path.touch()
    os.chown(path, 12345, 54321)
    await export(listing(session), path, force=True)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


async def test_group_that_can_not_be_kept(session, path, monkeypatch):
    """Without its group, a file is readable by no other group."""
    path.touch()
    path.chmod(0o660)
    real = os.fstat
    monkeypatch.setattr(os, "fchown", refused(errno.EPERM))
    changed = lambda s: os.stat_result([*s[:5], s.st_gid + 1, *s[6:10]])  # noqa: E731 - a fake
    monkeypatch.setattr("reamaze_async.files.placing.os.fstat", lambda fd: changed(real(fd)))
    monkeypatch.setattr("reamaze_async.exporting.part_file.PartFile.check", lambda _: None)
    await export(listing(session), path, force=True)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mask", [0o002, 0o027, 0o077])
async def test_mode_of_a_new_file(session, path, mask):
    """It is the umask's, for SQLite too."""
    before = os.umask(mask)
    try:
        await export(listing(session), path)
        await sync(session, path.with_name("s.sqlite"))
    finally:
        os.umask(before)
    modes = {each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert modes == {0o666 & ~mask}


# --- other hands ----------------------------------------------------------------------------------


def edit(part: Path) -> None:
    """Change a letter, and nothing else."""
    text = part.read_bytes()
    with part.open("r+b") as file:
        file.write(text.replace(b'"slug":"', b'"slug":"x', 1)[: len(text)])


HANDS = {
    "replaced": lambda part: shutil.copy(part, "copy") and Path("copy").replace(part),
    "cut": lambda part: os.truncate(part, 1000),
    "cut at a line": lambda part: os.truncate(part, part.read_bytes().index(b"\n") + 1),
    "removed": lambda part: part.unlink(),
    "lengthened": lambda part: part.write_bytes(part.read_bytes() * 2),
    "edited": edit,
}
"""What may be done to a part file while it is written."""


@pytest.mark.parametrize("hand", HANDS)
async def test_part_file_changed_beneath(sandbox, session, path, monkeypatch, hand):
    """It is told, and never placed; run again, the export is right."""
    monkeypatch.chdir(path.parent)
    part = path.with_name(f"{path.name}.part")
    sandbox.before = lambda request: request.page == 9 and part.exists() and HANDS[hand](part)
    with pytest.raises(ExportFailed, match="another program has"):
        await export(listing(session), path)
    assert not path.exists()
    sandbox.before = None
    await export(listing(session), path, restart=hand == "edited")
    assert sorted(slugs_in(path)) == sorted(truth(sandbox))


def scratch(part: Path) -> None:
    """Write over all of it."""
    part.write_bytes(b"x" * part.stat().st_size)


@pytest.mark.parametrize("hand", [edit, scratch])
async def test_part_file_edited_while_it_is_converted(session, tmp_path, monkeypatch, hand):
    """A file made of other bytes than were written is never placed."""
    convert, path = EXPORT.convert, tmp_path / "x.csv"

    def edit_and_convert(*args: Any, **how: Any) -> int:
        hand(path.with_name("x.csv.part"))
        return convert(*args, **how)

    monkeypatch.setattr(EXPORT, "convert", edit_and_convert)
    with pytest.raises(ExportFailed, match="changed it"):
        await export(listing(session), path)
    assert not path.exists()
    assert not path.with_name("x.csv.part.finished").exists()


async def test_part_file_edited_between_two_runs(sandbox, session, path):
    """Bytes that were written and are others now are told before anything is asked."""
    await interrupted(sandbox, session, path)
    edit(path.with_name(f"{path.name}.part"))
    with pytest.raises(ExportRefused, match="another program has changed it"):
        await export(listing(session), path)
    assert sandbox.requests == []


async def test_part_file_edited_after_an_early_kill(sandbox, session, path):
    """From the first page on it is known what was written, however soon the end comes."""
    left, part = path.parent / "left", f"{path.name}.part"
    held = sandbox.hold(when=lambda request: request.page > 1)
    task = asyncio.create_task(export(listing(session), path))
    await held.arrived.wait()
    while '"items": 30' not in path.with_name(f"{part}.checkpoint").read_text():
        await turns(1)
    shutil.copytree(path.parent, left)
    held.release()
    await task
    edit(left / part)
    with pytest.raises(ExportRefused, match="another program has changed it"):
        await export(listing(session), left / path.name)


async def test_lines_that_stand_twice(sandbox, session, path):
    """What stands twice behind what was surely written is cut off."""
    await interrupted(sandbox, session, path)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(part.read_bytes() * 2)
    await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)


async def test_file_that_appears_meanwhile(sandbox, session, path):
    """It isn't replaced unless that is asked for; then nothing is fetched again."""
    sandbox.before = lambda request: request.page == 9 and path.write_text("mine")
    with pytest.raises(ExportFailed, match=r"appeared meanwhile.*\(`force=True`\)"):
        await export(listing(session), path)
    assert path.read_text() == "mine"
    sandbox.before = None
    sandbox.requests.clear()
    await export(listing(session), path, force=True)
    assert (sandbox.requests, sorted(slugs_in(path))) == ([], sorted(truth(sandbox)))


async def test_file_that_appears_in_place_of_ours(sandbox, session, path):
    """A file with the name of one that was only made is never taken for it."""
    sandbox.before = lambda request: request.page == 9 and path.write_text("mine")
    with pytest.raises(ExportFailed):
        await export(listing(session), path)
    for ending in (".part", ".part.finished"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    with pytest.raises(ExportRefused, match="there already"):
        await export(listing(session), path)
    assert path.read_text() == "mine"


async def test_database_that_appears_meanwhile(sandbox, session, tmp_path):
    """Nor does a first sync replace what has appeared."""
    path = tmp_path / "x.sqlite"
    sandbox.before = lambda request: request.page == 9 and path.write_text("mine")
    with pytest.raises(ExportFailed, match="appeared meanwhile"):
        await sync(session, path)
    assert path.read_text() == "mine"


async def test_finished_file_changed_before_it_is_placed(sandbox, session, tmp_path):
    """A finished file that is another one now is made again."""
    path = tmp_path / "x.csv"
    sandbox.before = lambda request: request.page == 9 and path.write_text("mine")
    with pytest.raises(ExportFailed):
        await export(listing(session), path)
    path.unlink()
    made = path.with_name("x.csv.part.finished")
    made.rename(path.with_name("kept")), made.write_text("another")
    await export(listing(session), path)
    assert slugs_in(path) == truth(sandbox)


async def test_name_that_is_no_utf_8(session, tmp_path):
    """Any name that the system takes is good, in all formats."""
    for ending in (*ENDINGS, "ndjson.gz", "parquet"):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9." + ending.encode()))
        await export(listing(session), path)
    assert len(names(tmp_path)) == 5
