"""Exports of everything: whole in both forms, and whatever is lacking is told."""

import asyncio
import json
from hashlib import sha256
from itertools import groupby

import pytest
from accounts import check_database, check_folder, children, files, manifest, states

from reamaze_async import (
    AccountStats,
    AuthenticationError,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    ServerError,
    export_all,
)
from reamaze_async.exporting.account import ORDER, chosen
from reamaze_async.resources import NAMES
from reamaze_async.sandbox import Answer, Habits, Sandbox

SMALL = ("channels", "staff", "systems")
NO = Answer.html(500, "no")


def of(request) -> str:
    """The resource that a request asks for."""
    return request.path.split("/")[3]


async def test_file_that_lacks_something(sandbox, session, tmp_path):
    """A file for each resource with all of it, and a manifest that says so."""
    summary = await export_all(session, tmp_path / "all")
    check_folder(sandbox, tmp_path / "all")
    told = manifest(tmp_path / "all")
    assert (told["version"], told["complete"], told["brand"], told["runs"]) == (1, True, "acme", 1)
    assert set(states(tmp_path / "all").values()) == {"whole"}
    assert (summary.complete, summary.items) == (
        True, sum(entry["items"] for entry in told["resources"].values())
    )  # fmt: skip
    assert summary.requests == len(sandbox.requests)


async def test_table_that_lacks_something(sandbox, session, tmp_path):
    """One database with a table for each, lists in tables of their own, and nothing beside it."""
    summary = await export_all(session, tmp_path / "all.sqlite")
    check_database(sandbox, tmp_path / "all.sqlite")
    assert files(tmp_path) == ["all.sqlite"]
    assert all(count > 0 for count in children(tmp_path / "all.sqlite").values())
    assert (summary.format, summary.bytes) == (
        "sqlite", (tmp_path / "all.sqlite").stat().st_size
    )  # fmt: skip


@pytest.mark.parametrize("form", ["all", "all.sqlite"])
async def test_page_fetched_without_need(sandbox, session, tmp_path, form):
    """One request each tells what there is, conversations' first; then each page is read once."""
    await export_all(session, tmp_path / form)
    asked = [of(request) for request in sandbox.requests]
    assert asked[:10] == ["conversations", *ORDER[:-1]]
    assert list(dict.fromkeys(asked[10:])) == list(ORDER)
    pages = [(of(request), request.query) for request in sandbox.requests[10:]]
    assert len(set(pages)) == len(pages)
    queries = dict(pages)
    assert queries["contacts"].startswith("sort=date")
    assert queries["conversations"].startswith("filter=all")


async def test_manifest_that_miscounts(session, tmp_path):
    """It says of each resource what its file is, what was asked, and what it cost."""
    await export_all(session, tmp_path, only=["messages", "satisfaction-ratings"])
    resources = manifest(tmp_path)["resources"]
    assert list(resources) == ["satisfaction_ratings", "messages"]
    entry = resources["messages"]
    path = tmp_path / entry["file"]
    assert (entry["bytes"], entry["items"]) == (
        path.stat().st_size, len(path.read_bytes().splitlines())
    )  # fmt: skip
    assert entry["sha256"] == sha256(path.read_bytes()).hexdigest()
    assert entry["began"] < entry["ended"] <= manifest(tmp_path)["ended"]
    assert (resources["satisfaction_ratings"]["covers"], entry["covers"]) == ("account", "brand")


@pytest.mark.parametrize("format_", ["csv", "ndjson.gz", "sqlite"])
async def test_files_of_another_format(session, tmp_path, format_):
    """The format is that of all files."""
    (tmp_path / "all").mkdir()
    await export_all(session, tmp_path / "all", format=format_, only=SMALL)
    assert files(tmp_path / "all") == sorted([*(f"{n}.{format_}" for n in SMALL), "manifest.json"])


async def test_progress_that_runs_backwards(session, tmp_path):
    """The live numbers grow to what there is, resource after resource."""
    seen: list[tuple[str | None, int, int | None]] = []

    def look(stats: AccountStats) -> None:
        seen.append((stats.resource, stats.items, stats.total_count))

    summary = await export_all(session, tmp_path / "all", progress=look)
    named = [name for name, _ in groupby(name for name, _, _ in seen)]
    assert named == ["conversations", *ORDER[:-1], *ORDER]
    assert [items for _, items, _ in seen] == sorted(items for _, items, _ in seen)
    assert seen[-1][1:] == (summary.items, summary.items)


# --- what can't be fetched ------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["all", "all.sqlite"])
async def test_refusal_that_takes_the_others(connect, tmp_path, form):
    """What the role may not read is refused, all else is whole; left out, it lacks nothing."""
    folder = tmp_path / (form if form == "all" else "all.sqlite.part")
    async with Sandbox(60, deny=["satisfaction_ratings"], size="small") as sandbox:
        session = await connect(sandbox)
        summary = await export_all(session, tmp_path / form)
        assert not summary.complete
        assert summary.resources["satisfaction_ratings"].state == "refused"
        assert "access_reports" in (summary.resources["satisfaction_ratings"].reason or "")
        assert list(states(folder).values()).count("whole") == 9
        assert not (tmp_path / "all.sqlite").exists()
        before = len(sandbox.requests)
        summary = await export_all(session, tmp_path / form, leave_out="satisfaction-ratings")
        assert summary.complete
        assert len(sandbox.requests) == before
        assert (tmp_path / form).exists()


