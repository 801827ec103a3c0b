"""Attachments of an exported account: with its messages, whatever their format, or told."""

import json

import pytest
from accounts import files, manifest

from reamaze_async import ExportRefused, InvalidParameter, export_all
from reamaze_async.attachments import download
from reamaze_async.sandbox import Answer

GONE = Answer.html(500, "no")
NOTHING = Answer.html(404, "no")
ONLY = ["messages", "conversations"]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """Tries follow each other at once."""
    monkeypatch.setattr(download, "PAUSES", ())


def addresses(sandbox):
    """Where all attachments are, in the order of messages."""
    found = [message.json()["attachments"] for message in sandbox.messages]
    return list(dict.fromkeys(one["url"] for several in found for one in several))


def index_of(folder):
    """The lines of an index."""
    return [json.loads(line) for line in (folder / "attachments.ndjson").read_text().splitlines()]


@pytest.mark.parametrize("form", ["ndjson", "ndjson.gz", "ndjson.zst", "parquet"])
async def test_format_whose_attachments_are_not_found(sandbox, session, tmp_path, form):
    """Whatever the messages' format, each of their files is fetched and told of."""
    summary = await export_all(session, tmp_path / "all", only=ONLY, attachments=True, format=form)
    folder = tmp_path / "all" / "attachments"
    assert [line["url"] for line in index_of(folder)] == addresses(sandbox)
    assert summary.attachments["whole"] == len(addresses(sandbox)) == len(files(folder)) - 1 > 0
    assert manifest(tmp_path / "all")["attachments"] == summary.attachments


async def test_database_whose_attachments_go_with_its_parts(sandbox, session, tmp_path):
    """Beside a database the files stay, and nothing else does."""
    await export_all(session, tmp_path / "all.sqlite", only=ONLY, attachments=True)
    assert files(tmp_path) == ["all.sqlite", "all.sqlite-attachments"]
    assert len(index_of(tmp_path / "all.sqlite-attachments")) == len(addresses(sandbox))


@pytest.mark.parametrize("form", ["all", "all.sqlite"])
async def test_file_that_could_not_be_had(sandbox, session, tmp_path, form):
    """An export without one of the files isn't complete; run again it fetches that one alone."""
    bad = addresses(sandbox)[0]
    sandbox.script = lambda request: GONE if bad.endswith(request.path) else None
    summary = await export_all(session, tmp_path / form, only=ONLY, attachments=True)
    assert (summary.complete, summary.attachments["failed"]) == (False, 1)
    sandbox.script, before = {}, len(sandbox.requests)
    again = await export_all(session, tmp_path / form, only=ONLY, attachments=True)
    assert (again.complete, again.attachments["failed"]) == (True, 0)
    assert len(sandbox.requests) == before + 1


async def test_file_that_is_not_needed(sandbox, session, tmp_path):
    """With `allow_incomplete` a database is made although a file could not be fetched."""
    bad = addresses(sandbox)[0]
    sandbox.script = lambda request: GONE if bad.endswith(request.path) else None
    how = {"only": ONLY, "attachments": True, "allow_incomplete": True}
    summary = await export_all(session, tmp_path / "all.sqlite", **how)
    assert (tmp_path / "all.sqlite").exists()
    assert (summary.complete, summary.attachments["failed"]) == (False, 1)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"leave_out": ["messages"]}, "messages tell of them"),
        ({"format": "csv"}, "a csv file lacks"),
        ({"max_attachment": 0}, "MiB"),
    ],
)
async def test_attachments_that_nobody_tells_of(sandbox, session, tmp_path, how, told):
    """What can't bring attachments is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=told):
        await export_all(session, tmp_path / "all", attachments=True, **how)
    assert not sandbox.requests


@pytest.mark.parametrize(("name", "told"), [("all", "it is no folder"), ("x" * 240, "too long")])
async def test_no_place_for_the_folder_of_attachments(sandbox, session, tmp_path, name, told):
    """It is refused before anything is sent, and not when all else is there."""
    (tmp_path / "all.sqlite-attachments").touch()
    with pytest.raises(ExportRefused, match=f"attachments: .*{told}"):
        await export_all(session, tmp_path / f"{name}.sqlite", only=ONLY, attachments=True)
    assert not sandbox.requests


async def test_account_without_messages(sandbox, session, tmp_path):
    """Where the account has no messages, nothing is attached, and the export is complete."""
    sandbox.script = lambda request: NOTHING if request.path.endswith("/messages") else None
    summary = await export_all(session, tmp_path / "all", only=ONLY, attachments=True)
    assert (summary.complete, summary.attachments) == (True, None)


@pytest.mark.parametrize("how", [{"only": 5}, {"leave_out": 5}])
async def test_names_that_are_none(session, tmp_path, how):
    """What can't be names of resources is refused in a sentence."""
    with pytest.raises(InvalidParameter, match="must be names of resources"):
        await export_all(session, tmp_path / "all", **how)
