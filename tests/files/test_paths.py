"""Paths that can be no file are refused before anything is asked."""

import os

import pytest

from reamaze_async import (
    ExportRefused,
    check_target,
)
from reamaze_async.files.paths import printable


def test_device_replaced():
    """A device is never replaced by a file."""
    with pytest.raises(ExportRefused):
        check_target("/dev/null", format="csv", force=True)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_is_read_only(tmp_path):
    """A folder that can't be written to is named."""
    tmp_path.chmod(0o500)
    with pytest.raises(ExportRefused, match="can't be written to"):
        check_target(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("name", "encoding", "shown"),
    [
        (b"caf\xc3\xa9", "utf-8", "café"),
        (b"caf\xe9", "utf-8", "caf\\xe9"),
        (b"caf\xc3\xa9", "ascii", "caf\\xe9"),
        (b"\xff\xfe\x80", "latin-1", "\\xff\\xfe\\x80"),
    ],
)
def test_name_that_can_not_be_shown(name, encoding, shown):
    """A name of any bytes is shown in any encoding."""
    assert printable(os.fsdecode(name), encoding) == shown


def test_half_a_pair_that_is_no_byte():
    """Half an emoji in a message is shown too."""
    assert printable("a\ud83d!") == "a\\ud83d!"
