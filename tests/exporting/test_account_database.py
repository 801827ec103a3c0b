"""The database of everything: made of files, given its name, or the disk's refusal told."""

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from unittest.mock import Mock

import pytest

from reamaze_async import ExportFailed
from reamaze_async.exporting import account_database
from reamaze_async.exporting.account_database import make, place
from reamaze_async.exporting.account_target import AccountTarget
from reamaze_async.exporting.manifest import Manifest, ResourceEntry, load, now
from reamaze_async.formats import account

NAMES = ("staff", "systems")
STAFF = b'{"email":"a@b.cd"}\n'


@pytest.fixture
def target(tmp_path) -> AccountTarget:
    """A database to be, of one file, and of a resource that an account hasn't."""
    target = AccountTarget(tmp_path / "all.sqlite")
    target.make_folder()
    target.path_of("staff").write_bytes(STAFF)
    return target


@pytest.fixture
def manifest() -> Manifest:
    """What is known of it."""
    known = {"origin": "o", "brand": "b", "format": "sqlite", "drift": "repair", "began": now()}
    entries = {name: ResourceEntry() for name in NAMES}
    entries["staff"].sha256 = sha256(STAFF).hexdigest()
    return Manifest(**known, resources=entries)


def test_database_of_files(target, manifest):
    """Each file is a table, what is absent an empty one; the manifest knows which file it is."""
    make(target, manifest, NAMES, "https://acme.reamaze.io", Mock())
    assert manifest.placed == target.database.stat().st_ino == load(target.folder).placed
    place(target, manifest, force=False)
    assert target.is_placed(manifest)
    with closing(sqlite3.connect(target.file)) as base:
        assert base.execute("SELECT email FROM staff").fetchall() == [("a@b.cd",)]
        assert base.execute("SELECT count(*) FROM systems").fetchall() == [(0,)]
        assert base.execute("SELECT resource FROM manifest").fetchall() == [(n,) for n in NAMES]


def test_disk_that_is_full(target, manifest, monkeypatch):
    """Half a database makes room again, and the files stay."""
    monkeypatch.setattr(account, "write", Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(ExportFailed, match="no space left"):
        make(target, manifest, NAMES, "https://acme.reamaze.io", Mock())
    assert not target.database.exists()
    assert target.path_of("staff").exists()


def test_file_that_is_not_what_was_exported(target, manifest):
    """A file that was edited or removed since makes no table, and no database."""
    for hand in (lambda path: path.write_bytes(b'{"email":"x@b.cd"}\n'), Path.unlink):
        hand(target.path_of("staff"))
        with pytest.raises(ExportFailed, match=r"staff\.ndjson"):
            make(target, manifest, NAMES, "https://acme.reamaze.io", Mock())
        assert not target.database.exists()


def test_name_that_is_taken(target, manifest):
    """A file of that name isn't replaced unless that is wanted."""
    make(target, manifest, NAMES, "https://acme.reamaze.io", Mock())
    target.file.touch()
    with pytest.raises(ExportFailed, match="appeared meanwhile"):
        place(target, manifest, force=False)
    place(target, manifest, force=True)
    assert target.file.stat().st_size > 0


def test_file_that_is_mounted(target, manifest, monkeypatch):
    """Where it must be copied, it is known by the copy, and nothing stays behind."""
    make(target, manifest, NAMES, "https://acme.reamaze.io", Mock())
    copy = Mock(side_effect=lambda made, file: file.write_bytes(made.read_bytes()))
    monkeypatch.setattr(account_database, "give_name", copy)
    place(target, manifest, force=False)
    assert target.is_placed(manifest)


def test_name_that_can_not_be_given(target, manifest, monkeypatch):
    """What the system refuses is told."""
    make(target, manifest, NAMES, "https://acme.reamaze.io", Mock())
    failing = Mock(side_effect=OSError(13, "Permission denied"))
    monkeypatch.setattr(account_database, "give_name", failing)
    with pytest.raises(ExportFailed, match="permission denied"):
        place(target, manifest, force=False)
