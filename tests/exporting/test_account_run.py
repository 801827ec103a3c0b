"""Runs of an export of everything that go on: after a kill, a failure, a change of mind."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

import pytest
from accounts import check_database, check_folder, files, manifest
from kills import kill_after

from reamaze_async import (
    AuthenticationError,
    ExportFailed,
    ExportRefused,
    ReamazeSession,
    ServerError,
    export_all,
)
from reamaze_async.exporting import account_run
from reamaze_async.exporting.account_target import AccountTarget
from reamaze_async.exporting.manifest import Manifest, load
from reamaze_async.exporting.target import Target
from reamaze_async.sandbox import Answer, Habits, Sandbox

LONG = bool(os.environ.get("REAMAZE_LONG"))
FORMS = ["all", "all.sqlite"]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A small account."""
    async with Sandbox(95, seed=7, size="small", contacts=65) as sandbox:
        yield sandbox


class Crash(BaseException):
    """The process dies here."""


def check(sandbox: Sandbox, path: Path) -> None:
    """All of it is there, and nothing else."""
    (check_database if path.suffix else check_folder)(sandbox, path)


def folder_of(path: Path) -> Path:
    """Where the files of resources stand until all is whole."""
    return path.with_name(f"{path.name}.part") if path.suffix else path


def die_at(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, nth: int) -> None:
    """Die when something is called for the how many-eth time."""
    real, calls = getattr(place, name), 0

    def call(*arguments: Any, **settings: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise Crash
        return real(*arguments, **settings)

    monkeypatch.setattr(place, name, call)


STEPS = [
    (Manifest, "save", 1),
    (Manifest, "save", 2),
    (Manifest, "save", 7),
    (Target, "remove_leftovers", 1),
    (Target, "remove_leftovers", 9),
    (account_run.ResourceEntry, "made", 4),
    (account_run.AccountRun, "_follow", 3),
    (account_run.AccountRun, "_follow", 20),
    (Manifest, "settle", 1),
]
OF_A_DATABASE = [
    (account_run, "make", 1),
    (account_run, "place", 1),
    (AccountTarget, "remove_parts", 1),
]
EVERY_STEP = [(form, step) for form in FORMS for step in STEPS]
EVERY_STEP += [("all.sqlite", step) for step in OF_A_DATABASE]


@pytest.mark.parametrize(("form", "step"), EVERY_STEP)
async def test_death_at_a_step(sandbox, session, tmp_path, monkeypatch, form, step):
    """Wherever it dies, the same export goes on: whole in the end, and no file read twice."""
    path = tmp_path / form
    die_at(monkeypatch, *step)
    with monkeypatch.context() as dying:
        dying.setattr(Manifest, "settle", lambda *_: None) if step[1] != "settle" else None
        with pytest.raises(Crash):
            await export_all(session, path)
    monkeypatch.undo()
    before = len(sandbox.requests)
    summary = await export_all(session, path)
    assert summary.complete
    check(sandbox, path)
    # Anew come a request for what is left of each resource, and the page that was under way.
    pages = Counter((request.path, request.query) for request in sandbox.requests)
    again = sum(pages.values()) - len(pages)
    assert again <= 20 + 2 * 8, (before, pages.most_common(5))


async def test_cancelled_in_the_middle(sandbox, session, tmp_path):
    """A cancelled run leaves a manifest that says so, and goes on later."""
    held = sandbox.hold(3)
    task = asyncio.create_task(export_all(session, tmp_path / "all"))
    await held.arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.release()
    told = manifest(tmp_path / "all")
    assert (told["complete"], told["resources"]["messages"]["state"]) == (False, "failed")
    assert told["resources"]["channels"]["state"] == "whole"
    await sandbox.idle()
    assert (await export_all(session, tmp_path / "all")).runs == 2
    check_folder(sandbox, tmp_path / "all")


@pytest.mark.parametrize("hand", [Path.unlink, lambda path: path.write_bytes(b"{}\n")])
async def test_part_of_a_database_changed_beneath(sandbox, session, tmp_path, hand):
    """What is changed or taken away after it was read is told of, and read again: never missed."""
    path = tmp_path / "all.sqlite"
    staff = folder_of(path) / "staff.ndjson"
    sandbox.before = lambda it: it.page == 4 and it.path.endswith("conversations") and hand(staff)
    with pytest.raises(ExportFailed, match=r"staff\.ndjson"):
        await export_all(session, path)
    sandbox.before = None
    await export_all(session, path, force=True)
    check(sandbox, path)


@pytest.mark.parametrize("form", FORMS)
async def test_folder_that_vanishes(sandbox, session, tmp_path, form):
    """That is an error of ours, in one sentence, and the same export can be begun anew."""
    path = tmp_path / form
    sandbox.before = lambda it: it.page == 2 and rmtree(folder_of(path), ignore_errors=True)
    with pytest.raises(ExportFailed, match="run the same export again"):
        await export_all(session, path)
    sandbox.before = None
    await export_all(session, path)
    check(sandbox, path)


async def test_file_gone_after_it_was_whole(sandbox, session, tmp_path):
    """What isn't there any more is read again; what is there isn't."""
    sandbox.script = lambda it: Answer(403, b"{}") if "systems" in it.path else None
    await export_all(session, tmp_path / "all")
    (tmp_path / "all" / "staff.ndjson").unlink()
    sandbox.script, before = {}, len(sandbox.requests)
    await export_all(session, tmp_path / "all")
    check_folder(sandbox, tmp_path / "all")
    asked = {request.path.split("/")[3] for request in sandbox.requests[before:]}
    assert asked == {"staff", "systems"}


def swap(text: bytes) -> bytes:
    """Another text of the same length."""
    return text.swapcase()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("edit", [lambda text: text + b"mine\n", swap])
async def test_file_that_somebody_has_edited(sandbox, session, tmp_path, force, edit):
    """A file that isn't what was written, if only in a letter, is told; force replaces it."""
    sandbox.script = lambda it: Answer(403, b"{}") if "systems" in it.path else None
    await export_all(session, tmp_path / "all")
    path = tmp_path / "all" / "staff.ndjson"
    before = path.stat()
    path.write_bytes(edit(path.read_bytes()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    sandbox.script, before = {}, len(sandbox.requests)
    if not force:
        with pytest.raises(ExportRefused, match="isn't what was exported"):
            await export_all(session, tmp_path / "all")
        assert len(sandbox.requests) == before
        return
    await export_all(session, tmp_path / "all", force=True)
    check_folder(sandbox, tmp_path / "all")


async def test_whole_export_made_anew(sandbox, session, tmp_path):
    """One that is complete is refused; by force it is made anew, whatever has changed."""
    await export_all(session, tmp_path / "all")
    before = len(sandbox.requests)
    with pytest.raises(ExportRefused, match="whole export is there already"):
        await export_all(session, tmp_path / "all")
    assert len(sandbox.requests) == before
    sandbox.world.create()
    assert (await export_all(session, tmp_path / "all", force=True)).runs == 1
    check_folder(sandbox, tmp_path / "all")


@pytest.mark.parametrize("form", FORMS)
async def test_unfinished_export_of_something_else(sandbox, session, tmp_path, form):
    """It is neither gone on with nor thrown away, unless that is asked for."""
    sandbox.script = lambda it: Answer(403, b"{}") if "systems" in it.path else None
    await export_all(session, tmp_path / form)
    sandbox.script, before = {}, len(sandbox.requests)
    with pytest.raises(ExportRefused, match="its drift was 'repair', not 'verify'"):
        await export_all(session, tmp_path / form, drift="verify")
    assert len(sandbox.requests) == before
    summary = await export_all(session, tmp_path / form, drift="ignore", restart=True)
    assert (summary.complete, summary.runs) == (True, 1)
    check(sandbox, tmp_path / form)


@pytest.mark.parametrize("form", FORMS)
async def test_manifest_that_is_damaged(sandbox, session, tmp_path, form):
    """It is told, and starting over does away with it."""
    folder = folder_of(tmp_path / form)
    folder.mkdir()
    (folder / "manifest.json").write_bytes(b"{")
    with pytest.raises(ExportRefused, match="can't be read"):
        await export_all(session, tmp_path / form)
    assert sandbox.requests == []
    await export_all(session, tmp_path / form, restart=True)
    check(sandbox, tmp_path / form)


async def test_death_after_starting_over(sandbox, session, tmp_path, monkeypatch):
    """What was to be replaced is known as ours after a kill, too."""
    await export_all(session, tmp_path / "all")
    die_at(monkeypatch, account_run.ResourceEntry, "made", 4)
    with monkeypatch.context() as dying:
        dying.setattr(Manifest, "settle", lambda *_: None)
        with pytest.raises(Crash):
            await export_all(session, tmp_path / "all", force=True)
    monkeypatch.undo()
    await export_all(session, tmp_path / "all")
    check_folder(sandbox, tmp_path / "all")


@pytest.mark.parametrize("form", FORMS)
async def test_litter_of_a_wrong_password(sandbox, session, tmp_path, form):
    """A run that got nothing leaves nothing, but a folder that was there."""
    sandbox.script = lambda _: Answer(401, b"{}")
    with pytest.raises(AuthenticationError):
        await export_all(session, tmp_path / form)
    assert files(tmp_path) == []
    (tmp_path / "there").mkdir()
    with pytest.raises(AuthenticationError):
        await export_all(session, tmp_path / "there")
    assert (files(tmp_path), files(tmp_path / "there")) == (["there"], [])


async def test_nothing_that_is_whole(sandbox, session, tmp_path):
    """A whole export of what an account hasn't is refused as any other, and left as it is."""
    sandbox.script = lambda it: Answer(404, b"{}")
    summary = await export_all(session, tmp_path / "all", only=["incidents"])
    assert (summary.complete, files(tmp_path / "all")) == (True, ["manifest.json"])
    with pytest.raises(ExportRefused, match="whole export"):
        await export_all(session, tmp_path / "all", only=["incidents"])
    assert files(tmp_path / "all") == ["manifest.json"]


async def test_starting_over_where_a_database_is(sandbox, session, tmp_path):
    """To forget an earlier run is no leave to replace a file that is there."""
    (tmp_path / "all.sqlite").touch()
    with pytest.raises(ExportRefused, match="there already"):
        await export_all(session, tmp_path / "all.sqlite", restart=True)
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "notes.md").touch()
    with pytest.raises(ExportRefused, match=r"it holds notes\.md"):
        await export_all(session, tmp_path / "all", restart=True)
    assert sandbox.requests == []


async def test_database_that_only_had_to_be_tidied(sandbox, session, tmp_path, monkeypatch):
    """Once it has its name, any further run only tidies, whatever it asks for."""
    die_at(monkeypatch, AccountTarget, "remove_parts", 1)
    with pytest.raises(Crash):
        await export_all(session, tmp_path / "all.sqlite")
    monkeypatch.undo()
    before = len(sandbox.requests)
    summary = await export_all(session, tmp_path / "all.sqlite", only=["staff"])
    assert (summary.complete, len(summary.resources), len(sandbox.requests)) == (True, 10, before)
    assert files(tmp_path) == ["all.sqlite"]


async def test_two_at_once(sandbox, session, tmp_path):
    """Two runs don't write to one folder."""
    held = sandbox.hold(3)
    task = asyncio.create_task(export_all(session, tmp_path / "all"))
    await held.arrived.wait()
    with pytest.raises(ExportRefused, match="another process is writing it"):
        await export_all(session, tmp_path / "all")
    held.release()
    await task
    check_folder(sandbox, tmp_path / "all")


async def test_disk_that_fails_at_the_manifest(sandbox, session, tmp_path, monkeypatch):
    """What the disk refuses ends the run, as itself."""

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reamaze_async.exporting.saved.write_whole", fail)
    with pytest.raises(ExportFailed, match="no space left"):
        await export_all(session, tmp_path / "all")
    assert sandbox.requests == []
    monkeypatch.undo()
    await export_all(session, tmp_path / "all")
    check_folder(sandbox, tmp_path / "all")


async def test_database_that_appears_meanwhile(sandbox, session, tmp_path):
    """A file of that name that somebody else has made isn't replaced, and nothing is lost."""
    path = tmp_path / "all.sqlite"
    await_file = lambda _: path.touch()  # noqa: E731 - one call, as a progress
    with pytest.raises(ExportFailed, match="appeared meanwhile"):
        await export_all(session, path, progress=await_file)
    assert load(folder_of(path)) is not None
    path.unlink()
    before = len(sandbox.requests)
    await export_all(session, path)
    assert len(sandbox.requests) == before
    check_database(sandbox, path)


async def test_costs_that_are_forgotten(sandbox, session, tmp_path):
    """The manifest adds up what the runs have cost."""
    sandbox.script = lambda it: Answer.html(500, "no") if it.path.endswith("staff") else None
    await export_all(session, tmp_path / "all", only=["staff", "channels"])
    first = load(tmp_path / "all")
    sandbox.script = {}
    await export_all(session, tmp_path / "all", only=["staff", "channels"])
    second = load(tmp_path / "all")
    assert first
    assert second
    was, now = first.resources["staff"], second.resources["staff"]
    assert (was.requests, now.requests) == (was.retries + 2, was.requests + 2)
    assert (now.retries, second.resources["channels"].requests) == (was.retries, 2)


# --- SIGKILL --------------------------------------------------------------------------------------

PROGRAM = """
import asyncio, json, sys
from reamaze_async import ReamazeSession, Retry, export_all

async def main(login, path):
    async with ReamazeSession(**login, retry=Retry(max_delay=0.01)) as session:
        await export_all(session, path)

asyncio.run(main(json.loads(sys.argv[1]), sys.argv[2]))
"""


async def start(sandbox: Sandbox, path: Path) -> asyncio.subprocess.Process:
    """An export of everything in a process of its own."""
    names = ("base_url", "brand", "email", "token")
    login = json.dumps({name: getattr(sandbox, name) for name in names})
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, login, str(path), stdin=DEVNULL, stderr=PIPE
    )


SIZE = (2000, 12_000, 900) if LONG else (300, 1500, 150)
KILLS = 20 if LONG else 6


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("form", FORMS)
async def test_account_killed_at_any_instant(tmp_path, form):
    """Killed again and again: whole in the end, and little is fetched again."""
    luck, path, kills = Random(form), tmp_path / form, 0
    conversations, messages, contacts = SIZE
    async with Sandbox(
        conversations, messages=messages, contacts=contacts, size="small", latency=0.002
    ) as sandbox:
        pages = sum(-(-size // 30) for size in SIZE) + 20
        for _ in range(KILLS):
            process = await start(sandbox, path)
            requests = luck.randint(1, 2 * pages // KILLS)
            kills += await kill_after(process, sandbox, requests, luck.random() / 20)
        _, said = await (await start(sandbox, path)).communicate()
        assert not said or b"there already" in said
        check(sandbox, path)
        assert files(tmp_path) == [path.name]
        # Each run may ask for ten first pages, and fetch again what was under way.
        assert len(sandbox.requests) <= 1.1 * pages + 10 + 26 * kills


async def test_session_that_is_closed(sandbox, tmp_path):
    """An error of ours ends the run at once, and leaves nothing behind that looks like data."""
    session = ReamazeSession(sandbox.brand, sandbox.email, sandbox.token, base_url=sandbox.base_url)
    with pytest.raises(Exception, match="async with"):
        await export_all(session, tmp_path / "all")
    assert sandbox.requests == []


async def test_failure_that_a_success_excuses(sandbox, session, tmp_path):
    """Two failures that aren't in a row don't end the run."""
    bad = ("articles", "contacts")
    sandbox.script = lambda it: Answer.html(500, "no") if it.path.split("/")[3] in bad else None
    with suppress(ServerError):
        summary = await export_all(session, tmp_path / "all")
        assert [name for name, entry in summary.resources.items() if not entry.is_good] == [*bad]


async def test_resources_of_another_shape(sandbox, session, tmp_path):
    """Where the server answers, and only what two of them hold can't be read, the rest is."""
    bad = ("articles", "response_templates")
    odd = Answer(200, b'{"articles": 7}')
    sandbox.script = lambda it: odd if it.path.split("/")[3] in bad else None
    summary = await export_all(session, tmp_path / "all")
    states = {name: entry.state for name, entry in summary.resources.items()}
    assert [name for name, state in states.items() if state != "whole"] == [*bad]
    assert {states[name] for name in bad} == {"failed"}


async def test_incomplete_is_not_called_whole(connect, tmp_path):
    """An incomplete file stays one after a run that could not replace it."""
    async with Sandbox(5, staff=61, habits=Habits(ignore_page=True), size="small") as sandbox:
        session, how = await connect(sandbox), {"only": ["staff", "systems"]}
        await export_all(session, tmp_path / "all", **how, allow_incomplete=True)
        sandbox.script = lambda it: Answer.html(500, "no") if "/staff" in it.path else None
        assert not (await export_all(session, tmp_path / "all", **how)).complete
        sandbox.script = {}
        assert not (await export_all(session, tmp_path / "all", **how)).complete


async def test_one_that_keeps_failing_is_one(sandbox, session, tmp_path):
    """What fails when it is counted and when it is read doesn't keep the next from being had."""
    sandbox.script = lambda it: Answer.html(500, "no") if "/messages" in it.path else None
    only = ["messages", "conversations"]
    summary = await export_all(session, tmp_path / "all", only=only)
    told = {name: entry.state for name, entry in summary.resources.items()}
    assert told == {"messages": "failed", "conversations": "whole"}


async def test_some_of_a_whole_export_again(session, tmp_path):
    """What was whole and isn't asked for stays so, with all that the manifest tells of it."""
    await export_all(session, tmp_path / "all", only=["staff", "systems"])
    before = manifest(tmp_path / "all")["resources"]
    await export_all(session, tmp_path / "all", only=["systems"], force=True)
    after = manifest(tmp_path / "all")["resources"]
    assert after["staff"] == before["staff"]
    assert after["systems"]["began"] > before["systems"]["began"]


async def test_export_made_anew_in_another_format(session, tmp_path, caplog):
    """Files of the format before go when theirs are there, unless somebody has changed them."""
    folder = tmp_path / "all"
    await export_all(session, folder, only=["staff", "systems", "articles"])
    (folder / "staff.ndjson").write_text("mine\n")
    how = {"only": ["staff", "systems"], "format": "csv", "force": True}
    await export_all(session, folder, **how)
    told = manifest(folder)["resources"]
    assert files(folder) == sorted(
        ["articles.ndjson", "manifest.json", "staff.csv", "staff.ndjson", "systems.csv"]
    )
    assert [told[name]["file"] for name in sorted(told)] == files(folder)[:1] + files(folder)[2::2]
    assert "staff.ndjson stays" in caplog.text


async def test_death_while_the_format_changes(sandbox, session, tmp_path, monkeypatch):
    """After a kill the files of the format before are known, and go in the end."""
    await export_all(session, tmp_path / "all")
    die_at(monkeypatch, account_run.ResourceEntry, "made", 4)
    with monkeypatch.context() as dying:
        dying.setattr(Manifest, "settle", lambda *_: None)
        with pytest.raises(Crash):
            await export_all(session, tmp_path / "all", format="csv", force=True)
    monkeypatch.undo()
    assert (tmp_path / "all" / "staff.ndjson").exists()
    assert (await export_all(session, tmp_path / "all", format="csv")).complete
    assert not list((tmp_path / "all").glob("*.ndjson"))
    assert len(files(tmp_path / "all")) == 11


async def test_parts_of_another_format(sandbox, session, tmp_path):
    """What an earlier run has begun goes when it is to be forgotten."""
    sandbox.script = lambda it: Answer.html(500, "no") if it.page > 2 else None
    with suppress(ServerError):
        await export_all(session, tmp_path / "all", only=["contacts", "conversations"])
    assert (tmp_path / "all" / "contacts.ndjson.part").exists()
    sandbox.script = {}
    how = {"only": ["contacts", "conversations"], "format": "csv"}
    await export_all(session, tmp_path / "all", **how, restart=True)
    assert files(tmp_path / "all") == ["contacts.csv", "conversations.csv", "manifest.json"]


async def test_whole_export_that_is_restarted(session, sandbox, tmp_path):
    """To forget an earlier run is no leave to replace a whole export."""
    await export_all(session, tmp_path / "all", only=["staff"])
    sandbox.requests.clear()
    with pytest.raises(ExportRefused, match="whole export is there"):
        await export_all(session, tmp_path / "all", only=["staff"], restart=True)
    assert not sandbox.requests


async def test_files_of_others_where_the_parts_are(session, tmp_path):
    """Only what a database was made of is removed when it is there."""
    parts = tmp_path / "all.sqlite.part"
    (parts / ".hidden").mkdir(parents=True)
    (parts / "notes.txt").touch()
    await export_all(session, tmp_path / "all.sqlite", only=["staff"], force=True)
    assert files(parts) == [".hidden", "notes.txt"]


async def test_page_that_is_not_found(sandbox, session, tmp_path):
    """A resource of which some pages are there isn't absent, and nothing is complete."""
    sandbox.script = lambda it: (
        Answer(404, b"{}") if "/messages" in it.path and it.page > 1 else None
    )
    only = ["messages", "conversations"]
    summary = await export_all(session, tmp_path / "all", only=only)
    assert (summary.complete, summary.resources["messages"].state) == (False, "failed")
    sandbox.script = {}
    assert (await export_all(session, tmp_path / "all", only=only)).complete