async def test_resource_that_an_account_has_not(sandbox, session, tmp_path):
    """404 is no failure: it is absent, and its table empty."""
    sandbox.script = lambda it: Answer(404, b"{}") if of(it) == "incidents" else None
    summary = await export_all(session, tmp_path / "all.sqlite")
    assert (summary.complete, summary.resources["incidents"].state) == (True, "absent")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (403, PermissionDenied), (404, NotFound)]
)
async def test_conversations_that_are_refused(sandbox, session, tmp_path, status, kind):
    """Without conversations there is nothing to export: one request, and the error itself."""
    sandbox.script = lambda it: Answer(status, b"{}") if of(it) == "conversations" else None
    with pytest.raises(kind):
        await export_all(session, tmp_path / "all")
    assert (len(sandbox.requests), files(tmp_path)) == (1, [])


async def test_resource_that_fails(sandbox, session, tmp_path):
    """One that can't be fetched is told, the next is tried; later it is all that is left to do."""
    sandbox.script = lambda it: NO if of(it) == "contacts" and it.page > 1 else None
    summary = await export_all(session, tmp_path / "all")
    entry = summary.resources["contacts"]
    assert (summary.complete, entry.state) == (False, "failed")
    assert "HTTP 500" in (entry.reason or "")
    sandbox.script, before = {}, len(sandbox.requests)
    assert (await export_all(session, tmp_path / "all")).runs == 2
    assert {of(request) for request in sandbox.requests[before:]} == {"contacts"}
    check_folder(sandbox, tmp_path / "all")


async def test_login_that_one_resource_refuses(sandbox, session, tmp_path):
    """401 on one resource alone is a failure like any other: the rest is had."""
    sandbox.script = lambda it: Answer(401, b"{}") if of(it) == "messages" else None
    summary = await export_all(session, tmp_path / "all")
    assert summary.resources["messages"].state == "failed"
    assert list(states(tmp_path / "all").values()).count("whole") == 9


async def test_wait_for_one_resource_that_is_not_told(sandbox, session, tmp_path):
    """While a resource is waited for, even for its first page, it is told which one that is."""
    seen: list[str | None] = []
    refused = asyncio.Event()

    def refuse(request) -> Answer | None:
        if of(request) != "contacts":
            return None
        refused.set()
        return Answer(429, b"{}")

    sandbox.script = refuse
    told = export_all(session, tmp_path / "all", progress=lambda it: seen.append(it.resource))
    task = asyncio.create_task(told)
    await refused.wait()
    task.cancel()
    await asyncio.wait([task])
    assert seen[-1] == "contacts"


async def test_server_that_is_gone(sandbox, session, tmp_path):
    """A second failure in a row ends the run: what is whole stays, the rest is told."""
    sandbox.script = lambda it: NO if of(it) in ("contacts", "satisfaction_ratings") and (
        len([r for r in sandbox.requests if of(r) == of(it)]) > 1
    ) else None  # fmt: skip
    with pytest.raises(ServerError):
        await export_all(session, tmp_path / "all")
    told = states(tmp_path / "all")
    assert told["staff"] == "whole"
    assert {told[name] for name in ORDER[6:]} == {"failed"}
    sandbox.script = {}
    await export_all(session, tmp_path / "all")
    check_folder(sandbox, tmp_path / "all")


async def test_page_that_keeps_failing(sandbox, session, tmp_path):
    """A single page that can't be had is a failure, too; the next run finds the rest."""
    sandbox.script = lambda it: NO if of(it) == "messages" and it.page == 5 else None
    entry = (await export_all(session, tmp_path / "all")).resources["messages"]
    assert (entry.state, "HTTP 500" in (entry.reason or "")) == ("failed", True)
    assert not (tmp_path / "all" / "messages.ndjson").exists()
    sandbox.script = {}
    assert (await export_all(session, tmp_path / "all")).complete
    found = (tmp_path / "all" / "messages.ndjson").read_bytes().splitlines()
    bodies = sorted(json.dumps(json.loads(line), sort_keys=True) for line in found)
    assert bodies == sorted(json.dumps(it.json(), sort_keys=True) for it in sandbox.messages)


@pytest.mark.parametrize("form", ["all", "all.sqlite"])
async def test_incomplete_that_is_allowed(connect, tmp_path, form):
    """Where that is allowed, it is placed all the same, and the manifest tells."""
    async with Sandbox(90, staff=61, habits=Habits(ignore_page=True), size="small") as sandbox:
        session = await connect(sandbox)
        how = {"only": ["staff", "systems"], "allow_incomplete": True}
        summary = await export_all(session, tmp_path / form, **how)
        assert (summary.complete, summary.resources["staff"].state) == (False, "incomplete")
        assert (tmp_path / form).exists()


# --- which --------------------------------------------------------------------------------------


def test_resources_that_nobody_wanted():
    """Those that are named, less those that are left out, in the order in which they are read."""
    assert chosen(None, ()) == list(ORDER)
    assert sorted(ORDER) == sorted(NAMES)
    assert chosen(["messages", "response-templates"], ()) == ["response_templates", "messages"]
    assert chosen("staff", ()) == ["staff"]
    assert "staff" not in chosen(None, ["staff"])


@pytest.mark.parametrize(
    "asked",
    [
        {"only": ["mesages"]},
        {"leave_out": "tags"},
        {"only": ["staff"], "leave_out": ["staff"]},
        {"only": []},
        {"drift": "repaired"},
        {"format": "xml"},
        {"only": [5]},
    ],
)
async def test_asked_wrongly(sandbox, session, tmp_path, asked):
    """It is refused before anything is asked or made."""
    with pytest.raises(InvalidParameter):
        await export_all(session, tmp_path / "all", **asked)
    assert (sandbox.requests, files(tmp_path)) == ([], [])
