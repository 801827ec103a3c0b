"""Where an export of everything goes, and what is refused before the first request."""

import os
from pathlib import Path

import pytest

from reamaze_async import ExportFailed, ExportRefused, InvalidParameter
from reamaze_async.exporting.account_target import AccountTarget
from reamaze_async.exporting.manifest import Manifest, now
from reamaze_async.resources import NAMES


def told(**facts: object) -> Manifest:
    """A manifest."""
    known = {"origin": "o", "brand": "b", "format": "ndjson", "drift": "repair", "began": now()}
    return Manifest(**(known | facts))


@pytest.mark.parametrize(
    ("path", "format_", "form"),
    [
        ("all/", None, ("folder", "ndjson")),
        ("all", None, ("folder", "ndjson")),
        ("all", "csv", ("folder", "csv")),
        ("all.sqlite/", "parquet", ("folder", "parquet")),
        ("all.v2", None, ("folder", "ndjson")),
        ("all.sqlite", None, ("database", "ndjson")),
        ("all.DB", None, ("database", "ndjson")),
        ("all.sqlite3", "sqlite", ("database", "ndjson")),
        ("all", "sqlite", ("database", "ndjson")),
        ("there", "sqlite", ("folder", "sqlite")),
    ],
)
def test_form_that_is_guessed(tmp_path, path, format_, form):
    """A name with the ending of a database is one, anything else a folder."""
    (tmp_path / "there").mkdir()
    target = AccountTarget(f"{tmp_path}/{path}", format_)
    assert ("folder" if target.file is None else "database", target.format) == form


@pytest.mark.parametrize(
    ("path", "format_", "said"),
    [
        ("all.ndjson", None, "names one file"),
        ("all.csv", "csv", "names one file"),
        ("all.sqlite", "csv", "contradicts"),
        ("all/", "xml", "is unknown"),
        ("", None, "is empty"),
    ],
)
def test_form_that_can_not_be(tmp_path, path, format_, said):
    """A name of a single file, or one that contradicts the format, is refused."""
    with pytest.raises(InvalidParameter, match=said):
        AccountTarget(path and f"{tmp_path}/{path}", format_)


@pytest.mark.parametrize("name", ["mine.txt", "conversations.ndjson", "staff.csv.part", "sub"])
def test_folder_of_somebody_else(tmp_path, name):
    """A folder with anything in it that no export of everything has left is refused."""
    (tmp_path / name).touch()
    with pytest.raises(ExportRefused, match=f"it holds {name}, which no export"):
        AccountTarget(tmp_path).check(force=False)
    AccountTarget(tmp_path).check(force=True)


OURS = [
    "manifest.json.part",
    "manifest.json.new",
    "manifest.json.lock",
    ".DS_Store",
    "attachments",
    "attachments.ndjson",
    *(f"{name}.ndjson" for name in NAMES),
    "messages.csv.part.checkpoint",
    "staff.parquet.part.finished",
    "contacts.ndjson.gz",
    "systems.sqlite.part.finished-journal",
]


def test_folder_of_our_own(tmp_path):
    """What an earlier run has left is no obstacle; something else beside it is."""
    told().save(tmp_path)
    for name in OURS:
        (tmp_path / name).touch() if name != "manifest.json.part" else None
    AccountTarget(tmp_path).check(force=False)
    (tmp_path / "notes.md").touch()
    with pytest.raises(ExportRefused, match=r"it holds notes\.md"):
        AccountTarget(tmp_path).check(force=False)


def test_empty_folder_that_is_refused(tmp_path):
    """An empty folder, what is hidden, what a kill while the manifest was saved left: all fine."""
    AccountTarget(tmp_path).check(force=False)
    for name in (".DS_Store", "manifest.json.lock", "manifest.json.part.new", "manifest.json.new"):
        (tmp_path / name).touch()
    AccountTarget(tmp_path).check(force=False)
    assert not AccountTarget(tmp_path).has_items()


def test_place_that_can_not_be(tmp_path):
    """A file in place of a folder, and a folder that is missing, are refused."""
    (tmp_path / "file").touch()
    with pytest.raises(ExportRefused, match="it is no folder"):
        AccountTarget(tmp_path / "file").check(force=True)
    with pytest.raises(ExportRefused, match="make it first"):
        AccountTarget(f"{tmp_path}/a/b/").check(force=False)
    with pytest.raises(ExportRefused, match="there is no folder"):
        AccountTarget(tmp_path / "a" / "b.sqlite").check(force=False)
    with pytest.raises(ExportRefused, match="can't be looked at"):
        AccountTarget(tmp_path / ("a" * 999) / "b").check(force=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_can_not_be_written_to(tmp_path):
    """It is refused before the first request."""
    tmp_path.chmod(0o500)
    with pytest.raises(ExportRefused, match="can't be written to"):
        AccountTarget(tmp_path).check(force=False)


def test_folder_that_can_not_be_made(tmp_path):
    """What the system refuses is told as itself."""
    with pytest.raises(ExportFailed, match="no such file"):
        AccountTarget(tmp_path / "a" / "b").make_folder()


def test_litter_of_a_run_that_got_nothing(tmp_path):
    """Nothing of it stays; what anybody has written does."""
    target = AccountTarget(tmp_path / "all")
    assert (target.make_folder(), target.make_folder()) == (True, False)
    told().save(target.folder)
    assert not target.has_items()
    (target.folder / "staff.ndjson.part").touch()
    assert target.has_items()
    target.remove_manifest(), target.remove_folder()
    assert [path.name for path in target.folder.iterdir()] == ["staff.ndjson.part"]
    (target.folder / "staff.ndjson.part").unlink()
    target.remove_folder()
    assert not target.folder.exists()


def test_database_that_is_there(tmp_path):
    """It is refused, unless forced, or unless this export has made it."""
    target = AccountTarget(tmp_path / "all.sqlite")
    (tmp_path / "all.sqlite").touch()
    with pytest.raises(ExportRefused, match="there already"):
        target.check(force=False)
    target.check(force=True)
    target.make_folder()
    told(placed=(tmp_path / "all.sqlite").stat().st_ino).save(target.folder)
    target.check(force=False)
    target.database.touch()
    with pytest.raises(ExportRefused, match="there already"):
        target.check(force=False)


def test_part_file_in_the_way(tmp_path):
    """The part file of an export of one resource is told apart from ours."""
    (tmp_path / "all.sqlite.part").touch()
    with pytest.raises(ExportRefused, match="part file of another export"):
        AccountTarget(tmp_path / "all.sqlite").check(force=True)


@pytest.mark.parametrize("place", ["all/", "all.sqlite"])
def test_folder_where_a_file_is_to_be(tmp_path, place):
    """It is named, and `force` doesn't remove it."""
    target = AccountTarget(f"{tmp_path}/{place}")
    target.path_of("staff").mkdir(parents=True)
    with pytest.raises(ExportRefused, match=r"staff\.ndjson: it is a folder: remove it"):
        target.check(force=True)


def test_parts_that_stay(tmp_path):
    """When the database has its name, nothing of what it was made of stays."""
    target = AccountTarget(tmp_path / "all.sqlite")
    target.make_folder()
    told().save(target.folder)
    for name in ("staff.ndjson", "account.sqlite"):
        (target.folder / name).touch()
    target.remove_parts()
    assert list(Path(tmp_path).iterdir()) == []
    with pytest.raises(ExportFailed):
        target.remove_parts()
