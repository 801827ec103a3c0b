"""Locks: one holds a file at a time, and none outlives its process."""

import os

import pytest

from reamaze_async import ExportRefused, FileInUse
from reamaze_async.files.lock import LockFile, lock


@pytest.mark.parametrize("is_new", [False, True])
def test_lock_on_a_name_that_is_gone(tmp_path, is_new):
    """Whoever waited for a file that has got another name doesn't have the one of that name."""
    path = tmp_path / "x.part"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    path.rename(tmp_path / "x")
    if is_new:
        path.touch()
    with pytest.raises(ExportRefused):
        lock(descriptor, path)
    os.close(descriptor)


def test_lock_file_that_stays(tmp_path):
    """One holds it at a time; it is gone afterwards, and one left by a kill is in nobody's way."""
    path = tmp_path / "x.lock"
    path.touch()
    with LockFile(path), pytest.raises(FileInUse):
        LockFile(path)
    assert not path.exists()
