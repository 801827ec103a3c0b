"""Paths that can be no file are refused before anything is asked."""

import os

import pytest

from reamaze_async import (
    ExportRefused,
    check_target,
)


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
