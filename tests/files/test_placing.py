"""A file that gets its name, and what its owner had set."""

import errno
import os
from pathlib import Path

import pytest

from reamaze_async.files.placing import create, place


@pytest.fixture
def made(tmp_path):
    """A complete file."""
    path = tmp_path / "x.part"
    path.write_text("new")
    return path


def test_attributes_lost(made, tmp_path):
    """Extended attributes stay, of which access lists are one kind."""
    file = tmp_path / "x"
    file.write_text("old")
    try:
        os.setxattr(file, "user.note", b"mine")
    except OSError:
        pytest.skip("none on this disk")
    place(made, file)
    assert (file.read_text(), os.getxattr(file, "user.note")) == ("new", b"mine")


def test_rest_of_a_longer_file(made, tmp_path, monkeypatch):
    """Where it is copied, nothing is left behind of what was longer."""
    file = tmp_path / "x"
    file.write_text("older and longer")

    def busy(*_: object) -> None:
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr(Path, "replace", busy)
    place(made, file)
    assert (file.read_text(), made.read_text()) == ("new", "new")


def test_copied_where_nothing_was(made, tmp_path, monkeypatch):
    """A name that can't be given is told, not tried in another way."""

    def refused(*_: object) -> None:
        raise OSError(errno.EACCES, "no")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(OSError, match="no"):
        place(made, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_readable_on_the_way(tmp_path):
    """A file is made with the mode of the one that it will replace, and its owner may write."""
    file = tmp_path / "x"
    file.touch()
    file.chmod(0o440)
    create(tmp_path / "y", file)
    assert (tmp_path / "y").stat().st_mode & 0o777 == 0o640
